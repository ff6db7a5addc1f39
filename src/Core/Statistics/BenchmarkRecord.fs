/// The record of one experiment on a benchmark: success on all goals of training and on others, over several seeds, and
/// what it took.
///
/// Reading order: GoalScores, SeedScores → efforts → grid → text, markdown.
module MtrlFunctional.Statistics.BenchmarkRecord

open MtrlFunctional
open MtrlFunctional.Randomness

/// Shares of episodes with success, an episode with each goal: numbers in [0, 1], one for each task.
type GoalSuccess = {
    /// At any step of an episode.
    Ever: float[]
    AtEnd: float[]
}

/// Success of a policy on the goals of training and on others.
type GoalScores = { Trained: GoalSuccess; Unseen: GoalSuccess }

/// Environment steps and processor time of a run until a step.
type Effort = {
    /// Environment steps of all tasks together.
    Steps: float
    /// Hours of processor time, of all threads.
    ProcessorHours: float
}

/// The final policy of a seed.
type SeedScores = {
    Seed: int64
    Goals: GoalScores
    Whole: Effort
    /// Until an evaluation of the run first had each of the levels; none: it never did.
    Reached: Effort option list
}

/// Levels of mean success.
let internal levels = [ 0.8; 0.9; 0.95 ]

/// The effort of a whole run, and the effort until its evaluations first reach each level, from its records in the
/// order of their steps. The log lacks the processor time after the last line of training, and of steps repeated after
/// a kill.
let efforts tasks (records: RunRecord list) : Effort * Effort option list =
    let number name (r: RunRecord) = Map.tryFind name r.Numbers

    // Only lines of training have processor time: since the line of training before.
    let hoursOf r =
        match number RunMetrics.ProcessorSeconds r with
        | Some seconds -> seconds / 3600.0
        | None -> 0.0

    let hours = records |> List.scan (fun hours r -> hours + hoursOf r) 0.0 |> List.tail

    let efforts = [
        for r, hours in List.zip records hours do
            r, { Steps = float (tasks: int) * r.Step; ProcessorHours = hours }
    ]

    let first level =
        efforts
        |> List.tryFind (fun (r, _) ->
            r.Mode = RunRecord.Eval
            && number RunMetrics.Success r |> Option.exists (fun success -> success >= level))
        |> Option.map snd

    let whole =
        match List.tryLast efforts with
        | Some(_, effort) -> effort
        | None -> { Steps = 0.0; ProcessorHours = 0.0 }

    whole, List.map first levels

/// Constant, so that equal results give equal texts.
let private draws = Key.ofSeed 0L |> Key.forPurpose "record"

/// "12.4 M".
let private steps (x: float) = Cells.number "0.0" (x / 1e6) + " M"

let private effort =
    function
    | Some { Steps = count; ProcessorHours = hours } ->
        let hours = Cells.number "0.0" hours
        $"{steps count}, {hours} h"
    | None -> "–"

/// The columns of success, and what they show.
let private measures: (string * (GoalScores -> float[])) list = [
    "trained, ever", _.Trained.Ever
    "at end", _.Trained.AtEnd
    "unseen, ever", _.Unseen.Ever
    "at end", _.Unseen.AtEnd
]

let private ofGoals (goals: GoalScores) = [
    for _, scores in measures do
        Cells.percent1 (Array.average (scores goals))
    Cells.percent1 (Array.min goals.Trained.Ever)
    Cells.percent1 (Array.min goals.Unseen.Ever)
]

let private ofSeed (s: SeedScores) = [
    $"seed {s.Seed}"
    yield! ofGoals s.Goals
    for reached in s.Reached do
        effort reached
    effort (Some s.Whole)
]

/// Of scripted experts and random actions.
let private ofReference (name: string, goals) = [
    name
    yield! ofGoals goals
    for _ in levels do
        ""
    ""
]

let private mean seeds =
    let over (score: GoalScores -> float) =
        seeds
        |> List.map (_.Goals >> score)
        |> Array.ofList
        |> Comparison.meanAndError
        |> ComparisonTable.rate

    [
        "mean ± s.e."
        for _, scores in measures do
            over (scores >> Array.average)
        over (fun goals -> Array.min goals.Trained.Ever)
        over (fun goals -> Array.min goals.Unseen.Ever)
        for _ in levels do
            ""
        ""
    ]

/// Interquartile means over all seeds and tasks.
let private middle (seeds: SeedScores list) =
    let over (scores: GoalScores -> float[]) =
        let byTask =
            seeds |> List.map (_.Goals >> scores) |> Array.ofList |> Array.transpose

        ComparisonTable.within
            (Aggregate.interquartileMean (Array.concat byTask))
            (Aggregate.interval draws Aggregate.interquartileMean byTask)

    [
        "IQM [95 %]"
        for _, scores in measures do
            over scores
        ""
        ""
        for _ in levels do
            ""
        ""
    ]

/// A line for each seed, then mean and interquartile mean, then one for each reference: its name, and what it reaches
/// on the goals of the first seed. `seeds` has at least one.
let internal grid (references: (string * GoalScores) list) (seeds: SeedScores list) : Grid = {
    Headings = [
        "seed"
        for name, _ in measures do
            name
        "worst task, trained"
        "unseen"
        for level in levels do
            $"to {Cells.percent level}"
        "whole run"
    ]
    Lines = [
        yield! List.map ofSeed seeds
        mean seeds
        middle seeds
        yield! List.map ofReference references
    ]
}

let private byTask names (seeds: SeedScores list) : Grid =
    let over (scores: GoalScores -> float[]) i =
        [| for s in seeds -> (scores s.Goals)[i] |]
        |> Comparison.meanAndError
        |> ComparisonTable.rate

    {
        Headings = "task" :: List.map fst measures
        Lines =
            names
            |> List.mapi (fun i (name: string) ->
                name :: [ for _, scores in measures -> over scores i ])
    }

let private remarks =
    "Success: an episode with each goal by the final policy, without noise; \"ever\" at any step, \"at end\" at the last one. "
    + "\"To 80 %\": environment steps of all tasks and processor time until an evaluation during training, on goals drawn "
    + "from the training goals, first had this mean. IQM: interquartile mean over all seeds and tasks, with the 95 % "
    + "interval of the bootstrap stratified by tasks (arXiv:2108.13264)."

/// The record for a terminal; `tasks` are the names.
let text (title: string) tasks references (seeds: SeedScores list) =
    [
        title
        ""
        yield! Grid.aligned 1 "   " (grid references seeds)
        ""
        yield! Grid.aligned 1 "   " (byTask tasks seeds)
        ""
    ]
    |> String.concat "\n"

/// The record as Markdown; `facts` are sentences on how it was made.
let markdown (title: string) facts tasks references (seeds: SeedScores list) =
    [
        $"# {Markdown.escape title}"
        ""
        yield! Grid.markdown (grid references seeds)
        ""
        for fact in remarks :: facts do
            $"- {Markdown.escape fact}"
        ""
        yield! Grid.markdown (byTask tasks seeds)
        ""
    ]
    |> String.concat "\n"
