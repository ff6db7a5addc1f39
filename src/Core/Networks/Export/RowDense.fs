namespace MtrlFunctional.Networks

open MtrlFunctional.Tensors

/// The parameters that layers are made from.
type RowSource = {
    Tasks: int
    Weights: Weights
    /// Context of each task, [tasks; 1; width], if there is one.
    Context: Tensor option
    /// Context of the row itself, as of a trial so far, if there is one: layers read it in the place of the task's.
    RowContext: Row option
}

/// The parameters that layers are made from.
module internal RowSource =
    /// Of so many tasks; with the context of each task, [tasks; 1; width].
    let ofTasks tasks context weights : RowSource = {
        Tasks = tasks
        Weights = weights
        Context = context
        RowContext = None
    }

/// Dense layers of networks as expressions over rows.
module RowDense =
    /// The numbers of a tensor, row-major.
    let internal values (x: Tensor) = Tensor.toFloats (Tensor.contiguous x)

    /// Numbers of a shape of `rank` sizes; one more: a set for each task.
    let internal numbers rank (x: Tensor) : RowNumbers =
        let shape = Tensor.shape x |> Seq.map int |> Seq.toList

        let sets, shape =
            if shape.Length > rank then
                shape.Head, shape.Tail
            else
                1, shape

        { Shape = shape; Sets = sets; SetOf = []; Values = values x }

    /// As many zeros.
    let zeros size : RowNumbers = {
        Shape = [ size ]
        Sets = 1
        SetOf = []
        Values = Array.zeroCreate size
    }

    /// One number for all features.
    let internal single value : RowNumbers = {
        Shape = []
        Sets = 1
        SetOf = []
        Values = [| value |]
    }

    /// The context as numbers of each task.
    let contextNumbers (context: Tensor) = numbers 1 (Tensor.squeeze 1 context)

    /// The parameter of a name at a path.
    let internal weight (source: RowSource) path name =
        source.Weights[Parameter.join path name]

    /// Features first … first + count − 1.
    let internal part first count = Row.apply (RowLayer.Keep(first, count))

    /// x W + b, for a weight [inputs; units] or [tasks; inputs; units].
    let internal affine (weight: Tensor) bias =
        Row.apply (RowLayer.Dense { Weight = numbers 2 weight; Bias = bias })

    /// x W.
    let internal product (weight: Tensor) =
        affine weight (zeros (int (Tensor.size 1 weight)))

    /// The dense layer at a path, for all tasks or for each.
    let internal dense source path =
        affine (weight source path "weight") (numbers 1 (weight source path "bias"))

    /// A function of each feature.
    let internal activate activation =
        Row.apply (RowLayer.Activate activation)

    /// A stack whose layer `i` is `layer i`; `after i` follows its activation.
    let internal stackThen after (layers: Layers) layer x =
        let step x i =
            let y = layer i x

            (if i < layers.Hidden.Length then
                 activate layers.Activation y
             else
                 y)
            |> after i

        List.fold step x [ 0 .. layers.Hidden.Length ]

    /// A stack whose layer `i` is `layer i`.
    let internal stack = stackThen (fun _ -> id)

    /// A stack of dense layers at `path`, one for all tasks or one for each.
    let internal denseStack source path layers =
        stack layers (fun i -> dense source (Parameter.join path (string i)))

    /// A stack whose layer `i` has the maps `map i` of the tasks: [tasks; inputs; units] and [tasks; units].
    let internal mapStack layers map =
        stack layers (fun i ->
            let weight, bias = map i
            affine weight (numbers 1 bias))

    /// `count` parallel stacks of the same input at `path`, the results one behind the other.
    let internal parallelStacks source path count layers x =
        let expert e =
            let own (x: Tensor) =
                Tensor.squeeze 0 (Tensor.narrow 0 (int64 e) 1L x)

            let layer i =
                let at name =
                    own (weight source (Parameter.join path (string i)) name)

                affine (at "weight") (numbers 1 (at "bias"))

            stack layers layer x

        Row.applyAll RowLayer.Join [ for e in 0 .. count - 1 -> expert e ]

    /// The context. Raises ArgumentException if there is none; `reader` reads it.
    let internal contextOf (source: RowSource) reader =
        match source.Context with
        | Some context -> context
        | None -> invalidArg (nameof source) $"{reader} reads a context, and there is none."

    /// The sum of rows.
    let internal sum rows =
        Row.applyAll (RowLayer.Sum(Array.create (List.length rows) 1f)) rows

    /// y g + s.
    let internal modulated y gain shift =
        sum [ Row.applyAll RowLayer.Multiply [ y; gain ]; shift ]

    /// x W + b, for rows of W and b.
    let internal affineBy weight bias (x: Row) =
        sum [ Row.applyAll (RowLayer.Product x.Width) [ x; weight ]; bias ]

    /// Σ cₖ setₖ + origin as a row, for a row of coefficients c; sets: [coefficients; …].
    let internal blend (sets: Tensor) (origin: Tensor) =
        affine
            (Tensor.reshape [| Tensor.size 0 sets; -1L |] sets)
            (numbers 1 (Tensor.reshape [| -1L |] origin))
