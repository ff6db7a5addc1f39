/// The line of a run in the list, from the ends of its files.
///
/// Reading order: newest (pure: records in, numbers out) → ofFolder.
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

/// Read of the end of `metrics.jsonl`; a record of fifty tasks has about 12 kB.
let private tailBytes = 1 <<< 18

/// A run whose metrics grew within this time is in training, perhaps on another machine.
let private recently = TimeSpan.FromMinutes 1.0

/// Step, success and return of the newest lines.
type private Newest = { Step: float; Success: float; Return: float }

let private nothing = { Step = nan; Success = nan; Return = nan }

/// The newest step; success and return of the newest evaluation among these records, newest first, else of training.
let private newest (records: MetricsRecord seq) =
    // Parsed as far as the newest evaluation.
    let records = Seq.cache records

    match Seq.tryHead records with
    | None -> nothing
    | Some last ->
        let measured =
            records
            |> Seq.tryFind (fun record -> record.Mode = RunRecord.Eval)
            |> Option.defaultValue last

        let value names =
            names
            |> List.tryPick (fun name ->
                match measured.Values.TryGetValue name with
                | true, value -> Some value
                | _ -> None)
            |> Option.defaultValue nan

        {
            Step = float last.Step
            Success = value [ "success"; "success_average" ]
            Return = value [ "episode_reward_average"; "episode_reward" ]
        }

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
            MetricsLog.NewestFirst(folder.MetricsFile, tailBytes) |> newest
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
