// Draws what a decoder has learned: frames of new episodes of random actions, each beside its reconstruction.
//
//   ./mtrl build                                                     (once)
//   ./mtrl train env=dmc-cartpole-balance agent=sac_ae env.builder.make_kwargs.from_pixels=True \
//     setup.seed=1 setup.save_dir=runs/pixels
//   dotnet fsi scripts/reconstructions.fsx runs/pixels/seed-1 out.png
//
// The run's agent is SAC-AE on tasks of DeepMind Control.
#load "mtrl.fsx"

open System
open MtrlFunctional.Algorithms
open MtrlFunctional.Environments
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Rendering
open MtrlFunctional.Storage
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tensors
open MtrlFunctional.Training

/// Steps between two frames of the picture, and frames.
let apart, count = 12, 8

/// Pixels of a channel, and of a frame.
let side = PixelLayers.Frame
let pixels = side * side

let run, output =
    match List.tail (List.ofArray fsi.CommandLineArgs) with
    | [ run; output ] -> run, output
    | _ ->
        eprintfn "Two arguments: the folder of a run, and the PNG file to write."
        exit 2

let folder, experiment =
    Script.Run(fun () -> RunFolder.Existing run, RunEvaluation.ExperimentOf run)

let environments =
    let keys = experiment.Environment.DmControl

    let tasks =
        experiment.Environment.Tasks
        |> List.map DmControlTasks.find
        |> List.choose Result.toOption

    let states =
        new DmControlFamily(DmControlFamilyOptions(Tasks = tasks, ActionRepeat = keys.ActionRepeat))

    // Other episodes than those of training and evaluation.
    new VectorEnvironment(
        new PictureFamily(states),
        VectorEnvironmentOptions(Purpose = "reconstruction", Seed = int64 experiment.Setup.SeedRef)
    )

let agent =
    ModelSetup.ofExperiment
        Precision.Full
        None
        environments.ObservationSize
        environments.Spec.Action
        experiment
    |> ModelAgent.create (Shards.serial 1)

let checkpoint = folder.Checkpoints.Latest null
let file = checkpoint.OpenTensors "agent.safetensors"

let state =
    let find name =
        if file.Contains name then
            let entry = file.Tensor name
            let shape = Seq.toArray entry.Shape

            match entry.Type with
            | SafetensorsType.I64 -> Some(Tensor.ofLongs shape (file.ReadLongs name))
            | _ -> Some(Tensor.ofFloats shape (file.ReadFloats name))
        else
            None

    match ModelState.ofNamed agent TensorOptions.cpu find with
    | Ok state -> state
    | Error faults -> failwith $"{faults}"

/// The newest of three stacked frames, as a picture of red, green and blue numbers 0 … 255.
let picture (numbers: float32[]) =
    let newest = numbers[numbers.Length - 3 * pixels ..]

    Frame(
        side,
        side,
        [|
            for i in 0 .. pixels - 1 do
                for channel in 0..2 -> byte (Math.Clamp(newest[channel * pixels + i], 0f, 255f))
        |]
    )

/// The observation of the first task, and its reconstruction.
let pair () =
    let observation =
        environments.Rows.Memory.Slice(0, environments.ObservationSize).ToArray()
        |> Array.map float32

    use _ = TorchSharp.torch.NewDisposeScope()
    let rows = Tensor.ofFloats [| 1L; 1L; int64 observation.Length |] observation

    let reconstruction =
        Models.reconstruct agent state rows
        |> Tensor.toFloats
        |> Array.map (fun x -> (x + 0.5f) * 255f)

    let error =
        Array.map2 (fun a b -> float (a - b) ** 2.0) observation reconstruction
        |> Array.average

    picture observation, picture reconstruction, sqrt error

environments.Reset()

let actions =
    Array.zeroCreate<float32>(environments.Count * environments.ActionSize)

let pairs = [
    for k in 0 .. count - 1 do
        for step in 0 .. apart - 1 do
            let key = Key.ofSeed 7L |> Key.at (int64 (k * apart + step))
            RandomActions.fill environments.Spec.Action key (actions.AsSpan())
            environments.Step actions
            environments.ResetFinished()

        pair ()
]

let tiles =
    [ for frame, _, _ in pairs -> frame ]
    @ [ for _, reconstruction, _ in pairs -> reconstruction ]

(Mosaic.Of(ResizeArray tiles, count, 2)).SavePng output
let error = pairs |> List.averageBy (fun (_, _, error) -> error)

printfn
    $"{output}: frames above, reconstructions below; root mean square difference {error:F1} of 255 after {checkpoint.Info.Step} steps"

(environments :> IDisposable).Dispose()
