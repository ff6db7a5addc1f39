/// `mtrl bench env`: tasks of Meta-World stepped together, compared with their physics alone on the same
/// threads; the engine in force compared with the system's; the memory of many environments.
///
/// Reading order: measure → together → engines → memory → run.
module MtrlFunctional.Cli.Bench.EnvironmentBench

open System
open System.Diagnostics
open System.IO
open System.Text.Json
open MtrlFunctional
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Output
open MtrlFunctional.Environments
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld

type Plan = {
    Rounds: int
    Threads: int
    /// Tasks and benchmarks: "reach,MT10".
    Tasks: string
    /// Number of environments for the memory measurement.
    Memory: int
    /// Compare with the library of the system, where the engine in force is another one.
    Compared: bool
}

/// Steps of a round; shorter than an episode.
[<Literal>]
let private Steps = 100

let private tasksOf (words: string) =
    words.Split(',', StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)
    |> Array.toList
    |> List.collect (fun name ->
        (Suites.find name |> Result.defaultWith (fun why -> refuse $"--tasks: {why}")).Tasks)
    |> List.distinctBy _.Name
    |> function
        | [] -> refuse "--tasks: names no task."
        | tasks -> tasks

/// Random actions of a round, `count` numbers per step, drawn before the measurement.
let private actions count =
    let key = Key.ofSeed 1L |> Key.forPurpose "bench"

    Array.init Steps (fun t ->
        Array.init count (fun i ->
            float32 (2.0 * Key.uniform (key |> Key.at (int64 t) |> Key.at (int64 i)) - 1.0)))

let private vector tasks (options: VectorEnvironmentOptions) =
    let tasks = [
        for task, goals in Goals.ofSplit 42u tasks -> TaskGoals(task, ResizeArray goals)
    ]

    let family = new MetaWorldFamily(MetaWorldFamilyOptions(Tasks = ResizeArray tasks))
    new VectorEnvironment(family, options)

/// Minimum milliseconds of a round: whole steps (wall-clock and CPU), physics alone, and a reset.
type private Times = { Threads: int; Whole: float; Cpu: float; Physics: float; Reset: float }

let private measure rounds tasks threads =
    use environment = vector tasks (VectorEnvironmentOptions(Threads = threads))
    let actions = actions (environment.Count * environment.ActionSize)

    let turn step =
        let reset = Machine.timed environment.Reset
        let time, cpu = Machine.cpuTimed (fun () -> actions |> Array.iter step)
        reset, time, cpu

    let whole () =
        turn (fun (a: float32[]) -> environment.Step(ReadOnlySpan<float32>(a)))

    let simulations = [| for each in environment.Environments -> each :?> MetaWorldEnvironment |]

    let physics () =
        let size = environment.ActionSize

        turn (fun (a: float32[]) ->
            environment.OnWorkers(
                simulations.Length,
                fun i -> simulations[i].Simulate(ReadOnlySpan<float32>(a, i * size, size))
            ))

    whole () |> ignore
    let wholes, raws = List.unzip [ for _ in 1..rounds -> whole (), physics () ]
    let least pick turns = turns |> List.map pick |> Sample.least

    {
        Threads = threads
        Whole = wholes |> least (fun (_, time, _) -> time)
        Cpu = wholes |> least (fun (_, _, cpu) -> cpu)
        Physics = raws |> least (fun (_, time, _) -> time)
        Reset = (wholes @ raws |> least (fun (reset, _, _) -> reset)) / float environment.Count
    }

/// Whole steps and physics alone, alternating, on one thread and on all.
let private together (plan: Plan) (tasks: MetaWorldTask list) =
    let results =
        List.distinct [ 1; plan.Threads ] |> List.map (measure plan.Rounds tasks)

    let one, all = List.head results, List.last results

    let rate times =
        float (Steps * tasks.Length) / times * 1000.0

    let share, overhead = all.Physics / all.Whole, all.Whole / all.Physics - 1.0

    {
        Numbers = [
            "envStepsPerSecond", rate all.Whole
            "rawPhysicsStepsPerSecond", rate all.Physics
            "envStepsPerSecondOneThread", rate one.Whole
            "rawPhysicsStepsPerSecondOneThread", rate one.Physics
            "physicsStepsPerSecond", rate one.Cpu
            "physicsShare", share
            "overhead", overhead
            "overheadOneThread", one.Whole / one.Physics - 1.0
            "msPerReset", one.Reset
            "processorTimesOneThread", all.Cpu / one.Cpu
            "threads", float plan.Threads
        ]
        Texts = []
        Lines = [
            $"Meta-World, {plan.Tasks}: {tasks.Length} environments, random actions, 5 physics steps of 2.5 ms each"
            for times in results do
                let threads = (Format.plural times.Threads "thread").PadRight 9

                $"  {threads}   %8s{Format.number (rate times.Whole)} steps/s; physics alone %8s{Format.number (rate times.Physics)}"
            if share < 1.0 then
                $"  share of physics {Format.percent share}; observations, rewards and bookkeeping add {Format.percent overhead}"
            else
                "  share of physics: not measurable beside the other programs that run here"
            $"  {plan.Threads} threads: %.2f{one.Whole / all.Whole} times the speed of one, %.2f{all.Cpu / one.Cpu} times the CPU time per step"
        ]
    }

