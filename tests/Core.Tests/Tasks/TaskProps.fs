module MtrlFunctional.Tests.Tasks.TaskProps

open Expecto
open Expecto.Flip
open System
open FsCheck.FSharp
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Tests

let ``every task`` = [
    let law name = testLaw 1500 [ typeof<Scenarios> ] name

    let evaluated s = s.Episode.Evaluate s.Step

    law "rewards between 0 and 10" (fun s ->
        let r = (evaluated s).Reward

        (0.0 <= r && r <= 10.0 + 1e-9) |> Prop.label $"{s.Task.Name}: {r}")

    // Tasks whose original gives the highest reward at every success.
    let highestOnSuccess =
        set (
            Words.split
                "assembly-v3 disassemble-v3 door-open-v3 drawer-close-v3 faucet-close-v3
                faucet-open-v3 handle-press-side-v3 handle-press-v3 peg-insert-side-v3"
        )

    law "success has the highest reward where the original guarantees it" (fun s ->
        let outcome = evaluated s

        (not (outcome.Success && highestOnSuccess.Contains s.Task.Name)
         || outcome.Reward = 10.0)
        |> Prop.classify outcome.Success "success")

    law "version 1 rewards with a finite number" (fun s ->
        Double.IsFinite (s.Episode.EvaluateV1 s.Step).Reward |> Prop.label s.Task.Name)

    law "reports parts in range" (fun s ->
        let outcome = evaluated s

        (outcome.GraspReward >= 0.0
         && 0.0 <= outcome.InPlaceReward
         && outcome.InPlaceReward <= 1.0
         && outcome.ObjectToTarget >= 0.0
         && (outcome.GraspSuccess = 0.0 || outcome.GraspSuccess = 1.0))
        |> Prop.label s.Task.Name)

    law "an expert acts with finite numbers and a grip within limits" (fun s ->
        let action = s.Task.Expert s.Step.Obs

        (action.Length = 4
         && Array.forall Single.IsFinite action
         && abs action[3] <= 1.0f)
        |> Prop.label s.Task.Name)
]

let ``the list of tasks`` = [
    let each (check: MetaWorldTask -> bool) =
        for task in Benchmarks.tasks do
            Expect.isTrue task.Name (check task)

    testCase "holds fifty names, each once" (fun () ->
        (List.distinct Benchmarks.order).Length |> equals 50)

    testCase "has bounds that hold their own middle" (fun () ->
        each (fun task ->
            task.RandomLow.Length = task.RandomHigh.Length
            && (task.RandomLow.Length = 3 || task.RandomLow.Length = 6)
            && Array.forall2 (<=) task.RandomLow task.RandomHigh))
]

let suites = [
    testTheory "are found by their name" [
        "MT10", 10, false
        "meta-world/mt25", 25, false
        "reach", 1, false
        "MT1-reach-v3", 1, false
        "ML1-reach-train", 1, true
        "ML10-train", 10, true
        "ML10-test", 5, true
        "ML25-train", 25, true
        "ML45-train", 45, true
        "Meta-World/ML45-test", 5, true
    ]
    <| fun (name, count, isMeta) ->
        let suite = Suites.find name |> ok
        (suite.Tasks.Length, suite.Meta) |> equals (count, isMeta)

    testCase "find their own names and all tasks" (fun () ->
        for name in Suites.names @ Benchmarks.order do
            let suite = Suites.find name |> ok
            suite.Name |> equals name)
]

let goals = [
    testLaw 20 [] "are accepted, distinct and within bounds" (fun seed ->
        Goals.ofSplit seed Benchmarks.tasks
        |> List.forall (fun (task, goals) ->
            goals.Length = Goals.count
            && (Array.distinct goals).Length = Goals.count
            && goals |> Array.forall task.Accepts
            && goals
               |> Array.forall (fun goal ->
                   Array.forall2 (<=) task.RandomLow goal
                   && Array.forall2 (<=) goal task.RandomHigh)))

    testCase "of the first task do not depend on those after it" (fun () ->
        let alone = Goals.ofTask 42u Reach.reach
        let first = Goals.ofSplit 42u [ Reach.reach; Push.push ] |> List.head |> snd
        first |> equals alone)
]
