/// A turn of an environment benchmark: how long it is, what is done in it, and how fast that was.
module MtrlFunctional.Cli.Bench.EnvironmentRound

open MtrlFunctional.Randomness

/// Steps; an episode is cut off later than that.
[<Literal>]
let Steps = 100

/// Random actions of `count` numbers a step, which move hands about; drawn before the clock runs.
let actions count =
    let key = Key.ofSeed 1L |> Key.forPurpose "bench"

    Array.init Steps (fun t ->
        Array.init count (fun i ->
            let twig = key |> Key.at (int64 t) |> Key.at (int64 i)
            float32 (2.0 * Key.uniform twig - 1.0)))

/// Steps of single environments a second, where `count` of them took a turn in this time.
let perSecond count milliseconds =
    float (Steps * count) / milliseconds * 1000.0
