/// Feature-wise linear modulation (Perez et al. 2018, arXiv:1709.07871): the output of each layer is
/// scaled and shifted by the context.
///
/// As in mtrl, one scale and one shift for all features of a layer: entries 2l and 2l + 1 of the
/// context for layer l, applied after its activation.
module internal MtrlFunctional.Networks.Film

open MtrlFunctional.Tensors

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
                List.fold (fun x (_, run) -> run weights context x) input.Rows layers
    }

/// The stack at `path`, for an input of the given sizes.
let build path (sizes: InputSizes) (film: Layers) : Module =
    let last = List.length film.Hidden

    stack path sizes film (fun i path (inputs, units) ->
        let run = Dense.run path Dense.plain

        let modulated weights context x =
            let y = Rows.flat (run weights) x
            let y = if i < last then Mlp.activate film.Activation y else y

            let entry k =
                Tensor.narrow 2 (int64 (2 * i + k)) 1L context

            y .* entry 0 .+ entry 1

        Dense.parameters path inputs units, modulated)
