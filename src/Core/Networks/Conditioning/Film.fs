namespace MtrlFunctional.Networks

open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

/// Feature-wise linear modulation (Perez et al. 2018, arXiv:1709.07871): the output of each layer is
/// scaled and shifted by the context.
///
/// As in mtrl, one scale and one shift for all features of a layer: entries 2l and 2l + 1 of the
/// context for layer l, applied after its activation.
module internal Film =
    /// Entries of the context that a stack of these layers reads.
    let contextWidth (layers: Layers) = 2 * (List.length layers.Hidden + 1)

    /// A stack at `path` whose layers read the context. A layer is its parameters, and its output from weights, context and
    /// rows; `layer` makes it from its number, its path, and its inputs and units.
    let stack path (sizes: InputSizes) (film: Layers) layer : Module =
        let layers =
            Layers.sizes sizes.Features film
            |> List.mapi (fun i size -> layer i (Parameter.join path (string i)) size)

        {
            Parameters = List.collect fst layers
            Fixed = []
            Width = film.Output
            Run =
                fun weights input ->
                    let context = NetworkInput.context input
                    let y = List.fold (fun x (_, run) -> run weights context x) input.Rows layers
                    if input.IsConstant then Tensor.detach y else y
        }

    /// The stack at `path`, for an input of the given sizes.
    let build path (sizes: InputSizes) (film: Layers) : Module =
        let last = List.length film.Hidden

        stack path sizes film (fun i path (inputs, units) ->
            let run = Dense.run path Dense.plain

            let modulated weights context x =
                let y = Rows.flat (run weights) x
                let y = if i < last then Activate.run film.Activation y else y

                let entry k =
                    Tensor.narrow 2 (int64 (2 * i + k)) 1L context

                y .* entry 0 .+ entry 1

            Dense.parameters path inputs units, modulated)

    let private rowsOf layers source path row =
        let modulate =
            match source.RowContext with
            | Some z -> fun i y -> modulated y (part (2 * i) 1 z) (part (2 * i + 1) 1 z)
            | None ->
                let context = contextOf source "FiLM"

                let entry k =
                    Tensor.reshape [| -1L |] (Tensor.narrow 2 (int64 k) 1L context) |> numbers 0

                fun i -> Row.apply (RowLayer.ScaleTask(entry (2 * i), entry (2 * i + 1)))

        Ok(stackThen modulate layers (fun i -> dense source (Parameter.join path (string i))) row)

    /// Layers whose outputs are scaled and shifted by the context, with two numbers for each layer.
    let layer (layers: Layers) : Spec = {
        Spec.Of("Film", [ layers ], fun _ path sizes -> build path sizes layers) with
            Errors =
                fun sizes ->
                    let needed = contextWidth layers

                    SpecError.NarrowContext(sizes.Context, needed)
                    |> SpecError.unless (sizes.Context >= needed)
                    |> SpecError.readsContext ContextReader.Film sizes
            Describe =
                fun _ sizes ->
                    $"{Layers.describe sizes.Features layers}, scaled and shifted by the task encoding"
            UsesTask = true
            ActivationsPerRow = fun _ _ -> 2.0 * Layers.units layers
            OnRow = rowsOf layers
    }
