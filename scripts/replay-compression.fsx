// How far the images of DeepMind Control's tasks are compressed in replay, and what a batch costs: for each task an
// episode of random actions, 84 × 84, three images in a stack. Results: docs/guides/pixels.md.
//
//   ./mtrl build
//   dotnet fsi --optimize+ scripts/replay-compression.fsx
#load "mtrl.fsx"

open System
open System.Diagnostics
open MtrlFunctional.Environments
open MtrlFunctional.Randomness
open MtrlFunctional.Rendering
open MtrlFunctional.Replay
open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.DmControl

let side, stack, steps, rows = 84, 3, 1_000, 128

let shape width isCompressed =
    ReplayShape(
        Tasks = 1,
        Spec = {
            Observation = {
                Shape = [ 3 * stack; side; side ]
                Element = ElementType.UInt8
                Frames = stack
                Tail = 0
            }
            Action = ActionSpace.Box width
            Horizon = 500
            Terminates = false
        },
        CapacityPerTask = steps,
        IsCompressed = isCompressed
    )

/// Milliseconds of a batch, the least of five turns.
let batch (replay: TaskReplay) =
    let key = Key.ofSeed 1L

    Seq.min [
        for turn in 1L .. 5L ->
            let clock = Stopwatch.StartNew()

            for i in 1L .. 20L do
                use _ = TorchSharp.torch.NewDisposeScope()

                replay.Read(replay.DrawUniform(Key.at (20L * turn + i) key, rows)) |> ignore

            clock.Elapsed.TotalMilliseconds / 20.0
    ]

printfn "| task | bytes a transition | of the image | batch, compressed | batch, plain |"
printfn "|---|---:|---:|---:|---:|"

for task in DmControlTasks.standard do
    let options = DmControlFamilyOptions(Tasks = [| task |])

    use environments =
        new VectorEnvironment(new DmControlFamily(options), VectorEnvironmentOptions(Threads = 1))

    use observer =
        new FrameObserver(environments, FrameOptions(Width = side, Height = side, Stack = stack))

    let width = environments.ActionSize
    use plain = new TaskReplay(shape width false)
    use compressed = new TaskReplay(shape width true)
    let random = Random 1
    environments.Reset()
    observer.Observe()

    let both store =
        store plain
        store compressed

    let first = observer.FramesOf(0).ToArray()
    both (fun (replay: TaskReplay) -> replay.BeginEpisode(0, ObservationRows.op_Implicit first))

    for _ in 1..steps do
        let action = Array.init width (fun _ -> 2.0f * random.NextSingle() - 1.0f)
        environments.Step(ReadOnlySpan action)
        observer.Observe()
        let next = observer.FramesOf(0).ToArray()

        both (fun replay ->
            replay.Add(0, ReadOnlySpan action, 0.0f, ObservationRows.op_Implicit next, false))

    let perTransition =
        float compressed.Shape.Bytes / float compressed.Shape.CapacityPerTask
        + float compressed.CompressedBytes / float compressed.Count

    let share =
        float compressed.CompressedBytes
        / float compressed.Count
        / float (3 * side * side)

    printfn
        $"| {DmControlTask.fullName task} | %.0f{perTransition} | %.0f{100.0 * share} %% | %.1f{batch compressed} ms | %.1f{batch plain} ms |"
