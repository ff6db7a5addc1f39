/// Training for scripts: what the commands do, with experiments of types.
///
///     Experiment.mt10 |> Experiment.withActor (fun actor -> { actor with HiddenDim = 400 }) |> Run.train
///
/// Shows what `mtrl train` shows. A mistake ends the process with its message, without a stack trace; so does a stop, with the exit
/// code of the command. A session of F# Interactive goes on.
module MtrlFunctional.Run

open System
open System.Reflection
open MtrlFunctional.Experiments
open MtrlFunctional.Training
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Training
open MtrlFunctional.Cli.With

/// A script, but for those that an option loads before it.
let private isScript (word: string) =
    not (word.StartsWith '-')
    && [ ".fsx"; ".fsscript" ]
       |> List.exists (fun ending -> word.EndsWith(ending, StringComparison.Ordinal))

/// The words behind the name of the running script.
let words () =
    let ofProcess () =
        Environment.GetCommandLineArgs()
        |> List.ofArray
        |> List.skipWhile (isScript >> not)
        |> function
            | [] -> []
            | _ :: words -> words

    ScriptRuns.words () |> Option.defaultWith ofProcess

/// Whether somebody types the lines of this process.
let private isSession () =
    let program = Assembly.GetEntryAssembly() |> Option.ofObj

    program |> Option.exists (fun program -> program.GetName().Name = "fsi")
    && not (Environment.GetCommandLineArgs() |> Array.exists isScript)

let private orExit (run: unit -> int) =
    match Script.Run(fun () -> Command.guarded false "experiment" run) with
    | ExitCode.Done -> ()
    | _ when isSession () -> ()
    | code -> exit code

/// Runs; or tells the plan to a command that reads the script.
let private orTell plan run =
    if not (ScriptRuns.tell plan) then
        orExit run

let private runScript extensions script =
    let words = words ()

    orTell (fun () -> PaperTable.plan extensions script words) (fun () ->
        Given.within extensions (fun () -> PaperTable.runScript script words))

/// Trains all seeds of an experiment, one after the other, with the functions that `extensions` calls and the environments that
/// they make; its words were read with `Experiment.withParts extensions.Additions`.
let trainWith (extensions: Extensions) (experiment: Experiment) =
    let composed () =
        experiment
        |> Experiment.withWords (SeedRuns.assetsOverride ())
        |> Experiment.check
        |> Result.mapError (List.map string)
        |> valid

    let plan () =
        let experiment, warnings = composed ()
        let setup = experiment.Setup
        ScriptRuns.ofRows setup.SaveDir extensions warnings [ setup.Name, experiment ]

    orTell plan (fun () ->
        let experiment, warnings = composed ()
        warnings |> List.iter (string >> TrainingSession.notice)
        use console = new TrainingConsole(ConsoleOptions.usual)
        Given.within extensions (fun () -> SeedRuns.trainSeeds console experiment))

/// Trains all seeds of an experiment, one after the other. Repeated, it continues a run that was stopped.
let train (experiment: Experiment) = trainWith Extensions.None experiment

/// Trains the rows of a table with all their seeds, in turn, and prints the comparison. The words of the script's
/// command line apply to all rows. `name`: of the script, and of the folder of the table. Repeated, it continues.
let trainAllWith extensions name title (rows: (string * Experiment) list) =
    PaperTable.script { Name = name; Title = title; Rows = rows }
    |> runScript extensions

/// As `trainAllWith`, with the parts of the library.
let trainAll name title rows =
    trainAllWith Extensions.None name title rows

/// Makes the record of a preset: trains its seeds and plays their final policies with all goals of training and with others.
let record (protocol: RecordProtocol) =
    RecordScript.script protocol |> runScript Extensions.None

/// Starts a run of the experiment's first seed, for a loop of one's own. Raises MtrlException with all mistakes.
let start (experiment: Experiment) = TrainingRun.Start experiment

/// Continues a run from its newest checkpoint. Raises MtrlException where there is none.
let resume (folder: string) = TrainingRun.Resume folder

/// Plays the policy of a run or of a file with the goals of its experiment. Raises MtrlException.
let evaluate (policy: string) =
    RunEvaluation.Evaluate(policy, EvaluationOptions())
