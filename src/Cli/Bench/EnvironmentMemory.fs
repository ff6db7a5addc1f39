/// `mtrl bench env`: memory of many environments.
module MtrlFunctional.Cli.Bench.EnvironmentMemory

open System
open MtrlFunctional.Environments
open MtrlFunctional.Cli.Display
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld

/// Resident memory of this process, MiB.
let private resident () =
    GC.Collect()
    Diagnostics.Process.GetCurrentProcess().Refresh()
    float (Diagnostics.Process.GetCurrentProcess().WorkingSet64) / 1048576.0

/// Creates environments over the fifty tasks, resets and steps them, and measures the memory.
let run count =
    let before = resident ()

    let tasks = [|
        for task, goals in Goals.ofSplit 42u Benchmarks.tasks -> TaskGoals(task, ResizeArray goals)
    |]

    let slots = [|
        for i in 0 .. count - 1 ->
            EnvironmentSlot(i % tasks.Length, Nullable(i / tasks.Length % Goals.count))
    |]

    use environments =
        new VectorEnvironment(
            new MetaWorldFamily(MetaWorldFamilyOptions(Tasks = tasks)),
            VectorEnvironmentOptions(Slots = slots, Threads = Environment.ProcessorCount)
        )

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
