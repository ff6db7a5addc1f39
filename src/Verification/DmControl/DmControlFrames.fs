/// Draws recorded states of DeepMind Control and compares the pictures with recorded ones: from
/// camera 0, in plain colours without shadows, reflections and sky, and with them; and the textures that the engine
/// generates, the grid of the floor and the sky with its dots.
///
/// Renderers differ by a few grey levels, also in the version of one driver: tolerances are of means.
module internal MtrlFunctional.Verification.DmControlFrames

open System
open MtrlFunctional
open MtrlFunctional.Environments
open MtrlFunctional.Physics
open MtrlFunctional.Randomness
open MtrlFunctional.Rendering
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Verification.Recorded

/// Mean absolute differences, grey levels of 255.
let private plainColours, shaded = Absolute 3.0, Absolute 8.0

/// Share of the pixels that may show another thing.
let private silhouette = Absolute 0.02

/// A pixel shows another thing where a plain colour differs by more grey levels than this.
let private edge = 32.0

let private difference (recorded: byte[]) (drawn: byte[]) =
    Array.map2 (fun (a: byte) (b: byte) -> float (abs (int a - int b))) recorded drawn

/// Share of the pixels that show another thing: the background, which is black, in one picture
/// only, or another colour.
let private mismatch recorded drawn =
    let isBackground = Array.forall ((=) 0uy)

    (Array.chunkBySize 3 recorded, Array.chunkBySize 3 drawn)
    ||> Array.map2 (fun a b ->
        flag (isBackground a <> isBackground b || Array.max (difference a b) > edge))
    |> Array.average

/// The task of a file; of a file of variants the first task of its domain, which has the same looks.
let private taskOf (file: Quantities) (state: Quantities) =
    if (file.TryText "task").IsSome then
        DmControlTraces.task file
    else
        let domain, family = file.Text "domain", file.Text "family"
        let task = DmControlTasks.standard |> List.find (fun t -> t.Domain.Name = domain)
        let variant = (state.Ints "variant")[0]
        DmControlTasks.find $"{DmControlTask.fullName task}-{family}-{variant}"

let private compare (file: Quantities) models (state: Quantities) (task: DmControlTask) = [
    use env = new DmControlEnvironment(task, models)
    // Applies the edits that a task makes to its model, such as hidden marks.
    env.Reset(0, Key.ofSeed 0L)
    DmControlTraces.writeArrays env state
    (state.Numbers "qpos").CopyTo env.World.Positions
    let shape = state.Shape "rgb"

    let draw effects =
        use renderer = new Renderer(env.World.Model, shape[1], shape[0], effects = effects)
        renderer.Render(env.World, Camera.Numbered(int (file.Text "camera"))).Pixels

    let plain, drawn = state.Raw "rgb_plain", draw false

    for quantity, tolerance, value in
        [
            "rgb_plain", plainColours, Array.average (difference plain drawn)
            "silhouette", silhouette, mismatch plain drawn
            "rgb", shaded, Array.average (difference (state.Raw "rgb") (draw true))
        ] do
        file.Against tolerance $"{state.At.TrimEnd '/'}.{quantity}" [| 0.0 |] [| value |]
]

let private frames (file: Quantities) = [
    use models = new DmControlModels()

    for state in 0 .. int (file.Text "states") - 1 do
        let state = file.Inner $"s{state}/"

        match taskOf file state with
        | Ok task -> yield! compare file models state task
        | Error message -> file.Impossible message
]

/// Whether each of `count` texels has a dot: one draw of glibc's generator `rand` a texel, an additive lagged Fibonacci
/// sequence, which is below 1 % of the range.
let private isDotted seed count =
    let lag, state, discarded = 31, 34, 310
    let numbers = Array.zeroCreate<uint32>(state + discarded + count)

    for i in 0 .. numbers.Length - 1 do
        numbers[i] <-
            if i = 0 then
                seed
            elif i < lag then
                uint32 (16807UL * uint64 numbers[i - 1] % 2147483647UL)
            elif i < state then
                numbers[i - lag]
            else
                numbers[i - 3] + numbers[i - lag]

    Array.init count (fun i -> float (numbers[state + discarded + i] >>> 1) / 2147483647.0 < 0.01)

/// Texels a side of a face of the sky.
[<Literal>]
let private Face = 800

let private texture (model: Model) name =
    let id = model.Id(ElementKind.Texture, name)
    let sizes array = model.Ints(array).[id]
    let size = 3 * sizes "tex_height" * sizes "tex_width"
    model.Bytes("tex_rgb").Slice(sizes "tex_adr", size).ToArray()

/// The upper left parts of the faces of the sky were recorded; the rest is symmetric.
let private textures (file: Quantities) = [
    use models = new DmControlModels()
    use model = models.Take "cheetah"
    let sky, texels = texture model "skybox", Face * Face
    let isDotted = isDotted 123u (6 * texels)

    let check quantity (recorded: byte[]) (computed: byte[]) =
        file.Against exact quantity (Array.map float recorded) (Array.map float computed)

    check "grid" (file.Raw "grid") (texture model "grid")

    for face in 0..5 do
        let isUpOrDown = face = 2 || face = 3

        let name =
            if isUpOrDown then
                $"sky_face{face}_quadrant"
            else
                "sky_side_face_left_half"

        let recorded, shape = file.Raw name, file.Shape name
        let fold size i = if i < size then i else Face - 1 - i

        let expected =
            Array.init (3 * texels) (fun i ->
                let texel, channel = i / 3, i % 3
                let y, x = fold shape[0] (texel / Face), fold shape[1] (texel % Face)

                if isDotted[face * texels + texel] then
                    255uy
                else
                    recorded[3 * (y * shape[1] + x) + channel])

        check $"sky.face{face}" expected (Array.sub sky (3 * face * texels) (3 * texels))
]

let kinds: Kinds = [ "dmcontrol_frames/textures", textures; "dmcontrol_frames/", frames ]
