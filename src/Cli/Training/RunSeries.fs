/// Trains several runs, one after the other.
module MtrlFunctional.Cli.Training.RunSeries

open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Training
open MtrlFunctional.Cli
open MtrlFunctional.Cli.With

/// One of the runs.
type SeriesRun = { Name: string; IsFinished: bool; Experiment: Experiment }

/// Trains one run; its exit code, or the message of its failure.
let private trainOne notice console experiment =
    try
        Ok(TrainingSession.train notice console experiment)
    with
    | :? MtrlException as e -> Error e.Message
    | e when Failures.isOutOfMemory e -> Error Failures.outOfMemory

/// Trains the unfinished runs until a stop signal; a failed run does not stop the others. `notice` receives the messages of the
/// runs. `after` is called with the state so far and the index of each run that was trained, and returns the next state. Returns the
/// last state, the exit code, and the failures. Raises MtrlException before the first run if a disk cannot hold the files of all.
let train notice (console: TrainingConsole) after state (runs: SeriesRun list) =
    let step (state, code, failures) (index, run) =
        let title = $"{index + 1} of {runs.Length}: {run.Name}"

        if code <> ExitCode.Done then
            state, code, failures
        elif run.IsFinished then
            TrainingSession.notice $"{title}: already finished."
            state, code, failures
        elif console.Token.IsCancellationRequested then
            state, console.ExitCode, failures
        else
            TrainingSession.notice title
            let outcome = trainOne notice console run.Experiment
            let state = after state index

            match outcome with
            | Ok code -> state, code, failures
            | Error why ->
                TrainingSession.notice why
                state, code, failures @ [ $"{run.Name}: {why}" ]

    TrainingRun.RequireRuns(
        [
            for run in runs do
                if not run.IsFinished then
                    run.Experiment
        ],
        Given.extensions ()
    )

    List.indexed runs |> List.fold step (state, ExitCode.Done, [])
