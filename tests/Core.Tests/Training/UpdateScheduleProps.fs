module MtrlFunctional.Tests.Training.UpdateScheduleProps

open Expecto
open FsCheck
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Training

let ``updates of a step`` = [
    let law name = testLaw 500 [] name

    let schedule (init: NonNegativeInt) (perStep: PositiveInt) = {
        InitSteps = int64 init.Get
        UpdatesPerStep = int64 perStep.Get
    }

    law "there are none while actions are random" (fun init perStep (step: NonNegativeInt) ->
        let schedule = schedule init perStep
        let step = int64 step.Get

        not (UpdateSchedule.actsRandomly step schedule)
        || UpdateSchedule.updatesAt step 1L schedule = 0L)

    law "an empty replay allows none" (fun init perStep (step: NonNegativeInt) ->
        UpdateSchedule.updatesAt (int64 step.Get) 0L (schedule init perStep) = 0L)

    law
        "after the random phase there are as many as it had steps, then a fixed number at each"
        (fun init perStep (more: PositiveInt) ->
            let schedule = schedule init perStep
            let last = schedule.InitSteps + int64 more.Get

            let total =
                Seq.sumBy (fun s -> UpdateSchedule.updatesAt s 1L schedule) (seq { 0L .. last })

            total = max 1L schedule.InitSteps + int64 more.Get * schedule.UpdatesPerStep)
]

let ``random actions`` = [
    let law name = testLaw 200 [] name

    let filled seed size =
        let actions = Array.zeroCreate size
        RandomActions.fill (ActionSpace.Box 1) (Key.ofSeed seed) (System.Span actions)
        actions

    law "lie in the box, and one key gives the same ones" (fun seed (size: NonNegativeInt) ->
        let actions = filled seed size.Get

        actions = filled seed size.Get
        && actions |> Array.forall (fun a -> -1f <= a && a <= 1f))

    law
        "a longer vector begins with a shorter one"
        (fun seed (size: NonNegativeInt) (more: NonNegativeInt) ->
            filled seed (size.Get + more.Get) |> Array.truncate size.Get = filled seed size.Get)

    testCase "have mean 0 and variance a third" (fun () ->
        let actions = filled 1L 100_000 |> Array.map float
        Array.average actions |> isWithin 0.01 0.0
        actions |> Array.averageBy (fun a -> a * a) |> isWithin 0.01 (1.0 / 3.0))

    testCase "are one-hot choices of equal probability" (fun () ->
        let count, size = 30_000, 3
        let actions = Array.create (count * size) 7f
        RandomActions.fill (ActionSpace.Discrete size) (Key.ofSeed 2L) (System.Span actions)
        let rows = Array.chunkBySize size actions
        rows |> Array.map (Array.sortDescending) |> areAll [| 1f; 0f; 0f |]

        for choice in 0 .. size - 1 do
            let frequency = rows |> Array.averageBy (fun row -> float row[choice])
            frequency |> isWithin 0.015 (1.0 / 3.0))
]
