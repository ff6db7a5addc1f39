module MtrlFunctional.Tests.Training.EpisodeAllotmentProps

open Expecto
open Expecto.Flip
open FsCheck
open MtrlFunctional.Training

let ``episodes of tasks`` = [
    let law name = testLaw 300 [] name

    // Weights of at least one task, and a total that can be divided with 2 to 8 episodes each.
    let divided (weights: NonEmptyArray<NormalFloat>) (total: NonNegativeInt) =
        let weights = weights.Get |> Array.map (fun w -> abs w.Get % 1.0)
        let total = 2 * weights.Length + total.Get % (6 * weights.Length + 1)
        weights, total, EpisodeAllotment.divide 2 8 total weights

    law "are all given, and each task has at least and at most its numbers" (fun weights total ->
        let _, total, counts = divided weights total
        Array.sum counts = total && counts |> Array.forall (fun n -> n >= 2 && n <= 8))

    law "more weight has no fewer episodes" (fun weights total ->
        let weights, _, counts = divided weights total

        Array.allPairs [| 0 .. weights.Length - 1 |] [| 0 .. weights.Length - 1 |]
        |> Array.forall (fun (i, j) -> weights[i] <= weights[j] || counts[i] >= counts[j]))

    law "one episode more takes none away" (fun weights (total: NonNegativeInt) ->
        let weights, total, counts = divided weights total

        total = 8 * weights.Length
        || EpisodeAllotment.divide 2 8 (total + 1) weights |> Array.forall2 (<=) counts)

    law
        "without progress all tasks have as many, up to one"
        (fun (tasks: PositiveInt) (total: NonNegativeInt) ->
            let tasks = 1 + tasks.Get % 50
            let total = 2 * tasks + total.Get % (6 * tasks + 1)

            let counts =
                LearningProgress.start tasks
                |> EpisodeAllotment.next TaskPriority.Progress 2 8 total (Array.create tasks true)

            Array.max counts - Array.min counts <= 1)

    testCase "are in proportion to the weights" (fun () ->
        let counts = EpisodeAllotment.divide 1 100 64 [| 0.1; 0.2; 0.3; 0.0 |]
        counts |> equals ([| 11; 21; 31; 1 |]: int[]))

    testCase "cannot be fewer than those of all tasks, or more" (fun () ->
        for total in [ 3; 17 ] do
            (fun () -> EpisodeAllotment.divide 2 8 total [| 1.0; 1.0 |])
            |> isRefused $"{total} episodes cannot be divided among 2 tasks with 2 to 8 each")

    let after iterations success progress =
        Seq.replicate iterations success
        |> Seq.fold (fun progress success -> LearningProgress.observe success progress) progress

    testCase "of an average that rises to one half, the progress is that of the paper" (fun () ->
        // The fast average is 0.05 after the first iteration, the slow one 0.005; f(p) = 0.9 p / (p + 0.1 (1 − 2 p)).
        let progress =
            LearningProgress.start 1 |> after 1 [| 0.5 |] |> LearningProgress.ofTasks

        let f p = 0.9 * p / (p + 0.1 * (1.0 - 2.0 * p))
        progress[0] |> isWithin 1e-15 (f 0.05 - f 0.005)
        f 0.1 |> Expect.isWithin "the rate that counts as one half" 1e-15 0.5)

    testCase "rising and falling success are progress, constant success is none" (fun () ->
        let start = LearningProgress.start 4 |> after 300 [| 0.0; 1.0; 1.0; 0.5 |]
        let progress = start |> after 5 [| 0.5; 0.5; 1.0; nan |] |> LearningProgress.ofTasks

        progress[0] |> Expect.isAbove "rises" 0.2
        progress[1] |> Expect.isAbove "falls" 0.01
        progress[2] |> Expect.isWithin "is mastered" 1e-9 0.0
        progress[3] |> Expect.isWithin "has no episodes" 1e-9 0.0)

    law "progress is between 0 and 1" (fun (rates: NonEmptyArray<NormalFloat>) ->
        let progress =
            rates.Get
            |> Array.fold
                (fun progress rate -> LearningProgress.observe [| abs rate.Get % 1.0 |] progress)
                (LearningProgress.start 1)

        LearningProgress.ofTasks progress
        |> Array.forall (fun p -> p >= 0.0 && p <= 1.0))

    testCase "by failure, a task that fails has them whether it progresses or not" (fun () ->
        let progress = LearningProgress.start 4 |> after 300 [| 0.0; 1.0; 0.5; 1.0 |]

        let next priority =
            EpisodeAllotment.next priority 1 20 28 (Array.create 4 true) progress

        next TaskPriority.Failure |> equals ([| 17; 1; 9; 1 |]: int[])
        next TaskPriority.Progress |> equals ([| 7; 7; 7; 7 |]: int[]))

    testCase "by failure, a task that forgets has more of them again" (fun () ->
        let mastered = LearningProgress.start 2 |> after 300 [| 1.0; 0.0 |]
        let forgotten = mastered |> after 10 [| 0.0; 0.0 |]

        let first progress =
            (EpisodeAllotment.next TaskPriority.Failure 1 20 20 [| true; true |] progress)[0]

        (first mastered, first forgotten) |> equals (1, 8))

    testCase
        "tasks without success have the mean number, and the others share what is left"
        (fun () ->
            let progress = LearningProgress.start 4 |> after 300 [| nan; 1.0; 0.5; nan |]

            let next priority total =
                EpisodeAllotment.next priority 1 20 total [| false; true; true; false |] progress

            next TaskPriority.Failure 28 |> equals ([| 7; 1; 13; 7 |]: int[])
            next TaskPriority.Progress 28 |> equals ([| 7; 7; 7; 7 |]: int[])
            next TaskPriority.Progress 30 |> equals ([| 7; 8; 8; 7 |]: int[]))
]
