/// Layers that read the context of a row, such as that of a trial so far, as expressions over rows.
///
/// What depends on the task alone has one value a task and becomes numbers (`RowLayers`). The context of a row is a row
/// itself: parameters that follow from it are rows, and a dense layer with such parameters is a product of two rows.
module internal MtrlFunctional.Networks.RowContext

open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

let private sum rows =
    Row.applyAll (RowLayer.Sum(Array.create (List.length rows) 1f)) rows

/// A weight [sets; …] and an origin of the same numbers to an affine map of the coefficients, a row of […].
let private blend (sets: Tensor) (origin: Tensor) =
    affine
        (Tensor.reshape [| Tensor.size 0 sets; -1L |] sets)
        (numbers 1 (Tensor.reshape [| -1L |] origin))

/// As `FromContext`: the parameter p + M z.
let private own source z path =
    blend (weight source path "by_context") source.Weights[path] z

/// x W + b, for rows of W and b.
let private affineBy weight bias (x: Row) =
    sum [ Row.applyAll (RowLayer.Product x.Width) [ x; weight ]; bias ]

/// y g + s.
let private modulated y gain shift =
    sum [ Row.applyAll RowLayer.Multiply [ y; gain ]; shift ]

/// As `Film`.
let private film source path layers z =
    let modulate i y =
        modulated y (part (2 * i) 1 z) (part (2 * i + 1) 1 z)

    stackThen modulate layers (fun i -> dense source (Parameter.join path (string i)))

/// As `FeatureFilm`.
let private featureFilm source path layers z =
    let layer i x =
        let path = Parameter.join path (string i)
        let y: Row = dense source path x
        let both = dense source (Parameter.join path "film") z
        sum [ y; modulated y (part 0 y.Width both) (part y.Width y.Width both) ]

    stack layers layer

/// As `Gating`: mixture weights of the row.
let private gate source path experts (gate: Gate) z =
    let trunk = { Hidden = gate.Hidden; Output = experts; Activation = Relu }
    let at = Parameter.join (Experts.selectionPath path) "trunk"

    denseStack source at trunk z
    |> Row.apply (RowLayer.ScaleTask(single (float32 (1.0 / gate.Temperature)), single 0f))
    |> Row.apply (RowLayer.Softmax experts)

/// As `Hypernetwork`.
let private hypernetwork source path (hyper: HyperLayers) z =
    let h =
        match List.rev hyper.HypernetworkHidden with
        | [] -> z
        | last :: before ->
            let layers = { Hidden = List.rev before; Output = last; Activation = Relu }
            denseStack source (Parameter.join path "maker") layers z |> activate Relu

    stack hyper.Target (fun i ->
        let path = Parameter.join path (string i)

        let parameter name =
            blend (weight source (Parameter.join path "added") name) (weight source path name) h

        affineBy (parameter "weight") (parameter "bias"))

/// As `Composed`, with weights of the sets that follow from the context.
let private composed source path (composed: ComposedLayers) z =
    let w = own source z (Parameter.join path "task/weight")

    stack composed.Each (fun i ->
        let parameter name =
            let sets = weight source (Parameter.join path $"set/{i}") name
            blend sets (Tensor.zerosLike (Tensor.select 0 0L sets)) w

        affineBy (parameter "weight") (parameter "bias"))

/// u of `Projected`, from d and from d′ and o′ of the layer before.
let private withResidual source path residual d before =
    match residual, before with
    | NoResidual, _
    | _, None -> d
    | SumResidual, Some(d', o') -> sum [ d; d'; o' ]
    | LinearResidual, Some(d', o') ->
        Row.applyAll (RowLayer.Sum(values (weight source path "residual"))) [ d; d'; o' ]
    | ProjectResidual, Some(d', o') ->
        Row.applyAll RowLayer.Join [ d; d'; o' ]
        |> product (weight source path "residual")

/// A layer of `Projected` with the branch `task` of u, and what residuals of the next layer read.
let branched source path residual task (layer: Projected.LayerParts) x before =
    let through projection x =
        projection |> Option.fold (fun x map -> product map x) x

    let weight, bias = layer.Shared
    let d = through layer.Down x
    let o = task (withResidual source path residual d before)
    sum [ affine weight (numbers 1 bias) x; through layer.Up o ], Some(d, o)

/// As `Projected`, with branches that follow from the context.
let private projected source path (spec: ProjectedLayers) (z: Row) (x: Row) =
    let sizes = TrialContext.sizesOf x.Width z.Width
    let parts = Projected.parts path sizes spec source.Weights
    let last = parts.Length - 1

    let step (x, before) (i, layer) =
        let own name =
            own source z (Parameter.join path $"{i}/task/{name}")

        let task = affineBy (own "weight") (own "bias")
        let y, traces = branched source path spec.Residual task layer x before
        (if i < last then activate spec.Shared.Activation y else y), traces

    List.indexed parts |> List.fold step (x, None) |> fst

/// The output of a layer that reads the context `z` of the row x; none for a layer that reads none. An error is the reason
/// why it cannot be expressed so.
let tryRead (source: RowSource) path spec z x : Result<Row, string> option =
    match spec with
    | AppendContext -> Some(Ok(Row.applyAll RowLayer.Join [ x; z ]))
    | Film layers -> Some(Ok(film source path layers z x))
    | FeatureFilm layers -> Some(Ok(featureFilm source path layers z x))
    | SoftModules soft ->
        let read x = Row.applyAll RowLayer.Multiply [ x; z ]
        Some(Ok(RowExperts.softModules source path soft read x))
    | Mixture { Selection = Gated { TopK = Some _ } | Scored _ } ->
        Some(Error "experts that are chosen by the trial so far")
    | Mixture({ Selection = Gated gated } as mixture) ->
        Row.applyAll (RowLayer.Product mixture.Experts) [
            gate source path mixture.Experts gated z
            RowExperts.experts
                source
                (Parameter.join path "expert")
                mixture.Experts
                mixture.Expert
                x
        ]
        |> Ok
        |> Some
    | Hypernetwork hyper -> Some(Ok(hypernetwork source path hyper z x))
    | FromContext(Projected layers) -> Some(Ok(projected source path layers z x))
    | FromContext(Composed layers) -> Some(Ok(composed source path layers z x))
    | FromContext(Orthogonal layers) ->
        Row.applyAll (RowLayer.Product layers.Experts) [
            own source z (Parameter.join path "task/weight")
            RowExperts.orthonormal source path layers x
        ]
        |> Ok
        |> Some
    | FromContext _ -> Some(Error "own parameters that follow from the trial so far")
    | _ -> None
