/// The line of a run in the list, from the ends of its files.
///
/// Reading order: newest (pure: lines in, numbers out) → ofFolder.
module MtrlFunctional.Cli.Watch.RunRows

open System
open System.Globalization
open System.IO
open System.Text.RegularExpressions
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Statistics
open MtrlFunctional.Storage
open MtrlFunctional.Cli.With

/// Read of the end of `metrics.jsonl`; a line of fifty tasks has about 12 kB.
let private tailBytes = 1 <<< 18

/// A run whose metrics grew within this time is in training, perhaps on another machine.
let private recently = TimeSpan.FromMinutes 1.0

/// Step, success and return of the newest lines.
type private Newest = { Step: float; Success: float; Return: float }

let private nothing = { Step = nan; Success = nan; Return = nan }

/// The mode of a line and its numbers.
let private read (line: ReadOnlyMemory<byte>) =
    let mutable found = None

    let take mode (step: int64) (names: string[]) (values: float[]) =
        let value (wanted: string list) =
            wanted
            |> List.tryPick (fun name ->
                match Array.IndexOf(names, name) with
                | -1 -> None
                | at -> Some values[at])
            |> Option.defaultValue nan

        found <-
            Some(
                mode,
                {
                    Step = float step
                    Success = value [ "success"; "success_average" ]
                    Return = value [ "episode_reward_average"; "episode_reward" ]
                }
            )

    MetricsRows()
        .Parse(
            line.Span,
            MetricsRow(fun mode step names values -> take mode step names (values.ToArray()))
        )
    |> ignore

    found

/// The newest step; success and return of the newest evaluation among these lines, else of training.
let private newest (lines: ReadOnlyMemory<byte> seq) =
    // Damaged lines are passed over.
    let newestFirst = Seq.rev lines |> Seq.choose read |> Seq.cache

    match Seq.tryHead newestFirst with
    | None -> nothing
    | Some(_, last) ->
        newestFirst
        |> Seq.tryPick (fun (mode, row) -> if mode = RunRecord.Eval then Some row else None)
        |> Option.map (fun evaluation -> { evaluation with Step = last.Step })
        |> Option.defaultValue last

let private totalSteps =
    Regex(@"^\s*num_train_steps:\s*(\d+)\s*$", RegexOptions.Multiline)

/// Steps of a whole run by its configuration, up to whole iterations of an on-policy agent; NaN if unreadable.
let total (folder: RunFolder) =
    try
        let config = folder.ReadConfig()

        match Experiment.loadWith (Given.additions ()) config, totalSteps.Match config with
        | Ok experiment, _ -> float (RunLength.lastStep experiment)
        | Error _, found when found.Success ->
            Double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture)
        | _ -> nan
    with :? MtrlException ->
        nan

/// When the metrics changed last, and their length; the configuration's time without metrics.
let stamp (folder: RunFolder) =
    let metrics = FileInfo folder.MetricsFile

    if metrics.Exists then
        metrics.LastWriteTimeUtc, metrics.Length
    else
        File.GetLastWriteTimeUtc folder.ConfigFile, 0L

/// The row with the state of its run.
let withState (now: DateTime) (folder: RunFolder) (row: RunRow) =
    let isSaved () =
        try
            folder.Checkpoints.Steps() |> Seq.exists (fun step -> float step >= row.Total)
        with
        | :? MtrlException
        | :? IOException -> false

    let state =
        if row.Step >= row.Total then
            RunState.Finished
        elif now - row.Changed < recently || folder.IsRunning then
            RunState.Training
        // Lines may be at common multiples of steps alone.
        elif isSaved () then
            RunState.Finished
        else
            RunState.Idle

    { row with State = state }

/// The row of a run of `total` planned steps, without its state; a file that cannot be read leaves its numbers out.
let ofFolder name (folder: RunFolder) total : RunRow =
    let changed, _ = stamp folder

    let newest =
        try
            newest (AppendedLines.Last(folder.Path, "metrics.jsonl", tailBytes))
        with :? MtrlException ->
            nothing

    {
        Id = RunFinder.id name
        Name = name
        State = RunState.Idle
        Step = newest.Step
        // Iterations end with whole episodes, so that the last may pass the planned step.
        Total =
            if Double.IsNaN total then
                nan
            else
                Double.MaxNumber(total, newest.Step)
        Success = newest.Success
        Return = newest.Return
        Changed = changed
    }
