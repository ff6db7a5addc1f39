/// Layer normalisation (Ba, Kiros and Hinton 2016, arXiv:1607.06450): the features of each row get
/// mean 0 and variance 1, then a learned gain and shift of each feature.
module internal MtrlFunctional.Networks.LayerNorm

open MtrlFunctional.Tensors

/// Below the root, so that a row of equal features has a gradient.
let private epsilon = 1e-5

/// The parameters and the function at `path`, for an input of the given widths.
let build path (widths: InputSizes) : Module =
    let gain, shift = Parameter.join path "gain", Parameter.join path "shift"
    let size = [ int64 widths.Features ]

    let run (weights: Weights) (signal: NetworkInput) =
        Ops.LayerNorm(signal.Rows, weights[gain], weights[shift], epsilon)

    {
        Parameters = [ Parameter.shared gain size Ones; Parameter.shared shift size Zeros ]
        Fixed = []
        Width = widths.Features
        Run = run
    }
