/// A script that makes the record of a preset: trains its seeds, continues stopped ones, then plays the final policies
/// with all goals of training and with others, and writes `record.md`.
///
/// Reading order: RecordProtocol, PlayedGoals → settings → scores → write → run.
namespace MtrlFunctional.Cli.Training

open System
open System.IO
open System.Security.Cryptography
open System.Text
open System.Text.Json
open MtrlFunctional
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Reports
open MtrlFunctional.Cli.Results
open MtrlFunctional.Cli.Training.TableRows
open MtrlFunctional.Experiments
open MtrlFunctional.Statistics
open MtrlFunctional.Statistics.BenchmarkRecord
open MtrlFunctional.Storage
open MtrlFunctional.Training

/// What a record is made with.
type RecordProtocol = {
    /// Name of the script and of the folder of the record.
    Name: string
    Title: string
    /// Name of the preset.
    Preset: string
    /// `RecordScript.settings` of the preset: a record is of these settings and no others.
    Settings: string
    Seeds: int
    /// Goals of each task that are not trained on.
    UnseenGoals: int
}

/// The evaluation of a final policy, kept in the folder of its run. Public, as JSON is read into it.
type PlayedGoals = { Step: int64; UnseenGoals: int; Trained: GoalSuccess; Unseen: GoalSuccess }

module RecordScript =
    [<Literal>]
    let private PlayedFile = "goals.json"

    /// A hash of all settings on which the results of an experiment depend: sixteen hexadecimal digits.
    let settings (e: Experiment) =
        String.Join('\n', ConfigurationChanges.settings e)
        |> Encoding.UTF8.GetBytes
        |> SHA256.HashData
        |> Convert.ToHexStringLower
        |> fun digits -> digits[..15]

    let private success (evaluation: EvaluationResult) : GoalSuccess = {
        Ever = [| for task in evaluation.Tasks -> task.SuccessEver |]
        AtEnd = [| for task in evaluation.Tasks -> task.SuccessAtEnd |]
    }

    let private finalStep (folder: RunFolder) =
        match folder.Checkpoints.Newest() with
        | null -> raise (MtrlException $"{folder.Path}: the finished run has no checkpoint.")
        | newest -> newest.Step

    /// The evaluation of the final policy that its folder keeps.
    let private kept (protocol: RecordProtocol) (e: Experiment) =
        let folder = folderOf e
        let file = Path.Combine(folder.Path, PlayedFile)

        if File.Exists file then
            // A damaged file is one that was never written: the policy plays again.
            let read =
                try
                    JsonSerializer.Deserialize<PlayedGoals>(File.ReadAllText file) |> Option.ofObj
                with :? JsonException ->
                    None

            read
            |> Option.filter (fun played ->
                played.Step = finalStep folder && played.UnseenGoals = protocol.UnseenGoals)
        else
            None

    let private play (protocol: RecordProtocol) stop (e: Experiment) =
        let folder = folderOf e

        TrainingSession.notice
            $"seed {e.Setup.SeedRef}: plays all goals of training and {protocol.UnseenGoals} others of each task"

        let options =
            EvaluationOptions(
                Step = finalStep folder,
                Notice = Action<string> TrainingSession.notice
            )

        let goals =
            RunEvaluation.CompareGoals(folder.Path, UnseenGoals protocol.UnseenGoals, options, stop)

        let played = {
            Step = goals.Trained.Step
            UnseenGoals = protocol.UnseenGoals
            Trained = success goals.Trained
            Unseen = success goals.Unseen
        }

        folder.WriteText(PlayedFile, JsonSerializer.Serialize played)
        played

    let private scores (e: Experiment) (played: PlayedGoals) : BenchmarkRecord.SeedScores =
        let records =
            MetricsLog.Read (folderOf e).MetricsFile
            |> Seq.map RunResults.record
            |> List.ofSeq

        let whole, reached = BenchmarkRecord.efforts e.Environment.NumEnvs records

        {
            Seed = e.Setup.SeedRef
            Trained = played.Trained
            Unseen = played.Unseen
            Whole = whole
            Reached = reached
        }

    /// How the record was made, in sentences.
    let private facts (protocol: RecordProtocol) (e: Experiment) (words: string list) = [
        let given = String.Join(" ", words)
        $"Made by: dotnet fsi scripts/{protocol.Name}.fsx {given}".TrimEnd()
        $"Settings {settings e}: preset={protocol.Preset}, rewards {e.Environment.RewardVersion}, horizon {e.Environment.Horizon}."
    ]

    let private write (protocol: RecordProtocol) (row: TableRow) words seeds =
        let tasks = row.Whole.Environment.Tasks
        let place = Path.Combine(row.Whole.Setup.BasePath, protocol.Name)
        let facts = facts protocol row.Whole words
        let page = BenchmarkRecord.markdown protocol.Title facts tasks seeds
        ReportFiles.write (ReportFiles.folder place) [ "record.md", page ]
        printf $"\n{BenchmarkRecord.text protocol.Title tasks seeds}\n"
        let file = Path.Combine(place, "record.md")
        printfn $"{seeds.Length} of {row.Seeds.Length} seeds. Record: {file}"

    /// The record of the seeds that are trained; where `isShown`, only of those that were played before.
    let private record (protocol: RecordProtocol) isShown (row: TableRow) words =
        use stopping = new StopSignals(ignoreHangup = false)

        try
            let played = [
                for seed in row.Seeds |> List.filter isFinished do
                    match kept protocol seed with
                    | Some played -> seed, played
                    | None when isShown -> ()
                    | None -> seed, play protocol stopping.Token seed
            ]

            if not played.IsEmpty then
                played
                |> List.map (fun (seed, played) -> scores seed played)
                |> write protocol row words

            ExitCode.Done
        with :? OperationCanceledException ->
            stopping.ExitCode

    let private help (protocol: RecordProtocol) =
        printfn
            $"\nAfter training, the final policies play all goals of training and {protocol.UnseenGoals} others of each task;"

        printfn
            "show prints the record of those that were played. A preset with other settings than"

        printfn
            $"{protocol.Settings} (their hash) is refused; words that change settings stand in the record."

    /// Runs the script with its arguments: those of a table, whose row is the preset. Returns the exit code.
    let run (protocol: RecordProtocol) (words: string list) =
        let table: PaperTable = {
            Name = protocol.Name
            Title = protocol.Title
            Rows = [ protocol.Preset, $"preset={protocol.Preset}" ]
        }

        let words = $"setup.num_seeds={protocol.Seeds}" :: words
        let overrides, options = words |> List.partition _.Contains('=')

        let isGiven option =
            options |> List.exists (fun word -> word.TrimStart('-') = option)

        let settingWords = overrides @ SeedRuns.assetsOverride ()

        let isPreset =
            settingWords
            |> List.forall (fun word -> ConfigurationChanges.isPlace (word.Split('=')[0]))

        match resolve table.Rows settingWords with
        | _ when isGiven "help" ->
            let code = PaperTable.run table words
            help protocol
            code
        | Ok([ row ], _) when isPreset && settings row.Whole <> protocol.Settings ->
            Command.reportErrors protocol.Name [
                $"preset={protocol.Preset} has the settings {settings row.Whole}, the record {protocol.Settings}: a record is of one preset for all seeds. Use the version that the record was made with, or begin another one."
            ]
        | Ok([ row ], _) ->
            match PaperTable.run table words with
            | ExitCode.Done ->
                Failures.guard (isGiven "verbose") (fun () ->
                    record protocol (isGiven "show") row overrides.Tail)
            | code -> code
        | _ -> PaperTable.run table words
