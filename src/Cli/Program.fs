/// The `mtrl` program: finds the command, runs it, and turns failures into one message and an
/// exit code (`MtrlFunctional.ExitCode`).
module Mtrl.Cli.Program

open System
open System.IO
open System.Reflection
open MtrlFunctional
open MtrlFunctional.Environments
open Mtrl.Cli.Command
open Mtrl.Cli.Commands
open Mtrl.Verification

/// The commands, in the order of the help. A new command is one file and one line here.
let commands: Command list = [
    QuickstartCommand.command
    TrainCommand.command
    ResumeCommand.command
    EvalCommand.command
    DemoCommand.command
    VideoCommand.command
    GalleryCommand.command
    ReportCommand.command
    ConflictsCommand.command
    ConfigCommand.command
    ListCommand.command (not Console.IsOutputRedirected)
    VerifyCommand.command Golden.filesOf Golden.verify
    BenchCommand.command
    DoctorCommand.command Doctor.MachineChecks.findings
]

/// Commands that the launcher `./mtrl` carries out before this program starts.
let private launcherCommands = [
    "build", "Builds the program and its native parts again."
    "test", "Runs all tests; the last line is 'N passed, N failed'."
]

let private version =
    match Assembly.GetExecutingAssembly().GetName().Version with
    | null -> "unknown"
    | version -> version.ToString 3

let private usage () =
    printfn "mtrl: multi-task reinforcement learning on robot tasks.\n"
    printfn "USAGE: mtrl COMMAND [WORDS …] [--assets DIR] [--verbose] [--help]\n"

    for name, summary in [ for c in commands -> c.Name, c.Summary ] @ launcherCommands do
        printfn $"    %-12s{name}{summary}"

    printfn "\n--assets DIR loads Meta-World's own assets instead of the scenes of this program."
    printfn "--verbose shows where a failure happened, --version what this is."
    printfn "'mtrl COMMAND --help' explains one command. Start with: mtrl quickstart"

let private unknownCommand word =
    let names = [ for c in commands -> c.Name ] @ List.map fst launcherCommands

    let hint =
        match Mtrl.Nearest.hint names word with
        | "" -> " 'mtrl --help' lists them."
        | near -> near

    if List.exists (fun (name, _) -> name = word) launcherCommands then
        eprintfn $"mtrl {word}: is carried out by the launcher: ./mtrl {word}"
    else
        eprintfn $"mtrl {word}: no such command.{hint}"

    ExitCode.WrongInput

/// The words without `--assets DIR`, which is a choice for the whole process.
let rec private takeAssets (words: string list) : Result<string list, string> =
    let choose (folder: string) rest =
        if Directory.Exists folder then
            Environment.SetEnvironmentVariable(SceneLibrary.AssetsVariable, Path.GetFullPath folder)
            takeAssets rest
        else
            Error $"--assets {folder}: no such folder."

    match words with
    | [ "--assets" ] -> Error "--assets: of which folder?"
    | "--assets" :: folder :: rest -> choose folder rest
    | word :: rest when word.StartsWith "--assets=" -> choose (word.Substring 9) rest
    | word :: rest -> takeAssets rest |> Result.map (fun rest -> word :: rest)
    | [] -> Ok []

let private runCommand (words: string list) =
    let verbose = List.contains "--verbose" words

    match words |> List.filter ((<>) "--verbose") with
    | []
    | [ "--help" ]
    | [ "-h" ]
    | [ "help" ] ->
        usage ()
        ExitCode.Done
    | [ "--version" ] ->
        printfn $"mtrl {version}"
        ExitCode.Done
    | [ "help"; name ] when commands |> List.exists (fun c -> c.Name = name) ->
        (commands |> List.find (fun c -> c.Name = name)).Run [ "--help" ]
    | [ "help"; name ] -> unknownCommand name
    | name :: rest ->
        match commands |> List.tryFind (fun c -> c.Name = name) with
        | None -> unknownCommand name
        | Some command -> Failures.guard verbose (fun () -> command.Run rest)

/// Runs the program on its words.
let run (words: string list) =
    let before = Environment.GetEnvironmentVariable SceneLibrary.AssetsVariable

    try
        match takeAssets words with
        | Ok words -> runCommand words
        | Error mistake ->
            eprintfn $"mtrl: {mistake}"
            ExitCode.WrongInput
    finally
        Environment.SetEnvironmentVariable(SceneLibrary.AssetsVariable, before)

[<EntryPoint>]
let main words = run (List.ofArray words)
