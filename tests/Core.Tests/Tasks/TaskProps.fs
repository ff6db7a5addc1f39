namespace MtrlFunctional.Tests.Tasks

open System
open NUnit.Framework
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld

[<TestFixture; Properties(Arbitrary = [| typeof<Scenarios> |], MaxTest = 1500)>]
module ``every task`` =
    let private evaluated s = s.Episode.Evaluate s.Step

    [<Property>]
    let ``rewards between 0 and 10`` s =
        let r = (evaluated s).Reward

        (0.0 <= r && r <= 10.0 + 1e-9) |> Prop.label $"{s.Task.Name}: {r}"

    /// Tasks whose original gives the highest reward at every success.
    let private highestOnSuccess =
        set [
            "assembly-v3"
            "disassemble-v3"
            "door-open-v3"
            "drawer-close-v3"
            "faucet-close-v3"
            "faucet-open-v3"
            "handle-press-side-v3"
            "handle-press-v3"
            "peg-insert-side-v3"
        ]

    [<Property>]
    let ``success has the highest reward where the original guarantees it`` s =
        let outcome = evaluated s

        (not (outcome.Success && highestOnSuccess.Contains s.Task.Name)
         || outcome.Reward = 10.0)
        |> Prop.classify outcome.Success "success"

    [<Property>]
    let ``version 1 rewards with a finite number`` s =
        Double.IsFinite (s.Episode.EvaluateV1 s.Step).Reward |> Prop.label s.Task.Name

    [<Property>]
    let ``reports parts in range`` s =
        let outcome = evaluated s

        (outcome.GraspReward >= 0.0
         && 0.0 <= outcome.InPlaceReward
         && outcome.InPlaceReward <= 1.0
         && outcome.ObjectToTarget >= 0.0
         && (outcome.GraspSuccess = 0.0 || outcome.GraspSuccess = 1.0))
        |> Prop.label s.Task.Name

    [<Property>]
    let ``gives equal outcomes for equal states`` s = evaluated s = evaluated s

    [<Property>]
    let ``an expert acts with finite numbers and a grip within limits`` s =
        let action = s.Task.Expert s.Step.Obs

        (action.Length = 4
         && Array.forall Single.IsFinite action
         && abs action[3] <= 1.0f)
        |> Prop.label s.Task.Name

[<TestFixture>]
module ``the list of tasks`` =
    let private each (check: MetaWorldTask -> bool) =
        for task in Benchmarks.tasks do
            Assert.That(check task, task.Name)

    [<Test>]
    let ``holds fifty names, each once`` () =
        Assert.That((List.distinct Benchmarks.order).Length, Is.EqualTo 50)

    [<Test>]
    let ``has bounds that hold their own middle`` () =
        each (fun task ->
            task.RandomLow.Length = task.RandomHigh.Length
            && (task.RandomLow.Length = 3 || task.RandomLow.Length = 6)
            && Array.forall2 (<=) task.RandomLow task.RandomHigh)

    [<Test>]
    let ``describes each task in one sentence of its own`` () =
        each (fun task ->
            let line = task.Objective
            line.EndsWith '.' && not (line.Contains '\n') && line.Length <= 100)

        let lines = Benchmarks.tasks |> List.map _.Objective
        Assert.That((List.distinct lines).Length, Is.EqualTo 50)

    [<Test>]
    let ``watches each element once`` () =
        each (fun task -> (List.distinct task.Watch).Length = task.Watch.Length)

    [<Test>]
    let ``benchmarks name known tasks only`` () =
        for benchmark in Benchmarks.benchmarks do
            for name in benchmark.Train @ benchmark.Test do
                Assert.That(Benchmarks.order, Does.Contain name)

    [<TestCase("reach-v3")>]
    [<TestCase("reach")>]
    let ``is searched with or without version`` (name: string) =
        match Benchmarks.find name with
        | Ok task -> Assert.That(task.Name, Is.EqualTo "reach-v3")
        | Error e -> Assert.Fail e

    [<Test>]
    let ``suggests the nearest name`` () =
        match Benchmarks.find "raech-v3" with
        | Ok task -> Assert.Fail task.Name
        | Error e -> Assert.That(e, Is.EqualTo "raech-v3: no such task. Nearest: reach-v3.")

    [<TestCase("MT5O", "MT5O: no such task or benchmark. Nearest: MT50.")>]
    [<TestCase("drawr-open", "drawr-open: no such task or benchmark. Nearest: drawer-open-v3.")>]
    let ``suggests the nearest benchmark`` (name: string) (answer: string) =
        match Benchmarks.multiTask name with
        | Ok _ -> Assert.Fail "found"
        | Error errors -> Assert.That(String.Join(" ", errors), Is.EqualTo answer)

    [<TestCase("mt10", 10)>]
    [<TestCase("MT25", 25)>]
    [<TestCase("MT50", 50)>]
    [<TestCase("MT1-push", 1)>]
    [<TestCase("door-open-v3", 1)>]
    let ``gives the tasks of a benchmark`` (name: string) (count: int) =
        match Benchmarks.multiTask name with
        | Ok tasks -> Assert.That(tasks.Length, Is.EqualTo count)
        | Error e -> Assert.Fail(String.Join("\n", e))

[<TestFixture>]
module ``suites`` =
    [<TestCase("MT10", 10, false)>]
    [<TestCase("meta-world/mt25", 25, false)>]
    [<TestCase("reach", 1, false)>]
    [<TestCase("MT1-reach-v3", 1, false)>]
    [<TestCase("ML1-reach-train", 1, true)>]
    [<TestCase("ML10-train", 10, true)>]
    [<TestCase("ML10-test", 5, true)>]
    [<TestCase("ML25-train", 25, true)>]
    [<TestCase("ML45-train", 45, true)>]
    [<TestCase("Meta-World/ML45-test", 5, true)>]
    let ``are found by their name`` (name: string) (count: int) (isMeta: bool) =
        match Suites.find name with
        | Ok suite -> Assert.That((suite.Tasks.Length, suite.Meta), Is.EqualTo((count, isMeta)))
        | Error e -> Assert.Fail e

    [<Test>]
    let ``find their own names and all tasks`` () =
        for name in Suites.names @ Benchmarks.order do
            match Suites.find name with
            | Ok suite -> Assert.That(suite.Name, Is.EqualTo name)
            | Error e -> Assert.Fail e

    [<TestCase("ML10-tain", "Nearest: ML10-train")>]
    [<TestCase("ML46-train", "Nearest: ML45-train")>]
    [<TestCase("ML10", "which part?")>]
    [<TestCase("MT1", "For example MT1-reach.")>]
    let ``suggest the nearest name`` (name: string) (answer: string) =
        match Suites.find name with
        | Ok suite -> Assert.Fail suite.Name
        | Error e -> Assert.That(e, Does.Contain answer)

[<TestFixture>]
module ``goals`` =
    [<Property(MaxTest = 20)>]
    let ``are accepted, distinct and within bounds`` seed =
        Goals.ofSplit seed Benchmarks.tasks
        |> List.forall (fun (task, goals) ->
            goals.Length = Goals.count
            && (Array.distinct goals).Length = Goals.count
            && goals |> Array.forall task.Accepts
            && goals
               |> Array.forall (fun goal ->
                   Array.forall2 (<=) task.RandomLow goal
                   && Array.forall2 (<=) goal task.RandomHigh))

    [<Test>]
    let ``of the first task do not depend on those after it`` () =
        let alone = Goals.ofTask 42u Reach.reach
        let first = Goals.ofSplit 42u [ Reach.reach; Push.push ] |> List.head |> snd
        Assert.That((first = alone))
