/// Images as rows of features: channels first, each channel row by row.
module internal MtrlFunctional.Networks.Images

open MtrlFunctional.Tensors

/// [tasks; rows; channels · side · side] to [tasks · rows; channels; side; side].
let ofRows side (x: Tensor) =
    let count = Ops.Size(x, 0) * Ops.Size(x, 1)
    Ops.Reshape(x, [| count; -1L; int64 (side: int); int64 side |])

/// [tasks · rows; channels; side; side] to [tasks; rows; channels · side · side].
let toRows tasks (images: Tensor) =
    let shape = Ops.Shape images
    Ops.Reshape(images, [| tasks; shape[0] / tasks; shape[1] * shape[2] * shape[3] |])

/// Weight and bias of layer `i`; a weight of shape [a; b; 3; 3].
let parameters path i (a: int) (b: int) (units: int) =
    let layer = Parameter.join path (string i)
    let filter = int64 PixelLayers.Filter

    [
        Parameter.shared
            (Parameter.join layer "weight")
            [ int64 a; int64 b; filter; filter ]
            DeltaOrthogonal
        Parameter.shared (Parameter.join layer "bias") [ int64 units ] Zeros
    ]

/// The weight and the bias of each of `count` layers, in order.
let layers path count (weights: Weights) = [
    for i in 0 .. count - 1 ->
        let layer = Parameter.join path (string i)
        weights[Parameter.join layer "weight"], weights[Parameter.join layer "bias"]
]
