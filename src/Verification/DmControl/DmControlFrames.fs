/// Draws recorded states of DeepMind Control and compares the pictures with recorded ones: from
/// camera 0, in plain colours without shadows, reflections and sky, and with them.
///
/// Renderers differ by a few grey levels, also in the version of one driver: tolerances are of means.
module internal MtrlFunctional.Verification.DmControlFrames

open System
open MtrlFunctional
open MtrlFunctional.Environments
open MtrlFunctional.Randomness
open MtrlFunctional.Rendering
open MtrlFunctional.Storage
open MtrlFunctional.Tasks.DmControl

/// Mean absolute differences, grey levels of 255.
let private plainColours, shaded = 3.0, 8.0

/// Share of the pixels that may show another thing.
let private silhouette = 0.02

/// A pixel shows another thing where a plain colour differs by more grey levels than this.
let private edge = 32

let private difference (recorded: byte[]) (drawn: byte[]) =
    Array.map2 (fun (a: byte) (b: byte) -> float (abs (int a - int b))) recorded drawn

/// Share of the pixels that show another thing: the background, which is black, in one picture
/// only, or another colour.
let private mismatch (recorded: byte[]) (drawn: byte[]) =
    let isBackground = Array.forall ((=) 0uy)

    Array.map2
        (fun (a: byte[]) (b: byte[]) ->
            if isBackground a <> isBackground b || Array.max (difference a b) > float edge then
                1.0
            else
                0.0)
        (Array.chunkBySize 3 recorded)
        (Array.chunkBySize 3 drawn)
    |> Array.average

/// The task of a file; of a file of variants the first task of its domain, which has the same looks.
let private taskOf (file: SafetensorsFile) state =
    match file.Metadata.TryGetValue "task" with
    | true, _ -> DmControlReplay.task file
    | _ ->
        let domain, family = file.Metadata["domain"], file.Metadata["family"]
        let task = DmControlTasks.standard |> List.find (fun t -> t.Domain.Name = domain)
        let variant = int (file.ReadDoubles($"{state}/variant")[0])
        DmControlTasks.find $"{DmControlTask.fullName task}-{family}-{variant}"

let private compare (file: SafetensorsFile) models state (task: DmControlTask) =
    use env = new DmControlEnvironment(task, models)
    // Applies the edits that a task makes to its model, such as hidden marks.
    env.Reset(0, Key.ofSeed 0L)

    DmControlReplay.recordedArrays file $"{state}/"
    |> DmControlReplay.writeArrays env

    (file.ReadDoubles $"{state}/qpos").CopyTo env.World.Positions

    let shape = (file.Tensor $"{state}/rgb").Shape

    let draw effects =
        use renderer =
            new Renderer(env.World.Model, int shape[1], int shape[0], effects = effects)

        let camera = Camera.Numbered(int file.Metadata["camera"])
        renderer.Render(env.World, camera).Pixels

    let check tolerance quantity value =
        Check.absolute file.Path tolerance $"{state}.{quantity}" [| 0.0 |] [| value |]

    let plain, drawn = file.Raw $"{state}/rgb_plain", draw false

    [
        check plainColours "rgb_plain" (Array.average (difference plain drawn))
        check silhouette "silhouette" (mismatch plain drawn)
        check shaded "rgb" (Array.average (difference (file.Raw $"{state}/rgb") (draw true)))
    ]

/// All comparisons of a file.
let verify (file: SafetensorsFile) : Check list =
    use models = new DmControlModels()

    [
        for state in 0 .. int file.Metadata["states"] - 1 do
            match taskOf file $"s{state}" with
            | Ok task -> yield! compare file models $"s{state}" task
            | Error message -> Check.impossible file.Path message
    ]
