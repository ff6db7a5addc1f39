/// Records of training and evaluation, with the original programs' names: names that end in an index belong to a task, names
/// that end in average, median or worst aggregate all tasks (docs/reference/metrics.md).
module internal MtrlFunctional.Statistics.RunMetrics

open System
open System.Collections.Generic
open MtrlFunctional.Training

[<Literal>]
let Episode = "episode"

[<Literal>]
let Step = "step"

[<Literal>]
let Duration = "duration"

[<Literal>]
let ProcessorSeconds = "processor_seconds"

[<Literal>]
let EpisodeReward = "episode_reward"

[<Literal>]
let Success = "success"

[<Literal>]
let SuccessAtEnd = "success_at_end"

/// NaN is left out: no episode ended, or no task defines success.
let private defined entries =
    entries |> List.filter (snd >> Double.IsNaN >> not)

let private over aggregate (tasks: EpisodeMeans[]) (pick: EpisodeMeans -> float) =
    tasks |> Seq.map pick |> TaskAggregate.over aggregate

/// Shares of success, and each aggregate over all tasks. The average return has a name of its own: the original logs
/// `episode_reward` for some agents only.
let private ofAll (tasks: EpisodeMeans[]) =
    defined [
        Success, over TaskAggregate.Average tasks _.Ever
        SuccessAtEnd, over TaskAggregate.Average tasks _.AtEnd

        for name, aggregate in TaskAggregate.byName do
            $"{EpisodeReward}_{name}", over aggregate tasks _.Return
            $"{Success}_{name}", over aggregate tasks _.Ever
            $"{SuccessAtEnd}_{name}", over aggregate tasks _.AtEnd
    ]

/// Of each task that had an episode.
let private ofEach (tasks: EpisodeMeans[]) = [
    for i, task in Array.indexed tasks do
        if not (Double.IsNaN task.Return) then
            yield!
                defined [
                    $"{RunRecord.Return}{i}", task.Return
                    $"{RunRecord.SuccessEver}{i}", task.Ever
                    $"{RunRecord.SuccessAtEnd}{i}", task.AtEnd
                    $"{RunRecord.Task}{i}", float i
                ]
]

/// The last of equal names counts.
let private record (entries: (string * float) list) =
    let record = Dictionary<string, float>()

    for name, number in entries do
        record[name] <- number

    record

/// The record of training since the newest line of the log: the episodes that ended, and means of all measurements.
/// `episodes`: those before this line; `seconds`: wall-clock time without evaluations; `processorSeconds`: of all threads.
[<CompiledName("OfTraining")>]
let ofTraining
    (episodes: int64)
    (step: int64)
    seconds
    processorSeconds
    (means: KeyValuePair<string, float> seq)
    (tasks: EpisodeMeans[])
    =
    record [
        Episode, float episodes
        Step, float step
        Duration, seconds
        ProcessorSeconds, processorSeconds
        yield! ofAll tasks

        for mean in means do
            mean.Key, mean.Value

        yield! ofEach tasks
    ]

/// The record of an evaluation after `episodes` of training. Without undefined metrics: garage's evaluation on training
/// episodes has none before the first iteration.
[<CompiledName("OfEvaluation")>]
let ofEvaluation (episodes: int64) (step: int64) (tasks: EpisodeMeans[]) =
    record [
        Episode, float episodes
        Step, float step

        if tasks |> Array.exists (fun task -> Double.IsFinite task.Return) then
            EpisodeReward, over TaskAggregate.Average tasks _.Return
            yield! ofAll tasks

        yield! ofEach tasks
    ]

/// Names of tasks, with their indices where several have one name, as the states of a classic family.
let private distinct (tasks: string seq) =
    let counts = tasks |> Seq.countBy id |> Map

    [|
        for i, task in Seq.indexed tasks -> if counts[task] = 1 then task else $"{task} {i}"
    |]

/// Names in TensorBoard of the measurements of a record: "Train/actor_loss", "Eval/success", as the original names them
/// elsewhere, and for each task "reach-v3/train_success". `tasks`: their names, by the index in the record.
[<CompiledName("Tags")>]
let tags (mode: string) (tasks: string seq) (record: KeyValuePair<string, float> seq) = [
    let names = distinct tasks

    for entry in record do
        if not (entry.Key.StartsWith(RunRecord.Task, StringComparison.Ordinal)) then
            let tag =
                match entry.Key.IndexOf(RunRecord.OfTask, StringComparison.Ordinal) with
                | -1 -> $"{Char.ToUpperInvariant mode[0]}{mode.Substring 1}/{entry.Key}"
                | at ->
                    let task = int (entry.Key.Substring(at + RunRecord.OfTask.Length))
                    $"{names[task]}/{mode.ToLowerInvariant()}_{entry.Key.Substring(0, at)}"

            KeyValuePair(tag, entry.Value)
]
