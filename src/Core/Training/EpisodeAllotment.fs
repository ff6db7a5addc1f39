namespace MtrlFunctional.Training

/// The quantity in proportion to which episodes beyond the least number are divided among tasks.
[<RequireQualifiedAccess>]
type TaskPriority =
    /// The change of the task's success rate.
    | Progress
    /// The share of the task's episodes without success: active sampling prefers tasks far from a target (Sharma et al.
    /// 2018, "Learning to Multi-Task by Active Sampling", arXiv:1702.06053).
    | Failure

/// Success rates of the tasks over the iterations so far, [tasks] each.
///
/// Source: Kanitscheider et al. 2021, "Multi-task curriculum learning in a complex, visual, hard-exploration domain:
/// Minecraft", arXiv:2106.14876: learning progress is the distance between two exponential averages of a success rate,
/// with low rates magnified. Where this differs:
///   [1] every task keeps a number of episodes, and none has more than a limit;
///   [2] the others are divided in proportion to the progress itself, instead of drawn with normalised probabilities;
///   [3] a progress below 0.01 is set to 0.
type internal LearningProgress = {
    /// Exponential average over about ten iterations.
    Fast: float[]
    /// The exponential average of `Fast`.
    Slow: float[]
}

/// Learning progress: the change of success rates, rising or falling.
module internal LearningProgress =
    /// Weight of a new success rate in an average.
    [<Literal>]
    let private Rate = 0.1

    /// The success rate that is mapped to one half.
    [<Literal>]
    let private Magnified = 0.1

    /// Before the first episode: no success.
    let start tasks = { Fast = Array.zeroCreate tasks; Slow = Array.zeroCreate tasks }

    /// After an iteration with these success rates, in [0, 1]. The rate of a task without episodes is NaN: its fast
    /// average stays.
    let observe (success: float[]) progress =
        let toward before now = before + Rate * (now - before)

        let fast =
            Array.map2
                (fun before now ->
                    if System.Double.IsNaN now then
                        before
                    else
                        toward before now)
                progress.Fast
                success

        { Fast = fast; Slow = Array.map2 toward progress.Slow fast }

    let private magnified p =
        (1.0 - Magnified) * p / (p + Magnified * (1.0 - 2.0 * p))

    /// Smaller values are set to 0: with a constant success rate the two averages converge but never become equal.
    [<Literal>]
    let private Least = 0.01

    /// The progress of each task, in [0, 1].
    let ofTasks progress =
        let progressed fast slow =
            let distance = abs (magnified fast - magnified slow)
            if distance < Least then 0.0 else distance

        Array.map2 progressed progress.Fast progress.Slow

    /// The share of each task's episodes without success, in [0, 1].
    let failures progress =
        progress.Fast |> Array.map (fun p -> 1.0 - p)

/// The episodes of an iteration, divided among tasks.
module internal EpisodeAllotment =
    /// Divides `total` episodes among tasks: `least` for each, the others one by one to the task with the highest
    /// weight per further episode (the method of highest averages, D'Hondt), up to `most` for each. Of equal tasks, the
    /// one with the fewest episodes comes first, then the first.
    let divide least most total (weights: float[]) : int[] =
        let tasks = weights.Length

        if least < 0 || most < least || total < tasks * least || total > tasks * most then
            invalidArg
                (nameof total)
                $"{total} episodes cannot be divided among {tasks} tasks with {least} to {most} each."

        let counts = Array.create tasks least

        for _ in tasks * least + 1 .. total do
            let next =
                seq { 0 .. tasks - 1 }
                |> Seq.filter (fun task -> counts[task] < most)
                |> Seq.minBy (fun task ->
                    let further = counts[task] - least + 1
                    struct (-weights[task] / float further, further))

            counts[next] <- counts[next] + 1

        counts

    /// The episodes of each task in the next iteration. A task that defines no success has no progress and no failures:
    /// it has the mean number, rounded down, and the others share the rest.
    let next priority least most total (definesSuccess: bool[]) progress : int[] =
        let weights =
            match priority with
            | TaskPriority.Progress -> LearningProgress.ofTasks progress
            | TaskPriority.Failure -> LearningProgress.failures progress

        let counts = Array.create definesSuccess.Length (total / definesSuccess.Length)

        let divided, kept =
            List.partition (Array.get definesSuccess) [ 0 .. counts.Length - 1 ]

        let left = total - List.sumBy (Array.get counts) kept

        [| for task in divided -> weights[task] |]
        |> divide least most left
        |> Seq.iter2 (Array.set counts) divided

        counts
