/// `mtrl bench physics`: tasks of Meta-World on one thread, with the engine in force and, where it is another
/// one, with the library of the system. A process has one engine, so both are measured in processes of
/// their own, in turn.
///
/// Reading order: rate → child → run.
module MtrlFunctional.Cli.Bench.PhysicsBench

open System
open System.Diagnostics
open System.IO
open System.Reflection
open System.Text.Json
open MtrlFunctional.Environments
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Display
open MtrlFunctional.Tasks

/// Processor time, of which other programs take nothing.
let private measure rounds (scenes: SceneLibrary) (task: MetaWorldTask) =
    use environment = new MetaWorldEnvironment(task, scenes)
    let goal = Goals.ofTask 42u task |> Array.head
    let actions = EnvironmentRound.actions MetaWorldEnvironment.ActionSize

    let round () =
        environment.Reset(ReadOnlySpan goal)

        Machine.cpuTimed (fun () ->
            for action in actions do
                environment.Step(ReadOnlySpan<float32> action) |> ignore)
        |> snd

    round () |> ignore
    Sample.least [ for _ in 1..rounds -> round () ]

/// Steps a second over the tasks, each of which makes as many steps.
let private rate rounds tasks =
    use scenes = new SceneLibrary()

    tasks
    |> List.sumBy (measure rounds scenes)
    |> EnvironmentRound.perSecond tasks.Length

/// The engine in force, in this process.
let private alone rounds (tasks: MetaWorldTask list) =
    let engine = PhysicsEngine.inForce ()
    let rate = rate rounds tasks

    {
        Numbers = [ "physicsStepsPerSecond", rate ]
        Texts = [ "engine", engine.File ]
        Lines = [
            $"Physics: {PhysicsEngine.describe engine}"
            $"""  {Format.plural tasks.Length "task"} of Meta-World, one thread: {Format.number rate} steps/s"""
        ]
    }

/// Runs `mtrl bench physics --alone` with an environment: its rate and its engine; None: it did not start.
let private child rounds (tasks: MetaWorldTask list) (environment: (string * string) list) =
    let file = Path.GetTempFileName()

    try
        let names = tasks |> List.map _.Name |> String.concat ","

        let info =
            ProcessStartInfo(
                "dotnet",
                [
                    Assembly.GetExecutingAssembly().Location
                    "bench"
                    "physics"
                    "--alone"
                    "--rounds"
                    string rounds
                    "--tasks"
                    names
                    "--json"
                    file
                ],
                RedirectStandardOutput = true,
                RedirectStandardError = true
            )

        for name, value in environment do
            info.Environment[name] <- value

        use running = nonNull (Process.Start info)
        running.ErrorDataReceived.Add ignore
        running.BeginErrorReadLine()
        running.StandardOutput.ReadToEnd() |> ignore
        running.WaitForExit()

        if running.ExitCode = 0 then
            use json = JsonDocument.Parse(File.ReadAllText file)
            let root = json.RootElement

            Some(
                root.GetProperty("physicsStepsPerSecond").GetDouble(),
                nonNull (root.GetProperty("engine").GetString())
            )
        else
            None
    finally
        File.Delete file

/// Pairs of processes at most. What a process measures first is cold, so each has rounds of its own.
[<Literal>]
let private MostPairs = 5

/// The engine in force and, where they are to be compared and differ, the system's in turn.
let run compared rounds (tasks: MetaWorldTask list) =
    let engine = PhysicsEngine.inForce ()

    // Found where the loader looks for a program without an engine of its own. What is loaded already is not loaded again.
    let system () =
        child rounds tasks [ "LD_PRELOAD", nonNull (Path.GetFileName engine.File) ]
        |> Option.filter (fun (_, other) -> other <> engine.File)

    let rec measured pairs =
        if List.length pairs = min MostPairs rounds then
            pairs
        else
            match system () with
            | None -> pairs
            | Some(others, other) ->
                match child rounds tasks [] with
                | None -> pairs
                | Some(own, _) -> measured ((own, others, other) :: pairs)

    match (if compared then measured [] else []) with
    | [] -> alone rounds tasks
    | (_, _, other) :: _ as pairs ->
        let best pick = pairs |> List.map pick |> List.max
        let own, others = best (fun (own, _, _) -> own), best (fun (_, others, _) -> others)
        let ratio = own / others

        {
            Numbers = [
                "physicsStepsPerSecond", own
                "physicsStepsPerSecondOfDistribution", others
                "ratioToDistribution", ratio
            ]
            Texts = [ "engine", engine.File; "distribution", other ]
            Lines = [
                $"Physics: {PhysicsEngine.describe engine}"
                $"""  {Format.plural tasks.Length "task"} of Meta-World, one thread: {Format.number own} steps/s; with {other} {Format.number others}: %.2f{ratio} times as many"""
            ]
        }
