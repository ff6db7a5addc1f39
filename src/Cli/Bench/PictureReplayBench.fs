/// `mtrl bench replay`, pictures: stacks of three frames of 84 × 84, drawn from replay into tensors.
module MtrlFunctional.Cli.Bench.PictureReplayBench

open System
open MtrlFunctional.Cli.Display
open MtrlFunctional.Environments
open MtrlFunctional.Randomness
open MtrlFunctional.Replay
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors

[<Literal>]
let private Rows = 128

[<Literal>]
let private Episode = 500

[<Literal>]
let private Side = 84

/// Transitions: more than the caches of a processor hold.
[<Literal>]
let private Capacity = 20_000

let private spec: EnvironmentSpec = {
    Observation = { Shape = [ 9; Side; Side ]; Element = ElementType.UInt8; Frames = 3; Tail = 0 }
    Action = ActionSpace.Box 6
    Horizon = Episode
    Terminates = false
}

let private shape =
    ReplayShape(
        Tasks = 1,
        Observation = ObservationLayout.Of spec,
        ActionWidth = EnvironmentSpec.actionSize spec,
        CapacityPerTask = Capacity,
        EpisodeLength = Episode
    )

/// Transitions stored a second.
let private fill (replay: TaskReplay) =
    let frame = shape.Observation.Frame
    let action = Array.zeroCreate<float32> shape.ActionWidth
    let obs = Array.zeroCreate<byte> shape.Observation.Width

    let draw t =
        Array.Copy(obs, frame, obs, 0, 2 * frame)
        Array.Fill(obs, byte t, 2 * frame, frame)

    let milliseconds =
        Machine.timed (fun () ->
            for t in 0 .. Capacity - 1 do
                if t % Episode = 0 then
                    Array.Fill(obs, byte t)
                    replay.BeginEpisode(0, ObservationRows.op_Implicit obs)

                draw t

                let rows = ObservationRows.op_Implicit obs
                replay.Add(0, ReadOnlySpan action, 1.0f, rows, false))

    float Capacity / milliseconds * 1000.0

/// Memory of a batch of stacks.
let private pictures () =
    Tensor.empty ScalarType.Byte Libtorch.Cpu [| 1L; Rows; int64 shape.Observation.Width |]

let private memory obs next =
    let floats sizes =
        Tensor.empty ScalarType.Float32 Libtorch.Cpu [| 1L; Rows; yield! sizes |]

    BatchMemory.Over(
        obs,
        floats [ int64 shape.ActionWidth ],
        floats [],
        next,
        floats [],
        floats [],
        false
    )

/// A full replay, for `draw`. The caller disposes of it.
let filled () =
    let replay = new TaskReplay(shape)
    fill replay |> ignore
    replay

/// Pairs of stacks drawn as in training, in main memory: observations and next observations, [1; 128; 9 · 84 · 84] bytes.
let draw (replay: TaskReplay) key =
    let obs, next = pictures (), pictures ()
    replay.Fill(replay.DrawUniform(key, Rows), memory obs next, null)
    obs, next

/// Fills a replay buffer with frames, then samples batches of 128, as they are and shifted.
let run rounds =
    use replay = new TaskReplay(shape)
    let added = fill replay
    use _ = TorchSharp.torch.NewDisposeScope()
    let memory = memory (pictures ()) (pictures ())
    let key = Key.ofSeed 1L |> Key.forPurpose "bench"
    let batches = 100

    let milliseconds shift =
        let turn round =
            Machine.timed (fun () ->
                for i in 1..batches do
                    let key = key |> Key.at (int64 (round * batches + i))
                    replay.Fill(replay.DrawUniform(key, Rows), memory, shift key))
            / float batches

        turn 0 |> ignore
        Sample.least [ for round in 1..rounds -> turn round ]

    let plain = milliseconds (fun _ -> null)
    let shifted = milliseconds (fun key -> RandomShift(4, Side, Side, key))

    {
        Numbers = [
            "pictureMsPerBatch", plain
            "pictureShiftedMsPerBatch", shifted
            "pictureAddsPerSecond", added
            "pictureBytesPerTransition", shape.BytesPerTransition
        ]
        Texts = []
        Lines = [
            $"Replay of pictures: {Format.count Capacity} transitions, batches of {Rows} pairs of stacks written into tensors"
            $"  sampling: %.2f{plain} ms per batch, %.2f{shifted} ms with random shifts"
            $"  storing: {Format.number added} transitions/s"
            $"  {Format.number shape.BytesPerTransition} bytes per transition"
        ]
    }
