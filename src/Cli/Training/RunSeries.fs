/// Goes through several runs, one after the other or some at a time.
module MtrlFunctional.Cli.Training.RunSeries

open System.Collections.Generic
open System.Runtime.ExceptionServices
open System.Threading
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Training
open MtrlFunctional.Cli
open MtrlFunctional.Cli.With

type SeriesRun = { Name: string; IsFinished: bool; Experiment: Experiment }

let run name isFinished experiment = {
    Name = name
    IsFinished = isFinished
    Experiment = experiment
}

/// Trains the unfinished runs until a stop signal, `width` at a time, the first of them in the calling thread. `one` trains a run,
/// by its index: its exit code, or the message of its failure. A failed run does not stop the others, an exit code other than 0 does.
/// `after` is called with the index and end of each run that was trained. Returns the exit code, and the failures. Raises
/// MtrlException before the first run if a disk cannot hold the files of all.
let each width (console: TrainingConsole) one after (runs: SeriesRun list) =
    let gate = obj ()
    let waiting = Queue(List.indexed runs)
    let code, failures = ref ExitCode.Done, ref []
    let broken: ExceptionDispatchInfo option ref = ref None

    let title index =
        if runs.Length > 1 then
            Some $"{index + 1} of {runs.Length}: {runs[index].Name}"
        else
            None

    let rec next () =
        if code.Value <> ExitCode.Done || broken.Value.IsSome || waiting.Count = 0 then
            None
        else
            match waiting.Dequeue() with
            | index, run when run.IsFinished ->
                title index
                |> Option.iter (fun title -> TrainingSession.notice $"{title}: already finished.")

                next ()
            | _ when console.Token.IsCancellationRequested ->
                code.Value <- console.ExitCode
                None
            | index, run ->
                title index |> Option.iter TrainingSession.notice
                Some(index, run)

    let ended index (run: SeriesRun) outcome =
        after index outcome

        match outcome with
        | Ok ExitCode.Done -> ()
        | Ok other -> code.Value <- other
        | Error why ->
            TrainingSession.notice why
            failures.Value <- failures.Value @ [ $"{run.Name}: {why}" ]

    let rec work () =
        match lock gate next with
        | None -> ()
        | Some(index, run) ->
            try
                let outcome = one index run
                lock gate (fun () -> ended index run outcome)
            with e ->
                lock gate (fun () ->
                    if broken.Value.IsNone then
                        broken.Value <- Some(ExceptionDispatchInfo.Capture e))

            work ()

    TrainingRun.RequireRuns([ for run in runs -> run.Experiment ], Given.extensions ())

    let others = [
        for _ in 2 .. min width runs.Length do
            let thread = Thread work
            thread.Start()
            thread
    ]

    work ()
    others |> List.iter _.Join()
    broken.Value |> Option.iter _.Throw()
    code.Value, failures.Value

/// The exit code of runs of which some failed.
let exitCode (code, failures) =
    if code = ExitCode.Done && not (List.isEmpty failures) then
        ExitCode.Stopped
    else
        code

/// Trains one run; its exit code, or the message of its failure. `notice` receives the messages of the run.
let trainOne notice (console: TrainingConsole) (_: int) (run: SeriesRun) =
    try
        Ok(TrainingSession.train notice console run.Experiment)
    with
    | :? MtrlException as e -> Error e.Message
    | e when Failures.isOutOfMemory e -> Error Failures.outOfMemory
