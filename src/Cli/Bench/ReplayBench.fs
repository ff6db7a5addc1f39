/// `mtrl bench replay`: stores transitions and samples balanced batches of MT10, then batches of pictures.
module MtrlFunctional.Cli.Bench.ReplayBench

open System
open MtrlFunctional.Replay
open MtrlFunctional.Tensors
open MtrlFunctional.Cli.Display
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.MetaWorld

[<Literal>]
let private Tasks = 10

[<Literal>]
let private Rows = 128

[<Literal>]
let private Episode = 150

/// Transitions per task; one million in total, as in the paper.
[<Literal>]
let private Capacity = 100_000

let private spec = MetaWorldSpaces.spec Episode

let private shape =
    ReplayShape(
        Tasks = Tasks,
        Observation = ObservationLayout.Of spec,
        ActionWidth = EnvironmentSpec.actionSize spec,
        CapacityPerTask = Capacity,
        EpisodeLength = Episode
    )

/// Observation at step `t`: its older frames repeat the previous step.
let private observation t (into: float32[]) =
    let frame = shape.Observation.Frame

    for i in 0 .. frame - 1 do
        into[frame + i] <- into[i]
        into[i] <- float32 (t * frame + i) * 1e-3f

let private fill (replay: TaskReplay) =
    let action = Array.zeroCreate<float32> shape.ActionWidth
    let obs = Array.zeroCreate<float32> shape.Observation.Width
    let mutable count = 0

    let milliseconds =
        Machine.timed (fun () ->
            for task in 0 .. Tasks - 1 do
                for t in 0 .. Capacity - 1 do
                    if t % Episode = 0 then
                        Array.Clear obs
                        replay.BeginEpisode(task, ReadOnlySpan obs)

                    observation t obs
                    replay.Add(task, ReadOnlySpan action, 1.0f, ReadOnlySpan obs, false)
                    count <- count + 1)

    float count / milliseconds * 1000.0

let private memory () =
    let empty size =
        Tensor.empty ScalarType.Float32 Libtorch.Cpu [| Tasks; Rows; size |]

    let flat () =
        Tensor.empty ScalarType.Float32 Libtorch.Cpu [| Tasks; Rows |]

    let width = int64 (shape.Observation.Width + Tasks)

    BatchMemory.Over(
        empty width,
        empty (int64 shape.ActionWidth),
        flat (),
        empty width,
        flat (),
        flat (),
        true
    )

/// Fills a replay buffer of the paper's size, then samples batches of 1280.
let run rounds =
    use replay = new TaskReplay(shape)
    let added = fill replay
    use _ = TorchSharp.torch.NewDisposeScope()
    let memory = memory ()
    let key = Key.ofSeed 1L |> Key.forPurpose "bench"
    let batches = 200

    let turn round =
        Machine.timed (fun () ->
            for i in 1..batches do
                replay.SampleBalanced(key |> Key.at (int64 (round * batches + i)), memory))

    turn 0 |> ignore
    let milliseconds = Sample.least [ for round in 1..rounds -> turn round ]
    let samples = float (batches * Tasks * Rows) / milliseconds * 1000.0
    let perBatch = milliseconds / float batches
    let pictures = PictureReplayBench.run rounds

    {
        Numbers = [
            "samplesPerSecond", samples
            "msPerBatch", perBatch
            "addsPerSecond", added
            "bytesPerTransition", shape.BytesPerTransition
            "replayMemoryMiB", float shape.Bytes / 1048576.0
            yield! pictures.Numbers
            "load", Machine.load ()
            "peakMemoryMiB", Machine.peakMemory ()
        ]
        Texts = []
        Lines = [
            $"Replay of MT10: {Format.count (Tasks * Capacity)} transitions, batches of {Tasks * Rows} written into tensors, one thread"
            $"  sampling: {Format.number samples} transitions/s (%.2f{perBatch} ms per batch)"
            $"  storing: {Format.number added} transitions/s"
            $"  %.1f{shape.BytesPerTransition} bytes per transition, {Format.number (float shape.Bytes / 1048576.0)} MiB in total"
            yield! pictures.Lines
            Machine.loadLine ()
        ]
    }
