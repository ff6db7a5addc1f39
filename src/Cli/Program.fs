/// The `mtrl` program: selects the command, runs it, and turns exceptions into a message and an
/// exit code (`MtrlFunctional.ExitCode`).
module MtrlFunctional.Cli.Program

open System
open System.IO
open System.Reflection
open MtrlFunctional
open MtrlFunctional.Environments
open MtrlFunctional.Processes
open MtrlFunctional.Cli.Command
open MtrlFunctional.Cli.Commands
open MtrlFunctional.Cli.With
open MtrlFunctional.Verification

/// Commands of the launcher `./mtrl`, which never reach this program.
let private launcherCommands = [
    "build", "Rebuilds the program and its native libraries."
    "test", "Runs all tests and prints 'N passed, N failed'."
    "docs", "Builds the documentation as a site: site/index.html."
    "physics", "Builds MuJoCo for this processor: faster, with the same bits."
]

let private working: Command list = [
    QuickstartCommand.command
    TrainCommand.command
    TuneCommand.command
    ResumeCommand.command
    SubmitCommand.command
    JobsCommand.command
    CollectCommand.command
    EvalCommand.command
    ExportCommand.command
    ImportCommand.command
    DemoCommand.command
    VideoCommand.command
    NewCommand.command
    GalleryCommand.command
    WatchCommand.command
    PlayCommand.command
    ReportCommand.command
    ConflictsCommand.command
    ConfigCommand.command
    ListCommand.command (not Console.IsOutputRedirected)
    ReproduceCommand.command
    VerifyCommand.command Golden.filesOf Golden.verify
    BenchCommand.command
    DoctorCommand.command Doctor.MachineChecks.results
]

/// The commands, in the order of the help. A new command is one file, its line in Cli.fsproj, and one above.
let commands: Command list = [
    yield! working
    CompletionCommand.command working (List.map fst launcherCommands)
]

let private version =
    match Assembly.GetExecutingAssembly().GetName().Version with
    | null -> "unknown"
    | version -> version.ToString 3

let private usage () =
    printfn "mtrl: multi-task reinforcement learning on robot tasks.\n"
    printfn "USAGE: mtrl COMMAND [ARGUMENTS …] [--assets DIR] [--with FILE] [--verbose] [--help]\n"

    for name, summary in [ for c in commands -> c.Name, c.Summary ] @ launcherCommands do
        printfn $"    %-12s{name}{summary}"

    printfn "\nOPTIONS:\n"

    printfn
        "    --assets DIR  load the scenes from Meta-World's assets instead of the built-in ones"

    printfn
        "    --with FILE   use the extensions of a script or library of yours, arm.fsx or arm.dll"

    printfn "    --verbose     print the stack trace of an error"
    printfn "    --version     print the version"
    printfn "    --help        print this text; after a command, its options and examples"
    printfn "\nStart with: mtrl quickstart"

let private unknownCommand word =
    let options = [ "--help"; "--version"; "--verbose"; "--assets"; "--with" ]

    let names =
        [ for c in commands -> c.Name ] @ List.map fst launcherCommands @ options

    let hint =
        match MtrlFunctional.Nearest.hint names word with
        | "" -> " 'mtrl --help' lists all commands."
        | near -> near

    if word.Contains '=' || word.StartsWith "python" then
        eprintfn $"mtrl {word}: no such command. To train, write: mtrl train {word} …"
    elif List.exists (fun (name, _) -> name = word) launcherCommands then
        eprintfn $"mtrl {word}: is a command of the launcher; run ./mtrl {word}"
    else
        eprintfn $"mtrl {word}: no such command.{hint}"

    ExitCode.WrongInput

/// Sets the assets folder of the process from `--assets DIR`; returns the other arguments.
let private takeAssets words =
    let folders, words = GlobalOption.take "--assets" "a folder, --assets DIR" words

    for given in folders do
        match UserPath.expandHere given with
        | Some folder when Directory.Exists folder ->
            Environment.SetEnvironmentVariable(SceneLibrary.AssetsVariable, Path.GetFullPath folder)
        | Some folder when File.Exists folder ->
            refuse $"--assets {folder}: is a file, not a folder."
        | _ -> refuse $"--assets {given}: no such folder."

    words

let private runCommand (words: string list) =
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
    | "help" :: name :: _ when commands |> List.exists (fun c -> c.Name = name) ->
        (commands |> List.find (fun c -> c.Name = name)).Run [ "--help" ]
    | "help" :: name :: _ -> unknownCommand name
    | name :: rest ->
        match commands |> List.tryFind (fun c -> c.Name = name) with
        | None -> unknownCommand name
        | Some command -> Failures.inWorkingFolder (fun () -> command.Run rest)

/// Runs a command, with the extensions of `--with FILE`.
let private runWith (words: string list) =
    match WithOption.take words with
    | None, words -> runCommand words
    | Some file, words -> WithOption.run file (fun () -> runCommand words)

/// Runs the program with its arguments; returns the exit code.
let run (words: string list) =
    let before = Environment.GetEnvironmentVariable SceneLibrary.AssetsVariable

    // mpirun gives each process a terminal, to which the console of .NET would send codes.
    if Crew.IsLaunched then
        Environment.SetEnvironmentVariable("TERM", "dumb")

    try
        Failures.guard (List.contains "--verbose" words) (fun () ->
            Typography.check words
            takeAssets words |> runWith)
    finally
        Environment.SetEnvironmentVariable(SceneLibrary.AssetsVariable, before)
