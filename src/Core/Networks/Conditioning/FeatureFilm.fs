/// Feature-wise linear modulation (Perez et al. 2018, arXiv:1709.07871), as in the paper: each feature of a layer is
/// scaled and shifted before the activation,
///
///   y = act(γ ∘ (x W + b) + β),   γ = 1 + z A + a,   β = z B + b′
///
/// with linear maps of the context z for each layer. `Film` is mtrl's layer of this name.
module internal MtrlFunctional.Networks.FeatureFilm

open MtrlFunctional.Tensors

/// γ and β of each task for the layer at `path`, [tasks; 1; units].
let modulation path (weights: Weights) (context: Tensor) =
    let both =
        Rows.flat (Dense.run (Parameter.join path "film") Dense.plain weights) context

    let units = Tensor.size 2 both / 2L
    1.0 +. Tensor.narrow 2 0L units both, Tensor.narrow 2 units units both

/// The stack at `path`, for an input of the given sizes.
let build path (sizes: InputSizes) (film: Layers) : Module =
    let last = List.length film.Hidden

    Film.stack path sizes film (fun i path (inputs, units) ->
        let run = Dense.run path Dense.plain

        let modulated weights context x =
            let scale, shift = modulation path weights context
            let y = Rows.flat (run weights) x .* scale .+ shift
            if i < last then Mlp.activate film.Activation y else y

        let parameters =
            Dense.parameters path inputs units
            @ Dense.parameters (Parameter.join path "film") sizes.Context (2 * units)

        parameters, modulated)
