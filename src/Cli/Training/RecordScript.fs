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
    Preset: string
    /// `RecordScript.settings` of the preset: a record is of these settings and no others.
    Settings: string
    Seeds: int
    /// Goals of each task that are not trained on.
    UnseenGoals: int
}

/// An evaluation with the goals of a run, kept in its folder. Public, as JSON is read into it.
type PlayedGoals = {
    /// Of the final policy.
    Step: int64
    UnseenGoals: int
    Trained: GoalSuccess
    Unseen: GoalSuccess
}

module RecordScript =
    /// What acts with the goals of a seed: the final policy, or one that is not trained.
    let private fileOf (actor: EvaluationActor) =
        match actor with
        | EvaluationActor.ScriptedExpert -> "goals-expert.json"
        | EvaluationActor.RandomActions -> "goals-random.json"
        | _ -> "goals.json"

    let private references = [
        "scripted experts", EvaluationActor.ScriptedExpert
        "random actions", EvaluationActor.RandomActions
    ]

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
        | null -> refuse $"{folder.Path}: the finished run has no checkpoint."
        | newest -> newest.Step

    /// Tasks without success have NaN.
    let private written =
        JsonSerializerOptions(
            NumberHandling = Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals
        )

    /// The evaluation that the folder of a seed keeps.
    let private kept (protocol: RecordProtocol) actor (e: Experiment) =
        let folder = RunFolder.Of e
        let file = Path.Combine(folder.Path, fileOf actor)

        if File.Exists file then
            // A damaged file is one that was never written: the policy plays again.
            let read =
                try
                    JsonSerializer.Deserialize<PlayedGoals>(File.ReadAllText file, written)
                    |> Option.ofObj
                with :? JsonException ->
                    None

            read
            |> Option.filter (fun played ->
                played.Step = finalStep folder && played.UnseenGoals = protocol.UnseenGoals)
        else
            None

    let private play (protocol: RecordProtocol) (name: string) actor stop (e: Experiment) =
        let folder = RunFolder.Of e

        TrainingSession.notice
            $"{name}: plays all goals of training and {protocol.UnseenGoals} others of each task"

        let options =
            EvaluationOptions(
                Actor = actor,
                Step = finalStep folder,
                Notice = Action<string> TrainingSession.notice
            )

        let goals =
            RunEvaluation.CompareGoals(folder.Path, UnseenGoals protocol.UnseenGoals, options, stop)

        let played = {
            Step = finalStep folder
            UnseenGoals = protocol.UnseenGoals
            Trained = success goals.Trained
            Unseen = success goals.Unseen
        }

        folder.WriteText(fileOf actor, JsonSerializer.Serialize(played, written))
        played

    let private goalScores (played: PlayedGoals) : GoalScores = {
        Trained = played.Trained
        Unseen = played.Unseen
    }

    let private scores (e: Experiment) (played: PlayedGoals) : BenchmarkRecord.SeedScores =
        let records = RunResults.records None (RunFolder.Of e)
        let whole, reached = BenchmarkRecord.efforts e.Environment.NumEnvs records

        {
            Seed = e.Setup.SeedRef
            Goals = goalScores played
            Whole = whole
            Reached = reached
        }

    /// The processors of runs, and the hours of processor time that they took.
    let private processors (seeds: BenchmarkRecord.SeedScores list) runs =
        let model (e: Experiment) =
            match (RunFolder.Of e).Checkpoints.Newest() with
            | null -> "unknown"
            | newest -> newest.ProcessorModel

        let models = runs |> List.map model |> List.distinct |> String.concat "; "
        let hours = seeds |> List.sumBy _.Whole.ProcessorHours
        $"Processor: {models}; {hours:F1} hours of its cores in all."

    /// How the record was made, in sentences.
    let private facts (protocol: RecordProtocol) (e: Experiment) (words: string list) = [
        let given = String.Join(" ", words)
        $"Made by: dotnet fsi scripts/{protocol.Name}.fsx {given}".TrimEnd()
        $"Settings {settings e}: preset={protocol.Preset}, rewards {e.Environment.RewardVersion}, horizon {e.Environment.Horizon}."
    ]

    let private write (protocol: RecordProtocol) (row: TableRow) words references runs seeds =
        let tasks = row.Whole.Environment.Tasks
        let folder = Path.Combine(row.Whole.Setup.BasePath, protocol.Name)
        let facts = facts protocol row.Whole words @ [ processors seeds runs ]
        let page = BenchmarkRecord.markdown protocol.Title facts tasks references seeds
        ReportFiles.write (ReportFiles.folder folder) [ "record.md", page ]
        printf $"\n{BenchmarkRecord.text protocol.Title tasks references seeds}\n"
        let file = Path.Combine(folder, "record.md")
        printfn $"{seeds.Length} of {row.Seeds.Length} seeds. Record: {file}"

    /// The record of the seeds that are trained; where `isShown`, only of those that were played before.
    let private record (protocol: RecordProtocol) isShown (row: TableRow) words =
        StopSignals.Cancelling(fun stop ->
            /// What its folder keeps, or played now.
            let played name actor seed =
                match kept protocol actor seed with
                | Some played -> Some played
                | None when isShown -> None
                | None -> Some(play protocol name actor stop seed)

            let finished = row.Seeds |> List.filter isFinished

            let seeds =
                finished
                |> List.choose (fun seed ->
                    played $"seed {seed.Setup.SeedRef}" EvaluationActor.Trained seed
                    |> Option.map (scores seed))

            // Goals differ between seeds, references hardly.
            let references =
                List.truncate 1 finished
                |> List.allPairs references
                |> List.choose (fun ((name, actor), seed) ->
                    played name actor seed |> Option.map (fun played -> name, goalScores played))

            if not seeds.IsEmpty then
                let isShown (e: Experiment) =
                    seeds |> List.exists (fun seed -> seed.Seed = e.Setup.SeedRef)

                write protocol row words references (List.filter isShown finished) seeds)

    /// A record is of one preset for all seeds: words that change its settings stand in it.
    let private mistakes (protocol: RecordProtocol) words (rows: TableRow list) = [
        let isPreset =
            words @ SeedRuns.assetsOverride ()
            |> List.forall (fun word -> ConfigurationChanges.isPlace (word.Split('=')[0]))

        for row in rows do
            if isPreset && settings row.Whole <> protocol.Settings then
                $"preset={protocol.Preset} has the settings {settings row.Whole}, the record {protocol.Settings}: a record is of one preset for all seeds. Use the version that the record was made with, or begin another one."
    ]

    /// The script as one of a table with one row, the preset.
    let script (protocol: RecordProtocol) : TableScript =
        let preset =
            Experiment.preset protocol.Preset
            |> Experiment.withSetup (fun setup -> { setup with NumSeeds = protocol.Seeds })

        {
            Table = {
                Name = protocol.Name
                Title = protocol.Title
                Rows = [ protocol.Preset, preset ]
            }
            Help = [
                ""
                $"After training, the final policies play all goals of training and {protocol.UnseenGoals} others of each task; so do"
                "the scripted experts and random actions, with the goals of the first seed."
                "show prints the record of those that were played. A preset with other settings than"
                $"{protocol.Settings} (their hash) is refused; words that change settings stand in the record."
            ]
            Mistakes = mistakes protocol
            Finish = fun isShown words rows -> record protocol isShown rows.Head words
        }
