/// Compares the textures that the engine generates for DeepMind Control with recorded ones: the grid
/// of the floor, and the sky with its dots.
///
/// Reading order: Dots.isMarked → mirrored → verify.
module internal MtrlFunctional.Verification.DmControlTextures

open MtrlFunctional.Environments
open MtrlFunctional.Physics
open MtrlFunctional.Storage

/// The generator `rand` of glibc, which places the dots: an additive lagged Fibonacci sequence.
module private Dots =
    let private lag, state, discarded = 31, 34, 310

    /// Whether each of `count` texels has a dot: one draw a texel, which is below 1 % of the range.
    let isMarked seed count =
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

        Array.init count (fun i ->
            float (numbers[state + discarded + i] >>> 1) / 2147483647.0 < 0.01)

/// Texels a side of a face of the sky.
[<Literal>]
let private Face = 800

/// A texel of a face of which the upper left part was recorded; the rest is symmetric.
let private mirrored (recorded: byte[]) height width y x channel =
    let fold size i = if i < size then i else Face - 1 - i
    recorded[3 * (fold height y * width + fold width x) + channel]

/// The faces of the sky by the names of their recorded parts.
let private faces = [
    for face in 0..5 do
        match face with
        | 2
        | 3 -> $"sky_face{face}_quadrant"
        | _ -> "sky_side_face_left_half"
]

let private texture (model: Model) name =
    let id = model.Id(ElementKind.Texture, name)
    let sizes array = model.Ints(array).[id]
    let size = 3 * sizes "tex_height" * sizes "tex_width"
    model.Bytes("tex_rgb").Slice(sizes "tex_adr", size).ToArray()

/// All comparisons of the file.
let verify (file: SafetensorsFile) : Check list =
    use models = new DmControlModels()
    use model = models.Take "cheetah"
    let sky = texture model "skybox"
    let texels = Face * Face
    let isMarked = Dots.isMarked 123u (faces.Length * texels)

    let check quantity (recorded: byte[]) (computed: byte[]) =
        Check.absolute file.Path 0.0 quantity (Array.map float recorded) (Array.map float computed)

    [
        check "grid" (file.Raw "grid") (texture model "grid")
        for face, part in List.indexed faces do
            let recorded, shape = file.Raw part, (file.Tensor part).Shape
            let height, width = int shape[0], int shape[1]

            let expected =
                Array.init (3 * texels) (fun i ->
                    let texel, channel = i / 3, i % 3

                    if isMarked[face * texels + texel] then
                        255uy
                    else
                        mirrored recorded height width (texel / Face) (texel % Face) channel)

            check $"sky.face{face}" expected (Array.sub sky (3 * face * texels) (3 * texels))
    ]
