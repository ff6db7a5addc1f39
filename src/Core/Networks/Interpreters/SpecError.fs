namespace MtrlFunctional.Networks

/// A part of a network that reads the context, which is the task encoding.
[<RequireQualifiedAccess>]
type ContextReader =
    /// The weights of experts.
    | Mixture
    | Film
    | SoftModules
    | Hypernetwork
    /// Parameters of tasks that are functions of the context.
    | TaskParameters

/// Why a spec describes no network for its input.
[<RequireQualifiedAccess>]
type SpecError =
    /// The part reads the context, and there is none.
    | NoContext of ContextReader
    /// FiLM layers read `Needed` entries of the context, which has fewer.
    | NarrowContext of Width: int * Needed: int
    /// Soft modules multiply features and context element by element.
    | UnequalWidths of Features: int * Context: int
    /// The selection of a mixture is of another number of experts.
    | ExpertCount of Experts: int * Needed: int
    /// The k of a top-k gate is above the number of experts.
    | TooManyKept of Kept: int * Experts: int
    /// A layer leaves out a projection that would save nothing, and residuals need all of them.
    | NoProjection of Rank: int
    /// More experts than features, of which no more can be orthogonal.
    | TooManyDirections of Experts: int * Width: int
    /// Convolutions of a number of layers other than 2, 4 and 6.
    | ConvolutionCount of Layers: int
    /// Deconvolutions of a number of layers other than 2, 4 and 6.
    | DeconvolutionCount of Layers: int
    /// The input of convolutions is not rows of [channels; 84; 84] pixels.
    | NoFrames of Features: int
    /// The input of recurrent units has no feature beside the mark.
    | NoInputs of Features: int
    /// The input of deconvolutions is not rows of [filters; side; side] features.
    | NoFeatureMaps of Features: int * Needed: int

/// Finding errors of specs.
module SpecError =
    let private unless holds error = if holds then [] else [ error ]

    /// The errors of a part that reads the context.
    let private reads part (sizes: InputSizes) errors =
        if sizes.Context = 0 then
            [ SpecError.NoContext part ]
        else
            errors

    let private mixture (sizes: InputSizes) (mixture: Mixture) =
        match mixture.Selection with
        | Ensemble -> []
        | OneToOne ->
            unless
                (mixture.Experts = sizes.Tasks)
                (SpecError.ExpertCount(mixture.Experts, sizes.Tasks))
        | Clusters chosen ->
            let clusters = chosen |> List.map List.length |> List.distinct

            clusters
            |> List.collect (fun clusters ->
                unless
                    (mixture.Experts = clusters)
                    (SpecError.ExpertCount(mixture.Experts, clusters)))
        | Gated weights
        | Scored weights -> [
            yield!
                unless
                    (weights.Table.IsSome || sizes.Context > 0)
                    (SpecError.NoContext ContextReader.Mixture)

            match weights.TopK with
            | Some kept ->
                yield!
                    unless (kept <= mixture.Experts) (SpecError.TooManyKept(kept, mixture.Experts))
            | None -> ()
          ]

    let private isLayerCount layers = List.contains layers [ 2; 4; 6 ]

    let private convolutions (sizes: InputSizes) (layers: ConvolutionLayers) = [
        yield! unless (isLayerCount layers.Layers) (SpecError.ConvolutionCount layers.Layers)

        yield!
            unless
                (sizes.Features > 0 && sizes.Features % PixelLayers.frame = 0)
                (SpecError.NoFrames sizes.Features)
    ]

    let private deconvolutions (sizes: InputSizes) (layers: DeconvolutionLayers) =
        let needed = PixelLayers.features layers.Layers layers.Filters

        if isLayerCount layers.Layers then
            SpecError.NoFeatureMaps(sizes.Features, needed)
            |> unless (sizes.Features = needed)
        else
            [ SpecError.DeconvolutionCount layers.Layers ]

    /// All errors of `spec` for an input of `sizes`, in the order of its parts; none: it can be built.
    let rec find (sizes: InputSizes) spec : SpecError list =
        match spec with
        | Identity
        | Activate _
        | Normalise
        | Mlp _
        | PerTask _
        | Composed _
        | AppendContext
        | TaskTable _
        | PaddedTable _
        | FixedTable _
        // A custom layer checks its sizes when it is built.
        | Custom _ -> []
        | Gru _
        | TrialEncoder _ -> unless (sizes.Features > 1) (SpecError.NoInputs sizes.Features)
        | ReadTrial(encoder, body) -> find (TrialContext.sizes encoder) body
        | Convolutions layers -> convolutions sizes layers
        | Deconvolutions layers -> deconvolutions sizes layers
        | UniformStart body
        | HeStart(_, body)
        | PerGroup(_, body) -> find sizes body
        | ForEachTask body -> find { sizes with Tasks = 1 } body
        | Film layers ->
            let needed = Film.contextWidth layers

            SpecError.NarrowContext(sizes.Context, needed)
            |> unless (sizes.Context >= needed)
            |> reads ContextReader.Film sizes
        | FeatureFilm _ -> reads ContextReader.Film sizes []
        | SoftModules _ ->
            SpecError.UnequalWidths(sizes.Features, sizes.Context)
            |> unless (sizes.Features = sizes.Context)
            |> reads ContextReader.SoftModules sizes
        | Hypernetwork _ -> reads ContextReader.Hypernetwork sizes []
        | FromContext body -> find sizes body |> reads ContextReader.TaskParameters sizes
        | Mixture experts -> mixture sizes experts
        | Projected projected ->
            unless
                (projected.Residual = NoResidual || Projected.keepsProjections sizes projected)
                (SpecError.NoProjection projected.Rank)
        | Orthogonal orthogonal ->
            unless
                (orthogonal.Experts <= orthogonal.Expert.Output)
                (SpecError.TooManyDirections(orthogonal.Experts, orthogonal.Expert.Output))
        | WithTaskEncoder(taskEncoder, body) ->
            let alone = { sizes with Features = 0; Context = 0 }
            let context = Network.width alone taskEncoder
            find alone taskEncoder @ find { sizes with Context = context } body
        | Chain parts ->
            let next (sizes: InputSizes) (_, part) =
                find sizes part, { sizes with Features = Network.width sizes part }

            parts |> List.mapFold next sizes |> fst |> List.concat
