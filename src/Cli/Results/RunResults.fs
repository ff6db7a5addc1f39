/// Results in the folder of a run.
module MtrlFunctional.Cli.Results.RunResults

open System.IO
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Experiments
open MtrlFunctional.Statistics
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Reports

/// Converts a line of the metrics to the core's record.
let record (r: MetricsRecord) : RunRecord = {
    Mode = r.Mode
    Step = float r.Step
    Numbers = Map [ for value in r.Values -> value.Key, value.Value ]
}

/// The experiment of a run. Raises MtrlException where its configuration is invalid.
let experimentOf (folder: RunFolder) =
    match Experiment.load (folder.ReadConfig()) with
    | Ok experiment -> experiment
    | Error mistakes ->
        let why = mistakes |> List.map string |> String.concat " "
        raise (MtrlException $"{folder.ConfigFile}: {why}")

/// The full path without a separator at its end.
let fullPath (folder: string) =
    Path.TrimEndingDirectorySeparator(Path.GetFullPath folder)

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
    | Some(Value.Int steps) when e.Choices.Agent.Family.IsOnPolicy -> int steps, horizon
    | _ -> horizon, horizon

/// What the report of a run contains besides measurements.
let context (folder: RunFolder) : RunPages.RunContext =
    let experiment = experimentOf folder
    let path = folder.Path
    let changed = ConfigurationChanges.changed experiment

    {
        Changed = changed
        Commands = [
            "train it anew", ConfigurationChanges.commandOf changed experiment
            "evaluate its policy", $"./mtrl eval {path}"
            "film its policy", $"./mtrl video {path} --out {path}/policy.mp4"
            "watch it", $"./mtrl watch {path}"
            "write this report", $"./mtrl report {path}"
        ]
        Video = RunVideos.content folder
    }

/// The records of an evaluation in modes as one of all evaluated tasks, by their indices. Those of a mode count from 0
/// in each.
let private together (e: Experiment) (records: RunRecord list) =
    let evaluated = Experiment.evaluatedTasks e

    let places =
        Map [
            for mode in Experiment.evaluationModes e do
                for position, (_, name) in List.indexed mode.Variants do
                    match List.tryFindIndex ((=) name) evaluated with
                    | Some i -> ($"{RunRecord.EvalMode}{mode.Name}", string position), i
                    | None -> ()
        ]

    /// "success_env_index_0" of a mode by the index of the task among all.
    let placed mode (name: string) =
        match name.LastIndexOf(RunRecord.OfTask, System.StringComparison.Ordinal) with
        | -1 -> None
        | at ->
            let stem = at + RunRecord.OfTask.Length

            Map.tryFind (mode, name.Substring stem) places
            |> Option.map (fun i -> $"{name.Substring(0, stem)}{i}")

    records
    |> List.filter _.Mode.StartsWith(RunRecord.EvalMode, System.StringComparison.Ordinal)
    |> List.groupBy _.Step
    |> List.map (fun (step, modes) -> {
        Mode = RunRecord.Eval
        Step = step
        Numbers =
            Map [
                for record in modes do
                    for KeyValue(name, value) in record.Numbers do
                        match placed record.Mode name with
                        | Some name -> name, value
                        | None -> ()
            ]
    })

/// Reads a run for its report; `aggregates` replace those of the run.
let read aggregates (folder: RunFolder) =
    let experiment = experimentOf folder
    let records = MetricsLog.Read folder.MetricsFile |> Seq.map record |> Seq.toList
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
        Records = records @ together experiment records
    }
