/// Random matrices with orthonormal rows or columns, for initial values.
module internal MtrlFunctional.Tensors.Orthonormal

let private dot (x: float[]) (y: float[]) =
    Array.fold2 (fun sum a b -> sum + a * b) 0.0 x y

let private minus (x: float[]) factor (y: float[]) =
    Array.map2 (fun a b -> a - factor * b) x y

/// Gram–Schmidt, twice, so that rounding leaves no component along the vectors before.
let private orthonormalise (vectors: float[][]) =
    let next found vector =
        let reduced =
            found @ found |> List.fold (fun x unit -> minus x (dot x unit) unit) vector

        let length = sqrt (dot reduced reduced)
        found @ [ Array.map (fun x -> x / length) reduced ]

    Array.fold next [] vectors |> List.toArray

/// Rows × columns, uniformly distributed among the matrices whose rows (columns, where these are fewer) are
/// orthonormal.
let draw key rows columns : float[][] =
    let short, long = min rows columns, max rows columns

    let double = { ScalarType = ScalarType.Float64; Device = Libtorch.Cpu }
    use normal = Draw.normal double key [| int64 short; int64 long |]

    let vectors = Tensor.toDoubles normal |> Array.chunkBySize long |> orthonormalise
    if rows <= columns then vectors else Array.transpose vectors

/// The numbers of [a; b; k; k]: 0 except at the centre of k × k, where they are √2 `draw key a b`. The gain √2
/// is for a layer before a ReLU.
let centreTap key (shape: int64[]) : float[] =
    let rows, columns, taps = int shape[0], int shape[1], int (shape[2] * shape[3])
    let matrix = draw key rows columns
    let numbers = Array.zeroCreate (rows * columns * taps)

    for i in 0 .. rows - 1 do
        for j in 0 .. columns - 1 do
            numbers[(i * columns + j) * taps + taps / 2] <- sqrt 2.0 * matrix[i][j]

    numbers
