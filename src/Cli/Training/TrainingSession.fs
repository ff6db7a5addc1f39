/// Trains a run in the terminal: display, final report.
module MtrlFunctional.Cli.Training.TrainingSession

open System
open Spectre.Console
open MtrlFunctional
open MtrlFunctional.Cli
open MtrlFunctional.Training
open MtrlFunctional.Statistics
open MtrlFunctional.Storage
open MtrlFunctional.Experiments
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Output
open MtrlFunctional.Cli.Results
open MtrlFunctional.Cli.Tables
open MtrlFunctional.Cli.With

/// Standard output is a terminal that supports cursor control.
let isTerminal () =
    not Console.IsOutputRedirected
    && Environment.GetEnvironmentVariable "TERM" <> "dumb"

/// Trains with the live display on a terminal, else with readable lines; with the lines of the papers'
/// program where they are requested.
let private show (console: TrainingConsole) title (train: (TrainingProgress -> unit) -> 'result) =
    if console.PaperLines then
        Plain.paperLines Console.Out train
    elif isTerminal () && not console.Plain then
        Live.run AnsiConsole.Console title train
    else
        Plain.run Console.Out train

/// Prints a notice to standard error, above the live display.
let notice (text: string) = eprintfn $"mtrl: {text}"

let private finished (run: TrainingRun) =
    match run.LastEvaluation with
    | null -> ()
    | evaluation ->
        printf
            "%s"
            (EvaluationTable.text
                EvaluationActor.Trained
                None
                run.Experiment.Logging.Aggregates
                evaluation)

    let report = ReportFiles.ofRun None run.Folder.Path |> ReportFiles.save |> List.last
    printfn $"done: {Format.count run.Step} steps. Report: {report}"
    ExitCode.Done

let private resumes (run: TrainingRun) =
    Launcher.commandWithParts [ "resume"; run.Folder.Path ]

let private stopped (run: TrainingRun) code =
    printfn $"stopped and saved at step {Format.count run.Step}. Continue with: {resumes run}"

    code

let private continues (run: TrainingRun) =
    let stopped = $"Training stopped at step {Format.count run.Step}."
    let every = run.Experiment.Schedule.SaveFreq

    // What ended the training may forbid to read, too.
    let newest =
        try
            Ok(run.Folder.Checkpoints.Newest())
        with :? MtrlException ->
            Error()

    match run.Folder.Exists, newest with
    | false, _
    | _, Error() -> stopped
    | true, Ok null ->
        $"{stopped} No checkpoint was saved before, so that the run cannot be resumed: start it again by 'mtrl train', with other settings where they are the cause; the new run takes its place. A smaller experiment.save_freq, here {Format.count every} steps, saves earlier."
    | true, _ -> $"{stopped} Continue from the last checkpoint with: {resumes run}"

/// Ends the program although a thread of it does not return.
let private endStalled (run: TrainingRun) why =
    notice $"{why} {continues run}"
    ProcessOutput.drain ()
    StandardStream.endNow ExitCode.Stopped

/// What a training does, or the message of its failure with the command that continues the run.
let private guarded (training: TrainingRun) (train: unit -> TrainingEnd) =
    training.add_Stalled (fun why -> endStalled training why)

    try
        train ()
    with :? MtrlException as e ->
        raise (MtrlException($"{e.Message} {continues training}", ExitCode.Stopped, e))

/// Trains to the end or until a stop signal. A failure keeps the checkpoints; its message has the
/// command that continues the run.
let run (console: TrainingConsole) (training: TrainingRun) =
    let ended =
        guarded training (fun () ->
            show console training.Folder.Path (fun publish ->
                training.Run(Action<_> publish, console.Token)))

    match ended with
    | TrainingEnd.Stopped -> stopped training console.ExitCode
    | TrainingEnd.EndedEarly when console.Until.IsSome -> stopped training ExitCode.Done
    | _ -> finished training

/// Whether the newest checkpoint of a run has an evaluation at or after a step.
let hasReached (step: int64) (folder: RunFolder) =
    folder.Exists
    && match folder.Checkpoints.Newest() with
       | null -> false
       | newest ->
           RunResults.records (Some RunRecord.Eval) folder
           |> List.exists (fun record ->
               float step <= record.Step && record.Step <= float newest.Step)

/// The run of one seed, to its end or to a step; continues from its newest checkpoint if there is one.
let private start until notice crew (one: Experiment) =
    let given = Given.extensions ()

    let extensions =
        match until with
        | Some(step: int64) -> given.EndingAt step
        | None -> given

    TrainingRun.Start(one, extensions, Action<string> notice, crew)

let train notice (console: TrainingConsole) (one: Experiment) =
    let folder = RunFolder.Of one

    match console.Until with
    | Some step when
        RunStatuses.Of(one, Given.extensions ()) <> RunStatus.OtherExperiment
        && hasReached step folder
        ->
        notice $"{folder.Path}: has an evaluation at or after step {Format.count step} already."
        ExitCode.Done
    | until ->
        use training = start until notice console.Crew one
        run console training

/// As `train`, without a display: `publish` receives the progress. A run that ends has its report.
let trainQuietly publish until (console: TrainingConsole) (one: Experiment) =
    use training = start until ignore null one

    let ended =
        guarded training (fun () -> training.Run(Action<TrainingProgress> publish, console.Token))

    if ended = TrainingEnd.Finished then
        ReportFiles.ofRun None training.Folder.Path |> ReportFiles.save |> ignore

    ended
