/// Feature-wise linear modulation (Perez et al. 2018, arXiv:1709.07871): the output of each layer is
/// scaled and shifted by what is known of the task.
///
/// As mtrl has it, one scale and one shift for all features of a layer: layer l takes the numbers
/// 2l and 2l + 1 of the context, after its activation.
module internal MtrlFunctional.Networks.Film

open MtrlFunctional.Tensors

/// Numbers of the context that a stack of these layers reads.
let contextWidth (layers: Layers) = 2 * (List.length layers.Hidden + 1)

/// The stack at `path`, for an input of the given widths.
let build path (widths: InputSizes) (film: Layers) : Module =
    let last = List.length film.Hidden

    let layers =
        Layers.sizes widths.Features film
        |> List.mapi (fun i (inputs, units) ->
            let path = Parameter.join path (string i)
            let run = Dense.run path Dense.plain

            let modulated weights context x =
                let y = Rows.flat (run weights) x
                let y = if i < last then Mlp.activate film.Activation y else y

                let number k =
                    Ops.Narrow(context, 2L, int64 (2 * i + k), 1L)

                y .* number 0 .+ number 1

            Dense.parameters path inputs units, modulated)

    {
        Parameters = List.collect fst layers
        Fixed = []
        Width = film.Output
        Run =
            fun weights signal ->
                let context = NetworkInput.context signal
                List.fold (fun x (_, run) -> run weights context x) signal.Rows layers
    }
