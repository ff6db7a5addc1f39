/// Memory that a forward pass needs for the gradients.
module MtrlFunctional.Networks.Activations

let private units (layers: Layers) =
    float layers.Output + List.sumBy float layers.Hidden

/// As `perRow`; `isByRow`: each row is a task of its own, so that sums of sets of parameters are sums of products.
let rec private numbers isByRow (sizes: InputSizes) spec : float =
    let perRow = numbers isByRow

    match spec with
    | Identity
    | TaskTable _
    | PaddedTable _
    | FixedTable _ -> 0.0
    | Activate _
    | Normalise -> float sizes.Features
    | AppendContext -> float (sizes.Features + sizes.Context)
    // The pixels as numbers, too.
    | Convolutions layers ->
        float sizes.Features
        + List.sumBy
            (fun side -> float (layers.Filters * side * side))
            (PixelLayers.sides layers.Layers)
    | Deconvolutions layers ->
        // From the smallest image to the largest; the first is the input.
        let hidden = PixelLayers.sides (layers.Layers - 1)

        float (layers.Channels * PixelLayers.frame)
        + List.sumBy (fun side -> float (layers.Filters * side * side)) hidden
    // Inputs of the gates, their gradient and the products' gradient; then gates and states.
    | Gru layer -> 15.0 * float layer.Units
    | TrialEncoder encoder ->
        15.0 * float encoder.Memory.Units
        + units encoder.Encoding
        + float (TrialContext.width encoder)
    | ReadTrial(encoder, body) -> numbers true (TrialContext.sizes encoder) body
    | UniformStart body
    | HeStart(_, body)
    | FromContext body
    | PerGroup(_, body)
    | ForEachTask body -> perRow sizes body
    | Mlp layers
    | PerTask layers -> units layers
    | Composed composed ->
        if isByRow then
            float (1 + composed.Sets) * units composed.Each
        else
            units composed.Each
    | Hypernetwork hyper ->
        if isByRow then
            let sets =
                List.tryLast hyper.HypernetworkHidden |> Option.defaultValue sizes.Context

            float (1 + sets) * units hyper.Target
        else
            units hyper.Target
    | Film layers -> 2.0 * units layers
    | FeatureFilm layers -> 3.0 * units layers
    | Mixture mixture ->
        match mixture.Selection with
        | OneToOne -> units mixture.Expert
        | Ensemble
        | Clusters _
        | Gated _ ->
            float mixture.Experts * List.sumBy float mixture.Expert.Hidden
            + float mixture.Expert.Output
        | Scored _ -> float mixture.Experts * (units mixture.Expert + float mixture.Expert.Output)
    | SoftModules soft ->
        float soft.Modules * float (soft.Units + soft.Modules + soft.Output)
        + float soft.Units
    | Projected projected ->
        let layers = 1 + projected.Shared.Hidden.Length
        let rank = float projected.Rank
        // Maps of each task.
        let maps = if isByRow then rank * (rank + 1.0) else 0.0
        units projected.Shared + (2.0 * rank + maps) * float layers
    | Orthogonal orthogonal -> float orthogonal.Experts * units orthogonal.Expert
    | WithTaskEncoder(_, body) -> perRow sizes body
    | Chain parts ->
        let next (sizes: InputSizes) (_, part) =
            perRow sizes part, { sizes with Features = Network.width sizes part }

        parts |> List.mapFold next sizes |> fst |> List.sum
    | Custom layer -> CustomLayer.activationsPerRow layer sizes

/// Outputs of all layers for a row, in numbers. Those computed once for each task, not for each row, are
/// left out.
let perRow (sizes: InputSizes) spec : float = numbers false sizes spec
