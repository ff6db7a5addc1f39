/// One round of an environment benchmark: its length, its actions, and the resulting speed.
module MtrlFunctional.Cli.Bench.EnvironmentRound

open MtrlFunctional.Randomness

/// Steps of a round; shorter than an episode.
[<Literal>]
let Steps = 100

/// Random actions, `count` numbers per step, drawn before the measurement.
let actions count =
    let key = Key.ofSeed 1L |> Key.forPurpose "bench"

    Array.init Steps (fun t ->
        Array.init count (fun i ->
            let numberKey = key |> Key.at (int64 t) |> Key.at (int64 i)
            float32 (2.0 * Key.uniform numberKey - 1.0)))

/// Environment steps per second of `count` environments that take `milliseconds` for a round.
let perSecond count milliseconds =
    float (Steps * count) / milliseconds * 1000.0
