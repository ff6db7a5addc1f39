/// Results in the folder of a run.
module MtrlFunctional.Cli.Results.RunResults

open System.IO
open MtrlFunctional
open MtrlFunctional.Cli
open MtrlFunctional.Storage
open MtrlFunctional.Experiments
open MtrlFunctional.Statistics
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Pages
open MtrlFunctional.Cli.Reports
open MtrlFunctional.Cli.With

/// Converts a line of the metrics to the core's record.
let private record (r: MetricsRecord) : RunRecord = {
    Mode = r.Mode
    Step = float r.Step
    Numbers = Map [ for value in r.Values -> value.Key, value.Value ]
}

/// The records of a run, of one mode or all. Damaged lines are left out, which one line on standard error says.
let records (mode: string option) (folder: RunFolder) =
    MetricsLog.Read(folder.MetricsFile, Option.toObj mode, (fun why -> eprintfn $"mtrl: {why}"))
    |> Seq.map record
    |> Seq.toList

/// The experiment of a run. Raises MtrlException where its configuration is invalid.
let experimentOf (folder: RunFolder) =
    match Experiment.loadWith (Given.additions ()) (folder.ReadConfig()) with
    | Ok experiment -> experiment
    | Error mistakes ->
        let why = mistakes |> List.map string |> String.concat " "
        refuse $"{folder.ConfigFile}: {why}"

/// The full path without a separator at its end.
let fullPath (folder: string) =
    Path.TrimEndingDirectorySeparator(Path.GetFullPath folder)

/// The full path without links on the way.
let rec realPath (folder: string) =
    let directory = DirectoryInfo(fullPath folder)

    match directory.ResolveLinkTarget true with
    | null ->
        match directory.Parent with
        | null -> directory.FullName
        | parent -> Path.Combine(realPath parent.FullName, directory.Name)
    | target -> realPath target.FullName

/// The last part of a path.
let nameOf folder = (DirectoryInfo(fullPath folder)).Name

/// "mt10/seed-1", also for relative paths.
let title (folder: string) =
    match (DirectoryInfo(fullPath folder)).Parent with
    | null -> nameOf folder
    | parent -> $"{parent.Name}/{nameOf folder}"

/// Longest episodes of training and of evaluation, in steps.
let private episodeSteps (e: Experiment) =
    let horizon = e.Environment.Horizon

    match Map.tryFind "agent.on_policy.episode_length" (Map(Experiment.values e)) with
    | Some(Value.Int steps) -> int steps, horizon
    | _ -> horizon, horizon

/// What the report of a run contains besides measurements.
let context (folder: RunFolder) : PageContext =
    let experiment = experimentOf folder
    let changed = ConfigurationChanges.changed experiment

    {
        Configuration = {
            Headings = [ "key"; "value" ]
            Lines = [ for key, value in changed -> [ key; value ] ]
        }
        Commands = [
            "train it anew", ConfigurationChanges.commandOf changed experiment
            "evaluate its policy", Launcher.commandWithParts [ "eval"; folder.Path ]
            "film its policy",
            Launcher.commandWithParts [ "video"; folder.Path; "--out"; $"{folder.Path}/policy.mp4" ]
            "watch it", Launcher.command [ "watch"; folder.Path ]
            "write this report", Launcher.command [ "report"; folder.Path ]
        ]
        Videos = Option.toList (RunVideos.content folder)
    }

/// Reads a run for its report; `aggregates` replace the run's aggregates.
let read aggregates (folder: RunFolder) =
    let experiment = experimentOf folder
    let records = records None folder
    let steps = records |> List.map _.Step |> List.fold max 0.0

    {
        Title = title folder.Path
        Facts =
            ExperimentFacts.facts
                (ExperimentFacts.environmentKeys experiment @ [ "setup.seed_ref" ])
                experiment
            @ [ "steps", Format.count steps ]
        Tasks = experiment.Environment.Tasks
        Evaluated = Experiment.evaluatedTasks experiment
        EpisodeSteps = episodeSteps experiment
        Aggregates = aggregates |> Option.defaultValue experiment.Logging.Aggregates
        Records = records
    }
