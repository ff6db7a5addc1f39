namespace MtrlFunctional.Networks

open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

/// Feature-wise linear modulation (Perez et al. 2018, arXiv:1709.07871), as in the paper: each feature of a layer is
/// scaled and shifted before the activation,
///
///   y = act(γ ∘ (x W + b) + β),   γ = 1 + z A + a,   β = z B + b′
///
/// with linear maps of the context z for each layer. `Film` is mtrl's layer of this name.
module internal FeatureFilm =
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
                if i < last then Activate.run film.Activation y else y

            let parameters =
                Dense.parameters path inputs units
                @ Dense.parameters (Parameter.join path "film") sizes.Context (2 * units)

            parameters, modulated)

    let private rowsOf layers source path row =
        let layer i x =
            let path = Parameter.join path (string i)
            let y: Row = dense source path x

            match source.RowContext with
            | Some z ->
                let both = dense source (Parameter.join path "film") z
                sum [ y; modulated y (part 0 y.Width both) (part y.Width y.Width both) ]
            | None ->
                let scale, shift = modulation path source.Weights (contextOf source "FiLM")
                Row.apply (RowLayer.ScaleTask(contextNumbers scale, contextNumbers shift)) y

        Ok(RowDense.stack layers layer row)

    /// As `Film`, with two numbers for each feature, computed from the context.
    let layer (layers: Layers) : Spec = {
        Spec.Of("FeatureFilm", [ layers ], fun _ path sizes -> build path sizes layers) with
            Errors = fun sizes -> SpecError.readsContext ContextReader.Film sizes []
            Describe =
                fun _ sizes ->
                    $"{Layers.describe sizes.Features layers}, each feature scaled and shifted by the task encoding"
            UsesTask = true
            ActivationsPerRow = fun _ _ -> 3.0 * Layers.units layers
            OnRow = rowsOf layers
    }
