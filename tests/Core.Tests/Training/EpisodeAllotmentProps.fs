namespace MtrlFunctional.Tests.Training

open NUnit.Framework
open FsCheck
open FsCheck.NUnit
open MtrlFunctional.Training

[<TestFixture; Properties(MaxTest = 300)>]
module ``episodes of tasks`` =
    /// Weights of at least one task, and a total that can be divided with 2 to 8 episodes each.
    let private divided (weights: NonEmptyArray<NormalFloat>) (total: NonNegativeInt) =
        let weights = weights.Get |> Array.map (fun w -> abs w.Get % 1.0)
        let total = 2 * weights.Length + total.Get % (6 * weights.Length + 1)
        weights, total, EpisodeAllotment.divide 2 8 total weights

    [<Property>]
    let ``are all given, and each task has at least and at most its numbers`` weights total =
        let _, total, counts = divided weights total
        Array.sum counts = total && counts |> Array.forall (fun n -> n >= 2 && n <= 8)

    [<Property>]
    let ``more weight has no fewer episodes`` weights total =
        let weights, _, counts = divided weights total

        Array.allPairs [| 0 .. weights.Length - 1 |] [| 0 .. weights.Length - 1 |]
        |> Array.forall (fun (i, j) -> weights[i] <= weights[j] || counts[i] >= counts[j])

    [<Property>]
    let ``one episode more takes none away`` weights (total: NonNegativeInt) =
        let weights, total, counts = divided weights total

        total = 8 * weights.Length
        || EpisodeAllotment.divide 2 8 (total + 1) weights |> Array.forall2 (<=) counts

    [<Property>]
    let ``without progress all tasks have as many, up to one``
        (tasks: PositiveInt)
        (total: NonNegativeInt)
        =
        let tasks = 1 + tasks.Get % 50
        let total = 2 * tasks + total.Get % (6 * tasks + 1)

        let counts =
            LearningProgress.start tasks
            |> EpisodeAllotment.next TaskPriority.Progress 2 8 total (Array.create tasks true)

        Array.max counts - Array.min counts <= 1

    [<Test>]
    let ``are in proportion to the weights`` () =
        let counts = EpisodeAllotment.divide 1 100 64 [| 0.1; 0.2; 0.3; 0.0 |]
        Assert.That(counts, Is.EqualTo<int>([| 11; 21; 31; 1 |]: int[]))

    [<Test>]
    let ``cannot be fewer than those of all tasks, or more`` () =
        for total in [ 3; 17 ] do
            Assert.That(
                System.Action(fun () -> EpisodeAllotment.divide 2 8 total [| 1.0; 1.0 |] |> ignore),
                Throws.ArgumentException.With.Message.Contains
                    $"{total} episodes cannot be divided among 2 tasks with 2 to 8 each"
            )

    let private after iterations success progress =
        Seq.replicate iterations success
        |> Seq.fold (fun progress success -> LearningProgress.observe success progress) progress

    [<Test>]
    let ``of an average that rises to one half, the progress is that of the paper`` () =
        // The fast average is 0.05 after the first iteration, the slow one 0.005; f(p) = 0.9 p / (p + 0.1 (1 − 2 p)).
        let progress =
            LearningProgress.start 1 |> after 1 [| 0.5 |] |> LearningProgress.ofTasks

        let f p = 0.9 * p / (p + 0.1 * (1.0 - 2.0 * p))
        Assert.That(progress[0], Is.EqualTo(f 0.05 - f 0.005).Within 1e-15)
        Assert.That(f 0.1, Is.EqualTo(0.5).Within 1e-15, "the rate that counts as one half")

    [<Test>]
    let ``rising and falling success are progress, constant success is none`` () =
        let start = LearningProgress.start 4 |> after 300 [| 0.0; 1.0; 1.0; 0.5 |]
        let progress = start |> after 5 [| 0.5; 0.5; 1.0; nan |] |> LearningProgress.ofTasks

        Assert.That(progress[0], Is.GreaterThan 0.2, "rises")
        Assert.That(progress[1], Is.GreaterThan 0.01, "falls")
        Assert.That(progress[2], Is.EqualTo(0.0).Within 1e-9, "is mastered")
        Assert.That(progress[3], Is.EqualTo(0.0).Within 1e-9, "has no episodes")

    [<Property>]
    let ``progress is between 0 and 1`` (rates: NonEmptyArray<NormalFloat>) =
        let progress =
            rates.Get
            |> Array.fold
                (fun progress rate -> LearningProgress.observe [| abs rate.Get % 1.0 |] progress)
                (LearningProgress.start 1)

        LearningProgress.ofTasks progress
        |> Array.forall (fun p -> p >= 0.0 && p <= 1.0)

    [<Test>]
    let ``by failure, a task that fails has them whether it progresses or not`` () =
        let progress = LearningProgress.start 4 |> after 300 [| 0.0; 1.0; 0.5; 1.0 |]

        let next priority =
            EpisodeAllotment.next priority 1 20 28 (Array.create 4 true) progress

        Assert.That(next TaskPriority.Failure, Is.EqualTo<int>([| 17; 1; 9; 1 |]: int[]))
        Assert.That(next TaskPriority.Progress, Is.EqualTo<int>([| 7; 7; 7; 7 |]: int[]))

    [<Test>]
    let ``by failure, a task that forgets has more of them again`` () =
        let mastered = LearningProgress.start 2 |> after 300 [| 1.0; 0.0 |]
        let forgotten = mastered |> after 10 [| 0.0; 0.0 |]

        let first progress =
            (EpisodeAllotment.next TaskPriority.Failure 1 20 20 [| true; true |] progress)[0]

        Assert.That((first mastered, first forgotten), Is.EqualTo((1, 8)))

    [<Test>]
    let ``tasks without success have the mean number, and the others share what is left`` () =
        let progress = LearningProgress.start 4 |> after 300 [| nan; 1.0; 0.5; nan |]

        let next priority total =
            EpisodeAllotment.next priority 1 20 total [| false; true; true; false |] progress

        Assert.That(next TaskPriority.Failure 28, Is.EqualTo<int>([| 7; 1; 13; 7 |]: int[]))
        Assert.That(next TaskPriority.Progress 28, Is.EqualTo<int>([| 7; 7; 7; 7 |]: int[]))
        Assert.That(next TaskPriority.Progress 30, Is.EqualTo<int>([| 7; 8; 8; 7 |]: int[]))
