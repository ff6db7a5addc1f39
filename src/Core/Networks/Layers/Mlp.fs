namespace MtrlFunctional.Networks

open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

/// Stacks of dense layers.
///
/// In bfloat16 only the layers between hidden layers are rounded. Positions in millimetres and values in
/// tenths need more than its eight bits of mantissa, so the first layer and the last are exact; they
/// are a small part of the work.
module internal Mlp =
    /// The stack at `path`, for an input of the given sizes.
    let build precision path (sizes: InputSizes) (mlp: Layers) : Module =
        let last = List.length mlp.Hidden

        let isRounded i =
            precision = Precision.BFloat16 && 0 < i && i < last

        let paths = [ for i in 0..last -> Parameter.join path (string i) ]

        /// All layers as one recorded step, with ReLU between them.
        let fused (weights: Weights) x =
            let tensors name = [| for path in paths -> weights[Parameter.join path name] |]

            DenseLayers.Stack(
                x,
                tensors "weight",
                tensors "bias",
                [| for i in 0..last -> isRounded i |]
            )

        let layerByLayer weights x =
            let step x (i, path) =
                let y = Dense.run path { Dense.plain with Rounded = isRounded i } weights x
                if i < last then Activate.run mlp.Activation y else y

            paths |> List.indexed |> List.fold step x

        let run =
            match mlp.Activation with
            | Relu -> fused
            | Tanh -> layerByLayer

        {
            Parameters =
                Layers.sizes sizes.Features mlp
                |> List.zip paths
                |> List.collect (fun (path, (inputs, units)) -> Dense.parameters path inputs units)
            Fixed = []
            Width = mlp.Output
            Run = fun weights input -> Rows.flat (run weights) input.Rows
        }

    /// The stack of these layers.
    [<CompiledName("Layer")>]
    let rec layer (layers: Layers) : Spec = {
        Spec.Of("Mlp", [ layers ], fun precision path sizes -> build precision path sizes layers) with
            Describe = fun _ sizes -> Layers.describe sizes.Features layers
            ActivationsPerRow = fun _ _ -> Layers.units layers
            OnRow = fun source path row -> Ok(denseStack source path layers row)
            Separate = fun () -> Some(PerTask.layer layers)
            Activated = Some(fun activation -> layer { layers with Activation = activation })
            Normalised = Some(fun isFollowed -> normalised isFollowed layers)
            Dense = Some(DenseStep.ofLayers DenseOwner.All layers)
    }

    /// The layers one by one, with layer normalisation before each activation.
    and private normalised isFollowed (layers: Layers) : Spec =
        Chain.layer [
            for i, units in List.indexed layers.Hidden do
                $"{i}", layer { layers with Hidden = []; Output = units }
                $"{i}/norm", LayerNorm.layer
                $"{i}/activation", Activate.layer layers.Activation
            $"{layers.Hidden.Length}", layer { layers with Hidden = [] }
            if isFollowed then
                "norm", LayerNorm.layer
        ]
