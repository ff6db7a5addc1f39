/// A stack of layers for each task, in one batched product per layer: the rows of a task are multiplied
/// with its weights alone. The original computes the heads of all tasks for every row and masks.
module internal MtrlFunctional.Networks.PerTask

open MtrlFunctional.Tensors

/// The stacks at `path`: weights [tasks; inputs; units].
let build path (sizes: InputSizes) (stack: Layers) : Module =
    let last = List.length stack.Hidden

    let layers =
        Layers.sizes sizes.Features stack
        |> List.mapi (fun i (inputs, units) ->
            let path = Parameter.join path (string i)
            let relu = i < last && stack.Activation = Relu
            let dense = Dense.run path { Dense.plain with Relu = relu }

            let run =
                if i < last && not relu then
                    fun weights x -> dense weights x |> Mlp.activate stack.Activation
                else
                    dense

            Dense.perTask path XavierUniform sizes.Tasks inputs units, run)

    {
        Parameters = List.collect fst layers
        Fixed = []
        Width = stack.Output
        Run = fun weights input -> List.fold (fun x (_, run) -> run weights x) input.Rows layers
    }
