/// Stacks of dense layers.
///
/// In bfloat16 only the layers between hidden layers are rounded: positions in millimetres and
/// values in tenths need more than the eight bits of its mantissa, so that the first layer and
/// the last are exact. They are a small part of the work.
module internal MtrlFunctional.Networks.Mlp

open MtrlFunctional.Tensors

let internal activate activation (x: Tensor) =
    match activation with
    | Relu -> Ops.Relu x
    | Tanh -> Ops.Tanh x

/// The stack at `path`, for an input of the given widths.
let build precision path (widths: InputSizes) (mlp: Layers) : Module =
    let last = List.length mlp.Hidden

    let isRounded i =
        precision = Precision.BFloat16 && 0 < i && i < last

    let paths = [ for i in 0..last -> Parameter.join path (string i) ]

    /// All in one step, with ReLU between them.
    let together (weights: Weights) x =
        let all name = [| for path in paths -> weights[Parameter.join path name] |]

        Ops.DenseStack(x, all "weight", all "bias", [| for i in 0..last -> isRounded i |])

    let oneByOne weights x =
        let step x (i, path) =
            let y = Dense.run path { Dense.plain with Rounded = isRounded i } weights x
            if i < last then activate mlp.Activation y else y

        paths |> List.indexed |> List.fold step x

    let run =
        match mlp.Activation with
        | Relu -> together
        | Tanh -> oneByOne

    {
        Parameters =
            Layers.sizes widths.Features mlp
            |> List.zip paths
            |> List.collect (fun (path, (inputs, units)) -> Dense.parameters path inputs units)
        Fixed = []
        Width = mlp.Output
        Run = fun weights signal -> Rows.flat (run weights) signal.Rows
    }
