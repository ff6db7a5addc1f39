module MtrlFunctional.Tests.Tasks.VariationTests

open Expecto
open System
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks.DmControl

/// Families of variants as values.
let ``variants of DeepMind Control`` = [
    let varied = [
        for variation in Variations.all do
            for task in DmControlTasks.standard do
                if task.Domain.Model = variation.Domain then
                    yield! DmControlTasks.variants variation task
    ]

    testCase "are found by their names" (fun () ->
        for task in varied do
            let found = DmControlTasks.find (DmControlTask.fullName task) |> ok
            found.Domain.Model |> equals task.Domain.Model)

    testCase "have models of their own" (fun () ->
        let models = varied |> List.map (fun task -> Variations.source task.Domain.Model)
        models |> List.forall (fun source -> not source.Changes.IsEmpty) |> isTrue
        (List.distinct models).Length |> equals (10 * Variations.all.Length))

    let refusal body =
        try
            body () |> ignore
            ""
        with :? ArgumentException as e ->
            e.Message

    testTheory "an index outside 1 to 10 is refused" [ 0; 11 ] (fun index ->
        let message =
            refusal (fun () -> Variation.apply Variations.fingerSize index Finger.spin)

        message |> contains "must be in 1 to 10")

    testCase "a task with another model is refused" (fun () ->
        let message =
            refusal (fun () -> Variation.apply Variations.fingerSize 3 Walker.walk)

        message |> contains "the model of walk is walker")

    testCase "a misspelled name has the nearest ones in its message" (fun () ->
        let reason = DmControlTasks.find "finger-spin-sise-3" |> refused
        reason |> contains "finger-spin-size-3")
]

/// Starts of the planar robots and the finger.
let ``starts of DeepMind Control's robots`` = [
    let joint name limits = { Name = name; IsHinge = true; Default = 0.0; Range = limits }

    let joints = [| joint "rooty" ValueNone; joint "bthigh" (ValueSome(struct (-0.5, 1.0))) |]

    testProperty "the cheetah is level, its legs are within their limits" (fun (seed: int64) ->
        let start = Cheetah.run.Start joints (Key.ofSeed seed)

        start.Positions[0] = 0.0
        && -0.5 <= start.Positions[1]
        && start.Positions[1] < 1.0
        && start.Velocities = [| 0.0; 0.0 |])

    testProperty "the target of the finger is where the tip can be" (fun (seed: int64) ->
        let easy = (Finger.turnEasy.Start joints (Key.ofSeed seed)).Edits
        let hard = (Finger.turnHard.Start joints (Key.ofSeed seed)).Edits
        let distance = sqrt ((easy[0] - 0.2) ** 2.0 + (easy[1] - 0.4) ** 2.0)

        abs (distance - 0.13) < 1e-12
        && easy[2] = 0.07
        && hard = [| easy[0]; easy[1]; 0.03 |])
]
