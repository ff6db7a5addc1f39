namespace MtrlFunctional.Statistics

/// Measurements of a run at one step: a line of its metrics.
type RunRecord = {
    /// "train", "eval", or a mode of evaluation such as "eval_base".
    Mode: string
    /// Vector steps of training.
    Step: float
    Numbers: Map<string, float>
}

/// Names of measurements in records, and their curves.
module RunRecord =
    [<Literal>]
    let internal Train = "train"

    [<Literal>]
    let Eval = "eval"

    /// Prefix of the modes of evaluation, such as "eval_base".
    [<Literal>]
    let internal EvalMode = "eval_"

    /// Prefixes of the measurements per task, followed by the task's index.
    [<Literal>]
    let internal SuccessEver = "success_env_index_"

    [<Literal>]
    let internal SuccessAtEnd = "success_at_end_env_index_"

    [<Literal>]
    let internal Return = "episode_reward_env_index_"

    /// The task itself: its index in train.log, its name in metrics.jsonl.
    [<Literal>]
    let Task = "env_index_"

    /// Between the name of a measurement of a task and the task's index.
    [<Literal>]
    let internal OfTask = "_env_index_"

    /// The modes of evaluation in the order of their records; empty where all tasks are evaluated as one.
    let internal evaluationModes (records: RunRecord list) =
        records
        |> List.map _.Mode
        |> List.filter _.StartsWith(EvalMode, System.StringComparison.Ordinal)
        |> List.distinct

    /// A measurement over the steps of one mode.
    let curve mode key (records: RunRecord list) = [|
        for r in records do
            match r.Mode = mode, Map.tryFind key r.Numbers with
            | true, Some value -> struct (r.Step, value)
            | _ -> ()
    |]

/// Input of the report of a run.
type ReportedRun = {
    Title: string
    /// Facts about the run, such as ("seed", "1"); the head of the report.
    Facts: (string * string) list
    /// Names of the tasks, in the order of their indices.
    Tasks: string list
    /// Names of the evaluation's tasks, in the order of their indices; in meta-learning these are other tasks.
    Evaluated: string list
    /// Longest episodes of training and of evaluation, in steps: returns of different lengths are drawn on
    /// axes of their own.
    EpisodeSteps: int * int
    /// Aggregates over all tasks.
    Aggregates: TaskAggregate list
    Records: RunRecord list
}
