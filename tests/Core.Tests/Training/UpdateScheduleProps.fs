namespace MtrlFunctional.Tests.Training

open NUnit.Framework
open FsCheck
open FsCheck.NUnit
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Training

[<TestFixture; Properties(MaxTest = 500)>]
module ``updates of a step`` =
    let private schedule (init: NonNegativeInt) (perStep: PositiveInt) = {
        InitSteps = int64 init.Get
        UpdatesPerStep = int64 perStep.Get
    }

    [<Property>]
    let ``there are none while actions are random`` init perStep (step: NonNegativeInt) =
        let schedule = schedule init perStep
        let step = int64 step.Get

        not (UpdateSchedule.actsRandomly step schedule)
        || UpdateSchedule.updatesAt step 1L schedule = 0L

    [<Property>]
    let ``an empty replay allows none`` init perStep (step: NonNegativeInt) =
        UpdateSchedule.updatesAt (int64 step.Get) 0L (schedule init perStep) = 0L

    [<Property>]
    let ``after the random phase there are as many as it had steps, then a fixed number at each``
        init
        perStep
        (more: PositiveInt)
        =
        let schedule = schedule init perStep
        let last = schedule.InitSteps + int64 more.Get

        let total =
            Seq.sumBy (fun s -> UpdateSchedule.updatesAt s 1L schedule) (seq { 0L .. last })

        total = max 1L schedule.InitSteps + int64 more.Get * schedule.UpdatesPerStep

[<TestFixture; Properties(MaxTest = 200)>]
module ``random actions`` =
    let private filled seed size =
        let actions = Array.zeroCreate size
        RandomActions.fill (ActionSpace.Box 1) (Key.ofSeed seed) (System.Span actions)
        actions

    [<Property>]
    let ``lie in the box, and one key gives the same ones`` seed (size: NonNegativeInt) =
        let actions = filled seed size.Get

        actions = filled seed size.Get
        && actions |> Array.forall (fun a -> -1f <= a && a <= 1f)

    [<Property>]
    let ``a longer vector begins with a shorter one``
        seed
        (size: NonNegativeInt)
        (more: NonNegativeInt)
        =
        filled seed (size.Get + more.Get) |> Array.truncate size.Get = filled seed size.Get

    [<Test>]
    let ``have mean 0 and variance a third`` () =
        let actions = filled 1L 100_000 |> Array.map float
        Assert.That(Array.average actions, Is.EqualTo(0.0).Within 0.01)
        Assert.That(actions |> Array.averageBy (fun a -> a * a), Is.EqualTo(1.0 / 3.0).Within 0.01)

    [<Test>]
    let ``are one-hot choices of equal probability`` () =
        let count, size = 30_000, 3
        let actions = Array.create (count * size) 7f
        RandomActions.fill (ActionSpace.Discrete size) (Key.ofSeed 2L) (System.Span actions)
        let rows = Array.chunkBySize size actions
        Assert.That(rows |> Array.map (Array.sortDescending), Is.All.EqualTo [| 1f; 0f; 0f |])

        for choice in 0 .. size - 1 do
            let frequency = rows |> Array.averageBy (fun row -> float row[choice])
            Assert.That(frequency, Is.EqualTo(1.0 / 3.0).Within 0.015)
