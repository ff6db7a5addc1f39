/// Layer normalisation (Ba, Kiros and Hinton 2016, arXiv:1607.06450): the features of each row get
/// mean 0 and variance 1, then a learned gain and shift of each feature.
module internal MtrlFunctional.Networks.LayerNorm

open MtrlFunctional.Tensors

/// Added to the variance, so that a row of equal features has a finite gradient.
[<Literal>]
let Epsilon = 1e-5

/// The parameters and the function at `path`, for an input of the given sizes.
let build path (sizes: InputSizes) : Module =
    let gain, shift = Parameter.join path "gain", Parameter.join path "shift"
    let shape = [ int64 sizes.Features ]

    let run (weights: Weights) (input: NetworkInput) =
        Tensor.layerNorm Epsilon weights[gain] weights[shift] input.Rows

    {
        Parameters = [ Parameter.shared gain shape Ones; Parameter.shared shift shape Zeros ]
        Fixed = []
        Width = sizes.Features
        Run = run
    }
