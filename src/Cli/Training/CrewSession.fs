/// A command that trains, in processes that a launcher of MPI started together.
module MtrlFunctional.Cli.Training.CrewSession

open System
open MtrlFunctional
open MtrlFunctional.Cli.With
open MtrlFunctional.Processes

/// Runs the command at rank 0; the other processes work for it and print nothing. Without a launcher, or
/// `alone`, it runs without other processes. `words`: of the command, which must be the same in all processes.
let run alone (options: ConsoleOptions) words (command: TrainingConsole -> int) =
    let lead crew =
        use console = new TrainingConsole(options, crew)
        command console

    let joined =
        if alone then
            null
        else
            Crew.Join(words @ Given.identity (), Action<string> TrainingSession.notice)

    match joined with
    | null -> lead null
    | crew ->
        use crew = crew

        if crew.Rank = 0 then
            lead crew
        else
            use signals = new StopSignals(ignoreHangup = options.Detach)
            crew.Serve(signals.Token, Given.extensions ())
            ExitCode.Done
