module MtrlFunctional.Tests.Tasks.DmControlStartProps

open Expecto
open Expecto.Flip
open System
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
