/// Statistics of scores over seeds: mean, standard error, interquartile mean, and bootstrap intervals.
///
/// Source: Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the Statistical
/// Precipice", arXiv:2108.13264, and its program rliable, whose definitions these are.
///
/// Reading order: mean → standardError → interquartileMean → interval → improvement.
module MtrlFunctional.Statistics.Aggregate

open System
open MtrlFunctional.Randomness

/// Bounds of an estimate.
[<Struct>]
type Interval = { Low: float; High: float }

/// NaN for an empty input.
let mean (scores: float[]) =
    if scores.Length = 0 then nan else Array.average scores

/// Standard error of the mean: s / √n with s² = Σ (x − x̄)² / (n − 1). Undefined for one score.
let standardError (scores: float[]) =
    if scores.Length < 2 then
        None
    else
        let centre = Array.average scores
        let squares = scores |> Array.sumBy (fun x -> (x - centre) * (x - centre))
        let n = float scores.Length
        Some(sqrt (squares / (n - 1.0) / n))

/// Mean of the middle half: ⌊n / 4⌋ of the scores are left out at either end. NaN for an empty input.
let interquartileMean (scores: float[]) =
    let sorted = Array.sort scores
    let cut = sorted.Length / 4
    mean sorted[cut .. sorted.Length - 1 - cut]

/// The quantile `p` in [0, 1] of sorted scores, linear between two neighbours (numpy's default).
let quantile p (sorted: float[]) =
    let at = p * float (sorted.Length - 1)
    let below = int at
    let above = min (below + 1) (sorted.Length - 1)
    sorted[below] + (at - float below) * (sorted[above] - sorted[below])

/// Number of bootstrap replicates of an interval.
[<Literal>]
let internal Replicates = 4_000

/// Share of the replicates inside of an interval.
[<Literal>]
let internal Level = 0.95

/// The percentile interval of a statistic under the stratified bootstrap: for each task, its number
/// of seeds is drawn with replacement, and the statistic is computed over all scores.
/// It estimates other seeds on the same tasks. None where no task has two scores, because then
/// every draw gives the same.
///
/// The order of a task's scores does not matter, to the bit. `key` names the draws; `scores` has a
/// row for each task.
let interval key (statistic: float[] -> float) (scores: float[][]) =
    let tasks = scores |> Array.map Array.sort

    if tasks |> Array.forall (fun task -> task.Length < 2) then
        None
    else
        // Start and length of the scores of each score's task in the pool.
        let spans =
            tasks
            |> Array.mapFold (fun start task -> (start, task.Length), start + task.Length) 0
            |> fst
            |> Array.collect (fun (start, length) -> Array.replicate length (start, length))

        let pool = Array.concat tasks

        let drawn =
            Array.init Replicates (fun replicate ->
                let key = Key.at (int64 replicate) key

                spans
                |> Array.mapi (fun i (start, length) ->
                    pool[start + Key.below length (Key.at (int64 i) key)])
                |> statistic)
            |> Array.sort

        let outside = (1.0 - Level) / 2.0

        Some { Low = quantile outside drawn; High = quantile (1.0 - outside) drawn }

/// Probability of improvement, that a seed of `x` is better than one of `y` on the same task: the share of
/// pairs, equal ones counted half, mean over tasks. NaN where a task has no pair.
let improvement (x: float[][]) (y: float[][]) =
    let better a b =
        if a > b then 1.0
        elif a = b then 0.5
        else 0.0

    let ofTask (x: float[]) (y: float[]) =
        let mutable sum = 0.0

        for a in x do
            for b in y do
                sum <- sum + better a b

        sum / float (x.Length * y.Length)

    Array.map2 ofTask x y |> mean

/// The interval of that probability: seeds of both are drawn anew.
let improvementInterval key (x: float[][]) (y: float[][]) =
    let lengths = Array.append x y |> Array.map Array.length
    let starts = Array.scan (+) 0 lengths

    let statistic (drawn: float[]) =
        let tasks =
            Array.map2
                (fun start length -> drawn[start .. start + length - 1])
                starts[.. lengths.Length - 1]
                lengths

        improvement tasks[.. x.Length - 1] tasks[x.Length ..]

    interval key statistic (Array.append x y)
