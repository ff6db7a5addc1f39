/// Memory that a forward pass needs for the gradients.
module MtrlFunctional.Networks.Activations

let private units (layers: Layers) =
    float layers.Output + List.sumBy float layers.Hidden

/// Outputs of all layers for a row, in numbers. Those computed once for each task, not for each row, are
/// left out.
let rec perRow (sizes: InputSizes) spec : float =
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
    // Inputs of the gates, their gradient and that of the products; then gates and states.
    | Gru layer -> 15.0 * float layer.Units
    | UniformStart body
    | FromContext body
    | ForEachTask body -> perRow sizes body
    | Mlp layers
    | PerTask layers -> units layers
    | Composed composed -> units composed.Each
    | Hypernetwork hyper -> units hyper.Target
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
        units projected.Shared + 2.0 * float projected.Rank * float layers
    | Orthogonal orthogonal -> float orthogonal.Experts * units orthogonal.Expert
    | WithTaskEncoder(_, body) -> perRow sizes body
    | Chain parts ->
        let next (sizes: InputSizes) (_, part) =
            perRow sizes part, { sizes with Features = Network.width sizes part }

        parts |> List.mapFold next sizes |> fst |> List.sum
    | Custom layer -> layer.ActivationsPerRow sizes
