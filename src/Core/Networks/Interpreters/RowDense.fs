namespace MtrlFunctional.Networks

open MtrlFunctional.Tensors

/// The parameters that layers are made from.
type RowSource = {
    Tasks: int
    Weights: Weights
    /// Context of each task, [tasks; 1; width], if there is one.
    Context: Tensor option
}

/// Dense layers of networks as expressions over rows.
module internal RowDense =
    let values (x: Tensor) = Tensor.toFloats (Tensor.contiguous x)

    /// Numbers of a shape of `rank` sizes; one more: a set for each task.
    let numbers rank (x: Tensor) : RowNumbers =
        let shape = Tensor.shape x |> Seq.map int |> Seq.toList

        let sets, shape =
            if shape.Length > rank then
                shape.Head, shape.Tail
            else
                1, shape

        { Shape = shape; Sets = sets; Values = values x }

    let zeros size : RowNumbers = { Shape = [ size ]; Sets = 1; Values = Array.zeroCreate size }

    /// One number for all features.
    let single value : RowNumbers = { Shape = []; Sets = 1; Values = [| value |] }

    /// The context as numbers of each task.
    let contextNumbers (context: Tensor) = numbers 1 (Tensor.squeeze 1 context)

    let weight (source: RowSource) path name =
        source.Weights[Parameter.join path name]

    /// Features first … first + count − 1.
    let part first count = Row.apply (RowLayer.Keep(first, count))

    /// x W + b, for a weight [inputs; units] or [tasks; inputs; units].
    let affine (weight: Tensor) bias =
        Row.apply (RowLayer.Dense { Weight = numbers 2 weight; Bias = bias })

    /// x W.
    let product (weight: Tensor) =
        affine weight (zeros (int (Tensor.size 1 weight)))

    let dense source path =
        affine (weight source path "weight") (numbers 1 (weight source path "bias"))

    /// Gated recurrent units at `path`, as `Gru`.
    let gru source path (x: Row) =
        let input, state = Parameter.join path "input", Parameter.join path "state"

        x
        |> Row.apply (
            RowLayer.Remember {
                Input = {
                    Weight = numbers 2 (weight source input "weight")
                    Bias = numbers 1 (weight source input "bias")
                }
                State = numbers 2 (weight source state "weight")
                Bias = numbers 1 (weight source state "bias")
            }
        )

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

    /// A stack of dense layers at `path`, one for all tasks or one for each.
    let denseStack source path layers =
        stack layers (fun i -> dense source (Parameter.join path (string i)))

    /// A stack whose layer `i` has the maps `map i` of the tasks: [tasks; inputs; units] and [tasks; units].
    let mapStack layers map =
        stack layers (fun i ->
            let weight, bias = map i
            affine weight (numbers 1 bias))
