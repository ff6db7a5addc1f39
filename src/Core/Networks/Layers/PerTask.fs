namespace MtrlFunctional.Networks

open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

/// A stack of layers for each task, in one batched product per layer: the rows of a task are multiplied
/// with its weights alone. The original computes the heads of all tasks for every row and masks.
module PerTask =
    /// The stacks at `path`: weights [tasks; inputs; units].
    let internal build path (sizes: InputSizes) (stack: Layers) : Module =
        let layers =
            Layers.sizes sizes.Features stack
            |> List.mapi (fun i (inputs, units) ->
                Dense.perTask
                    (Parameter.join path (string i))
                    XavierUniform
                    sizes.Tasks
                    inputs
                    units)

        let paths = [| for layer in layers -> [| for parameter in layer -> parameter.Path |] |]

        {
            Parameters = List.concat layers
            Fixed = []
            Width = stack.Output
            Run =
                fun weights input ->
                    let layer i =
                        weights[paths[i][0]], weights[paths[i][1]]

                    Blend.run stack layer input.Rows
        }

    /// A stack for each task: heads, or whole networks.
    [<CompiledName("Layer")>]
    let rec layer (layers: Layers) : Spec = {
        Spec.Of("PerTask", [ layers ], fun _ path sizes -> build path sizes layers) with
            Describe =
                fun owners sizes -> $"for each {owners}: {Layers.describe sizes.Features layers}"
            ActivationsPerRow = fun _ _ -> Layers.units layers
            // A layer for each task has the parameters of a shared one, [tasks; …].
            OnRow = fun source path row -> Ok(denseStack source path layers row)
            Separate = fun () -> Some(layer layers)
            Activated = Some(fun activation -> layer { layers with Activation = activation })
            Dense = Some(DenseStep.ofLayers DenseOwner.Task layers)
    }
