/// Conducts a run from its start to its report: display, signals, the end.
module Mtrl.Cli.Training.TrainingSession

open System
open Spectre.Console
open MtrlFunctional
open MtrlFunctional.Training
open Mtrl.Experiments
open Mtrl.Cli.Display
open Mtrl.Cli.Results
open Mtrl.Cli.Tables

/// Somebody looks at a terminal that can draw.
let isTerminal () =
    not Console.IsOutputRedirected
    && Environment.GetEnvironmentVariable "TERM" <> "dumb"

/// A picture where somebody looks at a terminal, else lines.
let private show plain title (train: (TrainingProgress -> unit) -> 'result) =
    if isTerminal () && not plain then
        Live.run AnsiConsole.Console title train
    else
        Plain.run Console.Out train

/// What the user should know; above the picture, not in it.
let notice (text: string) = eprintfn $"mtrl: {text}"

let private finished (run: TrainingRun) =
    match run.LastEvaluation with
    | null -> ()
    | evaluation -> printf "%s" (EvaluationTable.text run.Experiment.Logging.Aggregates evaluation)

    let report = ReportFiles.writeReport None run.Folder.Path
    printfn $"done: {Format.count run.TotalSteps} steps. Report: {report}"
    ExitCode.Done

let private stopped (run: TrainingRun) code =
    printfn
        $"stopped and saved at step {Format.count run.Step}. Go on with: ./mtrl resume {run.Folder.Path}"

    code

/// Trains to the end or until somebody asks to stop. A failure on the way leaves the checkpoints
/// as they are and says how to go on.
let run plain (training: TrainingRun) =
    use stopping = new StopSignals()

    try
        match
            show plain training.Folder.Path (fun publish ->
                training.Run(Action<_> publish, stopping.Token))
        with
        | TrainingEnd.Stopped -> stopped training stopping.ExitCode
        | _ -> finished training
    with :? MtrlException as e ->
        raise (
            MtrlException(
                $"{e.Message} Training stopped at step {Format.count training.Step}; "
                + $"what was saved stays: ./mtrl resume {training.Folder.Path}",
                ExitCode.Stopped,
                e
            )
        )

/// Trains one seed of an experiment from where it stands.
let train notice plain (one: Experiment) =
    use training = TrainingRun.Start(one, Action<string> notice)
    run plain training
