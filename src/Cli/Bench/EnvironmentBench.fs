/// `mtrl bench env`: tasks stepped together, compared with their physics alone on the same threads;
/// then each task separately, the memory of many environments, the classic families, and DeepMind
/// Control.
module MtrlFunctional.Cli.Bench.EnvironmentBench

open System
open MtrlFunctional
open MtrlFunctional.Environments
open MtrlFunctional.Cli.Display
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Tasks.DmControl

/// The tasks of a list of tasks and benchmarks: "reach,MT10".
let tasksOf (words: string) =
    words.Split(',', StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)
    |> Array.toList
    |> List.collect (fun name ->
        match Suites.find name with
        | Ok suite -> suite.Tasks
        | Error why -> raise (MtrlException $"--tasks: {why}"))
    |> List.distinctBy _.Name
    |> function
        | [] -> raise (MtrlException "--tasks: names no task.")
        | tasks -> tasks

let private make tasks threads =
    let tasks = [
        for task, goals in Goals.ofSplit 42u tasks -> TaskGoals(task, ResizeArray goals)
    ]

    let family = new MetaWorldFamily(MetaWorldFamilyOptions(Tasks = ResizeArray tasks))

    new VectorEnvironment(family, VectorEnvironmentOptions(Threads = threads))

/// Minimum milliseconds of a round: whole steps (wall-clock and CPU), physics alone, and a reset.
type private Times = { Threads: int; Whole: float; Cpu: float; Physics: float; Reset: float }

let private measure rounds tasks threads =
    use environment = make tasks threads
    let actions = EnvironmentRound.actions (environment.Count * environment.ActionSize)

    let turn step =
        let reset = Machine.timed environment.Reset
        let time, cpu = Machine.cpuTimed (fun () -> actions |> Array.iter step)
        reset, time, cpu

    let whole () =
        turn (fun (a: float32[]) -> environment.Step(ReadOnlySpan<float32>(a)))

    let physics () =
        turn (fun (a: float32[]) -> environment.StepPhysics(ReadOnlySpan<float32>(a)))

    whole () |> ignore
    let turns = [ for _ in 1..rounds -> whole (), physics () ]
    let wholes, raws = List.unzip turns
    let least pick turns = turns |> List.map pick |> Sample.least

    {
        Threads = threads
        Whole = wholes |> least (fun (_, time, _) -> time)
        Cpu = wholes |> least (fun (_, _, cpu) -> cpu)
        Physics = raws |> least (fun (_, time, _) -> time)
        Reset = (wholes @ raws |> least (fun (reset, _, _) -> reset)) / float environment.Count
    },
    environment.Count

/// Whole steps and physics alone, alternating, on one thread and on all.
let private together rounds threads name tasks =
    let results = [ for count in List.distinct [ 1; threads ] -> measure rounds tasks count ]
    let one, count = List.head results
    let all, _ = List.last results
    let rate times = EnvironmentRound.perSecond count times
    let share = all.Physics / all.Whole
    let overhead = all.Whole / all.Physics - 1.0

    {
        Numbers = [
            "envStepsPerSecond", rate all.Whole
            "rawPhysicsStepsPerSecond", rate all.Physics
            "envStepsPerSecondOneThread", rate one.Whole
            "rawPhysicsStepsPerSecondOneThread", rate one.Physics
            "physicsShare", share
            "overhead", overhead
            "overheadOneThread", one.Whole / one.Physics - 1.0
            "msPerReset", one.Reset
            "processorTimesOneThread", all.Cpu / one.Cpu
            "threads", float threads
        ]
        Texts = []
        Lines = [
            $"Meta-World, {name}: {count} environments, random actions, 5 physics steps of 2.5 ms each"
            for times, _ in results do
                let threads =
                    if times.Threads = 1 then
                        "1 thread "
                    else
                        $"{times.Threads} threads"

                $"  {threads}   %8s{Format.number (rate times.Whole)} steps/s; physics alone %8s{Format.number (rate times.Physics)}"
            $"  share of physics {Format.percent share}; observations, rewards and bookkeeping add {Format.percent overhead}"
            $"  {threads} threads: %.2f{one.Whole / all.Whole} times the speed of one, %.2f{all.Cpu / one.Cpu} times the CPU time per step"
        ]
    }

/// Settings of an environment benchmark.
type Plan = {
    Rounds: int
    Threads: int
    /// Tasks stepped together.
    Together: string
    /// Tasks measured separately.
    Alone: string
    /// Number of environments for the memory measurement.
    Memory: int
    /// Compare with the library of the system, where the engine in force is another one.
    Compared: bool
    /// Tasks of DeepMind Control; empty: it is not measured.
    DmControl: DmControlTask list
}

/// Runs all measurements of the plan.
let run plan =
    let group, alone = tasksOf plan.Together, tasksOf plan.Alone

    // Memory first: freed memory of the other parts would be reused.
    let memory = EnvironmentMemory.run plan.Memory

    let parts = [
        together plan.Rounds plan.Threads plan.Together group
        TaskBench.run plan.Rounds alone
        PhysicsBench.run plan.Compared plan.Rounds group
        memory
        ClassicBench.run plan.Rounds
        if not plan.DmControl.IsEmpty then
            DmControlBench.run plan.Rounds plan.Threads plan.DmControl
    ]

    {
        Numbers =
            (parts |> List.collect _.Numbers)
            @ [ "load", Machine.load (); "peakMemoryMiB", Machine.peakMemory () ]
        Texts = parts |> List.collect _.Texts
        Lines =
            (parts |> List.collect _.Lines)
            @ [
                Machine.loadLine ()
                $"  peak memory of this process: {Format.number (Machine.peakMemory ())} MiB"
            ]
    }
