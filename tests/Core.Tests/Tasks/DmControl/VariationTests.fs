namespace MtrlFunctional.Tests.Tasks

open System
open NUnit.Framework
open FsCheck.NUnit
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks.DmControl

/// Families of variants as values.
[<TestFixture>]
module ``variants of DeepMind Control`` =
    let private varied = [
        for variation in Variations.all do
            for task in DmControlTasks.standard do
                if task.Domain.Model = variation.Domain then
                    yield! DmControlTasks.variants variation task
    ]

    [<Test>]
    let ``are found by their names`` () =
        for task in varied do
            match DmControlTasks.find (DmControlTask.fullName task) with
            | Ok found -> Assert.That(found.Domain.Model, Is.EqualTo task.Domain.Model)
            | Error reason -> Assert.Fail reason

    [<Test>]
    let ``have models of their own`` () =
        let models = varied |> List.map (fun task -> Variations.source task.Domain.Model)
        Assert.That(models |> List.forall (fun source -> not source.Changes.IsEmpty))
        Assert.That((List.distinct models).Length, Is.EqualTo(10 * Variations.all.Length))

    [<Test>]
    let ``change exact decimals`` () =
        let changes = Variations.cheetahLegRadius.Changes 3
        Assert.That((List.last changes).Value, Is.EqualTo "0.0598 0.07")

    let private refusal body =
        try
            body () |> ignore
            ""
        with :? ArgumentException as e ->
            e.Message

    [<TestCase(0)>]
    [<TestCase(11)>]
    let ``an index outside 1 to 10 is refused`` index =
        let message =
            refusal (fun () -> Variation.apply Variations.fingerSize index Finger.spin)

        Assert.That(message, Does.Contain "must be in 1 to 10")

    [<Test>]
    let ``a task with another model is refused`` () =
        let message =
            refusal (fun () -> Variation.apply Variations.fingerSize 3 Walker.walk)

        Assert.That(message, Does.Contain "the model of walk is walker")

    [<Test>]
    let ``a misspelled name has the nearest ones in its message`` () =
        match DmControlTasks.find "finger-spin-sise-3" with
        | Ok _ -> Assert.Fail "There is no such task."
        | Error reason -> Assert.That(reason, Does.Contain "finger-spin-size-3")

/// Starts of the planar robots and the finger.
[<TestFixture>]
module ``starts of DeepMind Control's robots`` =
    let private joint name limits = { Name = name; IsHinge = true; Default = 0.0; Range = limits }

    let private joints = [|
        joint "rooty" ValueNone
        joint "bthigh" (ValueSome(struct (-0.5, 1.0)))
    |]

    [<Property>]
    let ``the cheetah is level, its legs are within their limits`` (seed: int64) =
        let start = Cheetah.run.Start joints (Key.ofSeed seed)

        start.Positions[0] = 0.0
        && -0.5 <= start.Positions[1]
        && start.Positions[1] < 1.0
        && start.Velocities = [| 0.0; 0.0 |]

    [<Property>]
    let ``the target of the finger is where the tip can be`` (seed: int64) =
        let easy = (Finger.turnEasy.Start joints (Key.ofSeed seed)).Edits
        let hard = (Finger.turnHard.Start joints (Key.ofSeed seed)).Edits
        let distance = sqrt ((easy[0] - 0.2) ** 2.0 + (easy[1] - 0.4) ** 2.0)

        abs (distance - 0.13) < 1e-12
        && easy[2] = 0.07
        && hard = [| easy[0]; easy[1]; 0.03 |]