/// `mtrl bench env --alone` on one thread in a process with variables: its rate in processor time and its
/// engine, of which a process has one; None: it did not start.
let private child (plan: Plan) (variables: (string * string) list) =
    let file = Path.GetTempFileName()

    try
        let words = [ "bench"; "env"; "--alone"; "--threads"; "1"; "--environments"; "1" ]
        let counts = [ "--rounds"; string plan.Rounds; "--tasks"; plan.Tasks; "--json"; file ]

        let code, _, _ =
            StartedProcess.execute (StartedProcess.self () @ words @ counts) variables

        if code = ExitCode.Done then
            use json = JsonDocument.Parse(File.ReadAllText file)
            let found (key: string) = json.RootElement.GetProperty key
            Some((found "physicsStepsPerSecond").GetDouble(), string (found "engine"))
        else
            None
    finally
        File.Delete file

/// Pairs of processes at most. What a process measures first is cold, so each has rounds of its own.
[<Literal>]
let private MostPairs = 5

/// The engine in force and, where it is another, the system's: in processes of their own, in turn.
let private engines (plan: Plan) =
    let engine = PhysicsEngine.inForce ()

    // Found where the loader looks for a program without an engine of its own. What is loaded already is not loaded again.
    let system () =
        child plan [ "LD_PRELOAD", nonNull (Path.GetFileName engine.File) ]
        |> Option.filter (fun (_, other) -> other <> engine.File)

    let pair () =
        system ()
        |> Option.bind (fun (others, other) ->
            child plan [] |> Option.map (fun (own, _) -> own, others, other))

    let pairs =
        if plan.Compared then
            Seq.initInfinite (fun _ -> pair ())
            |> Seq.truncate (min MostPairs plan.Rounds)
            |> Seq.takeWhile Option.isSome
            |> Seq.choose id
            |> Seq.toList
        else
            []

    let found = {
        Numbers = []
        Texts = [ "engine", engine.File ]
        Lines = [ $"Physics: {PhysicsEngine.describe engine}" ]
    }

    match pairs with
    | [] -> found
    | (_, _, other) :: _ ->
        let best pick = pairs |> List.map pick |> List.max
        let own, others = best (fun (own, _, _) -> own), best (fun (_, others, _) -> others)

        {
            Numbers = [
                "physicsStepsPerSecond", own
                "physicsStepsPerSecondOfDistribution", others
                "ratioToDistribution", own / others
            ]
            Texts = found.Texts @ [ "distribution", other ]
            Lines =
                found.Lines
                @ [
                    $"  {Format.number own} steps a second of processor time; with {other} {Format.number others}: %.2f{own / others} times as many"
                ]
        }

/// Resident memory of this process, MiB.
let private resident () =
    GC.Collect()
    Process.GetCurrentProcess().Refresh()
    float (Process.GetCurrentProcess().WorkingSet64) / 1048576.0

/// Creates environments over the fifty tasks, resets and steps them, and measures the memory.
let private memory count =
    let before = resident ()
    let tasks = Benchmarks.tasks.Length

    let slots = [|
        for i in 0 .. count - 1 -> EnvironmentSlot(i % tasks, Nullable(i / tasks % Goals.count))
    |]

    use environments =
        VectorEnvironmentOptions(Slots = slots, Threads = Environment.ProcessorCount)
        |> vector Benchmarks.tasks

    environments.Reset()
    let actions = Array.create (count * environments.ActionSize) 0.3f

    for _ in 1..10 do
        environments.Step(ReadOnlySpan<float32> actions)

    let used = resident () - before

    {
        Numbers = [
            "memoryEnvironments", float count
            "memoryMiB", used
            "memoryMiBPerEnvironment", used / float count
        ]
        Texts = []
        Lines = [
            $"  {Format.count count} environments over the fifty tasks: {Format.number used} MiB, %.2f{used / float count} MiB each"
        ]
    }

let run (plan: Plan) =
    let tasks = tasksOf plan.Tasks
    // Memory first: freed memory of the other parts would be reused.
    let memory = memory plan.Memory
    Findings.concat [ together plan tasks; engines plan; memory ]
