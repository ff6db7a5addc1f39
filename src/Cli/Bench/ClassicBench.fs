/// Part of `mtrl bench env`: classic families in one vector on one thread.
module MtrlFunctional.Cli.Bench.ClassicBench

open System
open MtrlFunctional.Cli.Display
open MtrlFunctional.Environments
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks.Classic

/// Environments of the vector.
[<Literal>]
let private Count = 4096

/// Random one-hot actions of all environments for each step of a round.
let private actions choices =
    let key = Key.ofSeed 1L |> Key.forPurpose "bench"

    Array.init EnvironmentRound.Steps (fun t ->
        let rows = Array.zeroCreate (Count * choices)

        for i in 0 .. Count - 1 do
            let choice = Key.below choices (key |> Key.at (int64 t) |> Key.at (int64 i))
            rows[i * choices + choice] <- 1.0f

        rows)

/// Steps per second of the best round; finished episodes are reset within it.
let private measure rounds (family: IEnvironmentFamily) choices =
    let slots = Array.create Count (EnvironmentSlot 0)

    use vector =
        new VectorEnvironment(family, VectorEnvironmentOptions(Slots = slots, Seed = 1L))

    let actions = actions choices
    vector.Reset()

    let round () =
        for rows in actions do
            vector.Step(ReadOnlySpan<float32> rows)
            vector.ResetFinished()

    round ()

    [ for _ in 1..rounds -> Machine.timed round ]
    |> Sample.least
    |> EnvironmentRound.perSecond Count

let private family (rules: Rules<'task, 'state>) name =
    new ClassicFamily<'task, 'state>(rules, ClassicFamilyOptions(Name = name, Horizon = 500))

/// Cart-pole and acrobot with tasks of the whole distribution.
let run rounds =
    let cartPole = measure rounds (family CartPole.rules "mt-cartpole") 2
    let acrobot = measure rounds (family Acrobot.rules "mt-acrobot") 3

    {
        Numbers = [
            "cartPoleStepsPerSecondOneThread", cartPole
            "acrobotStepsPerSecondOneThread", acrobot
        ]
        Texts = []
        Lines = [
            $"Classic families, {Format.number (float Count)} environments on 1 thread, random actions, finished episodes reset"
            $"  cart-pole  %10s{Format.number cartPole} steps/s"
            $"  acrobot    %10s{Format.number acrobot} steps/s"
        ]
    }
