module MtrlFunctional.Tests.Tasks.DmControlProps

open Expecto
open Expecto.Flip
open System
open FsCheck
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks.DmControl

let ``starts of DeepMind Control`` = [
    let joint name isHinge range = { Name = name; IsHinge = isHinge; Default = 0.25; Range = range }

    let joints = [|
        joint "limited" true (ValueSome(struct (-0.5, 2.0)))
        joint "hinge" true ValueNone
        joint "slide" false ValueNone
    |]

    testProperty
        "draw limited joints in their range, hinges in a turn, and leave slides"
        (fun seed ->
            let drawn = Starts.randomized joints (Key.ofSeed seed)

            -0.5 <= drawn[0]
            && drawn[0] < 2.0
            && -Math.PI <= drawn[1]
            && drawn[1] < Math.PI
            && drawn[2] = 0.25)

    testProperty "of the reacher place the target in its ring" (fun seed ->
        let start = Reacher.hard.Start joints (Key.ofSeed seed)
        let distance = sqrt (start.Edits[1] ** 2.0 + start.Edits[2] ** 2.0)

        start.Edits[0] = 0.015 && 0.05 - 1e-12 <= distance && distance <= 0.20 + 1e-12)

    testProperty "are functions of their key, with as many edits as the task names" (fun seed ->
        let key = Key.ofSeed seed

        DmControlTasks.all
        |> List.forall (fun task ->
            let a, b = task.Start joints key, task.Start joints key

            a = b
            && a.Edits.Length = task.Edits.Length
            && a.Positions.Length = joints.Length
            && a.Velocities.Length = joints.Length))

    testCase "have tasks with distinct names, found by name; a misspelt one has a hint" (fun () ->
        let names = DmControlTasks.all |> List.map DmControlTask.fullName
        List.distinct names |> equals names

        for name in names do
            let found = DmControlTasks.find name |> Result.map DmControlTask.fullName
            found |> Expect.equal name (Ok name)

        let reason = DmControlTasks.find "cartpole-swing" |> refused
        reason |> contains "cartpole-swingup")
]

/// Families of variants as values.
let ``variants of DeepMind Control`` = [
    let varied = [
        for variation in Variations.all do
            for task in DmControlTasks.standard do
                if task.Domain.Model = variation.Domain then
                    yield! DmControlTasks.variants variation task
    ]

    testCase "have models of their own" (fun () ->
        let models = varied |> List.map (fun task -> Variations.source task.Domain.Model)
        models |> List.forall (fun source -> not source.Changes.IsEmpty) |> isTrue
        (List.distinct models).Length |> equals (10 * Variations.all.Length))
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

let ``sticky observations`` = [
    let ages sticky seed count = [
        for steps in 0 .. count - 1 -> StickyObservation.age sticky steps (Key.ofSeed seed)
    ]

    testCase "have each age equally often" (fun () ->
        let found =
            ages { Probability = 0.6; LastK = 3 } 5L 40_000 |> List.countBy id |> Map

        float found[0] / 40_000.0 |> isWithin 0.01 0.4

        for age in 1..3 do
            float found[age] / 40_000.0 |> isWithin 0.01 0.2)
]
