namespace Benchmarks

open System
open BenchmarkDotNet.Attributes
open MtrlFunctional.Environments
open MtrlFunctional.Randomness
open MtrlFunctional.Replay
open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Tensors

/// Batches of 128 rows a task, as tensors: 1280 of a million transitions of MT10, or 128 pairs of stacks of
/// three images of 84 × 84 of 20,000.
type Replay() =
    let pictures: EnvironmentSpec = {
        Observation = { Shape = [ 9; 84; 84 ]; Element = ElementType.UInt8; Frames = 3; Tail = 0 }
        Action = ActionSpace.Box 6
        Horizon = 500
        Terminates = false
    }

    let mutable draw = ignore

    [<Params(false, true)>]
    member val Images = false with get, set

    [<GlobalSetup>]
    member this.Setup() =
        let spec = if this.Images then pictures else MetaWorldSpaces.spec 150
        let tasks, capacity = if this.Images then 1, 20_000 else 10, 100_000

        let shape = ReplayShape(Tasks = tasks, Spec = spec, CapacityPerTask = capacity)

        let replay = new TaskReplay(shape)
        let action = Array.zeroCreate<float32>(EnvironmentSpec.actionSize spec)

        let frame, width =
            EnvironmentSpec.frameSize spec, EnvironmentSpec.observationSize spec

        let floats, bytes = Array.zeroCreate<float32> width, Array.zeroCreate<byte> width

        // The frames of a stack follow one another, newest last; those of a state follow it.
        let advance (t: int) =
            Array.Copy(bytes, frame, bytes, 0, width - frame)
            Array.Fill(bytes, byte t, width - frame, frame)
            Array.Copy(floats, 0, floats, frame, frame)
            Array.Fill(floats, float32 t * 1e-3f, 0, frame)

        for task in 0 .. tasks - 1 do
            for t in 0 .. capacity - 1 do
                if t % spec.Horizon = 0 then
                    Array.Clear floats
                    Array.Clear bytes

                    if this.Images then
                        replay.BeginEpisode(task, ObservationRows.op_Implicit bytes)
                    else
                        replay.BeginEpisode(task, ReadOnlySpan floats)

                advance (t % spec.Horizon + 1)

                if this.Images then
                    let rows = ObservationRows.op_Implicit bytes
                    replay.Add(task, ReadOnlySpan action, 1.0f, rows, false)
                else
                    replay.Add(task, ReadOnlySpan action, 1.0f, ReadOnlySpan floats, false)

        let mutable count = 0L

        draw <-
            fun () ->
                count <- count + 1L
                let key = Key.at count Inputs.key
                use _ = TorchSharp.torch.NewDisposeScope()

                if this.Images then
                    let shift = { Pad = 4; Height = 84; Width = 84; Key = key }
                    replay.Read(replay.DrawUniform(key, 128), shift = shift) |> ignore
                else
                    replay.Read(replay.DrawBalanced(key, 128), withTask = true) |> ignore

    [<Benchmark>]
    member _.Batch() = draw ()
