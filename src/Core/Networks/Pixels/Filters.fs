/// Parameters of stacked convolutions.
module internal MtrlFunctional.Networks.Filters

open MtrlFunctional.Tensors

let private paths path i =
    let layer = Parameter.join path (string (i: int))
    Parameter.join layer "weight", Parameter.join layer "bias"

/// Weight [a; b; 3; 3] and bias [units] of layer `i`.
let parameters path i (a: int) (b: int) (units: int) =
    let weight, bias = paths path i
    let shape = [ int64 a; int64 b; int64 PixelLayers.Filter; int64 PixelLayers.Filter ]

    [
        Parameter.shared weight shape DeltaOrthogonal
        Parameter.shared bias [ int64 units ] Zeros
    ]

/// The weights and the biases of `count` layers, in order.
let tensors path count (weights: Weights) =
    Array.init count (fun i ->
        let weight, bias = paths path i
        weights[weight], weights[bias])
    |> Array.unzip

/// [n; channels · side²] to square images [n; channels; side; side], in memory with the channels of a pixel side by side:
/// so oneDNN's gradients take half the time.
let images channels (rows: Tensor) =
    let side =
        int64 (round (sqrt (float (Tensor.size 1 rows) / float (channels: int64))))

    (Tensor.reshape [| Tensor.size 0 rows; channels; side; side |] rows)
        .permute(0L, 2L, 3L, 1L)
        .contiguous()
        .permute(0L, 3L, 1L, 2L)

/// Channels in multiples of which convolutions are computed.
[<Literal>]
let private Block = 16L

/// Zeros behind the channels, which are dimension `at`, up to a whole number of blocks. With other numbers of filters, oneDNN's
/// gradients on processors with AVX-512 are NaN at times: they depend on memory behind the last channel (libtorch 2.10).
let padded at (x: Tensor) =
    match Tensor.size at x % Block with
    | 0L -> x
    | over ->
        let shape =
            Tensor.shape x |> Array.mapi (fun i n -> if i = at then Block - over else n)

        Tensor.cat at [| x; Draw.constant (TensorOptions.ofTensor x) 0.0 shape |]

/// Images without the channels that `padded` added to `channels` of them.
let unpadded (channels: int64) (images: Tensor) =
    if Tensor.size 1 images = channels then
        images
    else
        Tensor.narrow 1 0L channels images

/// Images to rows.
let rows (images: Tensor) =
    Tensor.reshape [| Tensor.size 0 images; -1L |] images
