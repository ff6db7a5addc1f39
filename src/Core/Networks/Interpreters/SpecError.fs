namespace MtrlFunctional.Networks

/// A part of a network that reads the encoding of the task.
[<RequireQualifiedAccess>]
type ContextReader =
    /// The weights of experts.
    | Mixture
    | Film
    | SoftModules
    | Hypernetwork

/// Why a spec describes no network for its input.
[<RequireQualifiedAccess>]
type SpecError =
    /// There is no encoding of the task to read.
    | NoContext of ContextReader
    /// FiLM layers read `Needed` numbers of the encoding of the task, which has fewer.
    | NarrowContext of Width: int * Needed: int
    /// Soft modules multiply features and encoding of the task number by number.
    | UnequalWidths of Features: int * Context: int
    /// The selection of a mixture has another length.
    | ExpertCount of Experts: int * Needed: int
    /// The largest weights that are kept are more than there are experts.
    | TooManyKept of Kept: int * Experts: int
    /// A layer leaves out a projection that would save nothing, and residuals need all of them.
    | NoProjection of Rank: int
    /// There are no more orthogonal directions than features.
    | TooManyDirections of Experts: int * Width: int

/// Finding misfits.
module SpecError =
    let private unless holds misfit = if holds then [] else [ misfit ]

    /// The misfits of a part that reads the encoding of the task.
    let private reads part (widths: InputSizes) misfits =
        if widths.Context = 0 then
            [ SpecError.NoContext part ]
        else
            misfits

    let private mixture (widths: InputSizes) (mixture: Mixture) =
        match mixture.Selection with
        | Ensemble -> []
        | OneToOne ->
            unless
                (mixture.Experts = widths.Tasks)
                (SpecError.ExpertCount(mixture.Experts, widths.Tasks))
        | Clusters chosen ->
            let clusters = chosen |> List.map List.length |> List.distinct

            clusters
            |> List.collect (fun clusters ->
                unless
                    (mixture.Experts = clusters)
                    (SpecError.ExpertCount(mixture.Experts, clusters)))
        | Gated weights -> [
            yield!
                unless
                    (weights.Table.IsSome || widths.Context > 0)
                    (SpecError.NoContext ContextReader.Mixture)

            match weights.TopK with
            | Some kept ->
                yield!
                    unless (kept <= mixture.Experts) (SpecError.TooManyKept(kept, mixture.Experts))
            | None -> ()
          ]

    /// All that keeps `spec` from being a network for an input of `widths`, in the order of its parts.
    let rec find (widths: InputSizes) spec : SpecError list =
        match spec with
        | Identity
        | Activate _
        | Normalise
        | Mlp _
        | PerTask _
        | Composed _
        | AppendContext
        | TaskTable _
        | FixedTable _ -> []
        | Film layers ->
            let needed = Film.contextWidth layers

            SpecError.NarrowContext(widths.Context, needed)
            |> unless (widths.Context >= needed)
            |> reads ContextReader.Film widths
        | SoftModules _ ->
            SpecError.UnequalWidths(widths.Features, widths.Context)
            |> unless (widths.Features = widths.Context)
            |> reads ContextReader.SoftModules widths
        | Hypernetwork _ -> reads ContextReader.Hypernetwork widths []
        | Mixture experts -> mixture widths experts
        | Projected projected ->
            unless
                (projected.Residual = NoResidual || Projected.keepsProjections widths projected)
                (SpecError.NoProjection projected.Rank)
        | Orthogonal orthogonal ->
            unless
                (orthogonal.Experts <= orthogonal.Expert.Output)
                (SpecError.TooManyDirections(orthogonal.Experts, orthogonal.Expert.Output))
        | WithTaskEncoder(taskEncoder, body) ->
            let alone = { widths with Features = 0; Context = 0 }
            let context = Network.width alone taskEncoder
            find alone taskEncoder @ find { widths with Context = context } body
        | Chain parts ->
            let next (widths: InputSizes) (_, part) =
                find widths part, { widths with Features = Network.width widths part }

            parts |> List.mapFold next widths |> fst |> List.concat
