namespace MtrlFunctional.Networks

open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

/// Layer normalisation (Ba, Kiros and Hinton 2016, arXiv:1607.06450): the features of each row get
/// mean 0 and variance 1, then a learned gain and shift of each feature.
module internal LayerNorm =
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

    let private rowsOf source path row =
        let at name = numbers 1 (weight source path name)
        Ok(Row.apply (RowLayer.Normalise(at "gain", at "shift")) row)

    let rec private create () : Spec = {
        Spec.Of("LayerNorm", [], fun _ path sizes -> build path sizes) with
            Describe = fun _ _ -> "layer normalisation"
            OnRow = rowsOf
            Separate = fun () -> Some(ForEachTask.layer (create ()))
            Dense = Some [ DenseStep.Normalise ]
    }

    /// The layer.
    let layer = create ()
