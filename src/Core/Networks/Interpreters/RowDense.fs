namespace MtrlFunctional.Networks

open MtrlFunctional.Tensors

/// What layers are read from.
type RowSource = {
    Tasks: int
    Weights: Weights
    /// Context of each task, [tasks; 1; width], if there is one.
    Context: Tensor option
    Precision: Precision
}

/// Dense layers of networks as expressions over rows.
module internal RowDense =
    let values (x: Tensor) = Ops.ToFloats(Ops.Contiguous x)

    /// Numbers of a shape of `rank` sizes; one more: a set for each task.
    let numbers rank (x: Tensor) : RowNumbers =
        let shape = Ops.Shape x |> Seq.map int |> Seq.toList

        let sets, shape =
            if shape.Length > rank then
                shape.Head, shape.Tail
            else
                1, shape

        { Shape = shape; Sets = sets; Values = values x }

    let zeros size : RowNumbers = { Shape = [ size ]; Sets = 1; Values = Array.zeroCreate size }

    /// The context as numbers of each task.
    let contextNumbers (context: Tensor) = numbers 1 (Ops.Squeeze(context, 1L))

    let weight (source: RowSource) path name =
        source.Weights[Parameter.join path name]

    let roundedTo16 (x: Tensor) =
        Ops.ToType(Ops.ToType(x, Numeric.BFloat16), Ops.NumericOf x)

    /// x W + b, for a weight [inputs; units] or [tasks; inputs; units].
    let affine isRounded (weight: Tensor) bias =
        RowLayer.Dense {
            Weight = numbers 2 (if isRounded then roundedTo16 weight else weight)
            Bias = bias
            IsRounded = isRounded
        }
        |> Row.apply

    /// x W.
    let product isRounded (weight: Tensor) =
        affine isRounded weight (zeros (int (Ops.Size(weight, 1))))

    let dense source path isRounded =
        affine isRounded (weight source path "weight") (numbers 1 (weight source path "bias"))

    let activate activation =
        Row.apply (RowLayer.Activate activation)

    /// A stack whose layer `i` is `layer i`; `after i` follows its activation.
    let stackThen after (layers: Layers) layer x =
        let step x i =
            let y = layer i x

            (if i < layers.Hidden.Length then
                 activate layers.Activation y
             else
                 y)
            |> after i

        List.fold step x [ 0 .. layers.Hidden.Length ]

    let stack = stackThen (fun _ -> id)

    /// A stack of dense layers at `path`, exact or of each task.
    let denseStack source path layers =
        stack layers (fun i -> dense source (Parameter.join path (string i)) false)

    /// As `Mlp`: layers between hidden layers are rounded.
    let mlp source path (layers: Layers) =
        let isRounded i =
            source.Precision = Precision.BFloat16 && 0 < i && i < layers.Hidden.Length

        stack layers (fun i -> dense source (Parameter.join path (string i)) (isRounded i))

    /// A stack whose layer `i` has the maps `map i` of the tasks: [tasks; inputs; units] and [tasks; units].
    let mapStack layers map =
        stack layers (fun i ->
            let weight, bias = map i
            affine false weight (numbers 1 bias))
