/// Networks in words: the function of each part, the width of its output and its numbers of parameters.
module MtrlFunctional.Networks.Describe

open MtrlFunctional.Tensors

/// A part of a network, in the order in which features pass it.
type Part = {
    /// The beginning of the paths of its parameters.
    Name: string
    /// "100 → 400 → 400 → 8".
    Description: string
    /// Features of its output.
    Width: int
    /// Trained parameters.
    Trained: int64
    /// Parameters that are never trained.
    Fixed: int64
    /// Depends on the task encoding.
    UsesTask: bool
    /// Layers of each task beside the shared layers; their outputs are added.
    Branch: string option
}

let private arrows (sizes: int list) =
    sizes |> List.map string |> String.concat " → "

let private stack inputs (layers: Layers) =
    arrows (inputs :: layers.Hidden @ [ layers.Output ])

let private gateOf (mixture: Mixture) (gate: Gate) =
    let source =
        match gate.Table with
        | Some width -> $"a learned task embedding of {width}"
        | None -> "the task encoding"

    let topK =
        match gate.TopK with
        | Some k when k < mixture.Experts -> $", top {k}"
        | _ -> ""

    source + topK

let private selection mixture =
    match mixture.Selection with
    | OneToOne -> "one for each task"
    | Ensemble -> "equal weights"
    | Clusters _ -> "chosen by words of the task's sentence"
    | Gated gate -> $"weighted by {gateOf mixture gate}"
    | Scored gate ->
        $"weighted by the products of their outputs with a query from {gateOf mixture gate}"

let private residual =
    function
    | NoResidual -> "no residual"
    | SumResidual -> "residual: sum"
    | LinearResidual -> "residual: learned weights"
    | ProjectResidual -> "residual: learned map"

/// "9×84×84".
let private image (channels: int) (side: int) = $"{channels}×{side}×{side}"

/// `owners` have parameters of their own: "10 tasks".
let rec private describe owners (sizes: InputSizes) spec =
    let inputs = sizes.Features

    match spec with
    | Identity -> "identity"
    | Activate Relu -> "ReLU"
    | Activate Tanh -> "tanh"
    | Normalise -> "layer normalisation"
    | Gru layer -> $"{inputs - 1} → {layer.Units} gated recurrent units"
    | TrialEncoder encoder ->
        $"{inputs - 1} → {encoder.Memory.Units} gated recurrent units, task encoding {stack encoder.Memory.Units encoder.Encoding}, beside the observation"
    | Mlp layers -> stack inputs layers
    | Convolutions c ->
        $"{c.Layers} convolutions 3×3, {image (inputs / PixelLayers.frame) PixelLayers.Frame} → {image c.Filters (PixelLayers.side c.Layers)}"
    | Deconvolutions d ->
        $"{d.Layers} transposed convolutions 3×3, {image d.Filters (PixelLayers.side d.Layers)} → {image d.Channels PixelLayers.Frame}"
    | ForEachTask body ->
        let one = describe owners { sizes with Tasks = 1 } body
        $"for each {owners}: {one}"
    | PerTask layers -> $"for each {owners}: {stack inputs layers}"
    | Film layers -> $"{stack inputs layers}, scaled and shifted by the task encoding"
    | FeatureFilm layers ->
        $"{stack inputs layers}, each feature scaled and shifted by the task encoding"
    | Mixture m -> $"{m.Experts} experts {stack inputs m.Expert}, {selection m}"
    | SoftModules s ->
        $"{s.Modules} + {s.Modules} modules {arrows [ inputs; s.Units; s.Output ]}, routed for each row"
    | Projected p ->
        let sharing = if p.SharedProjections then "shared" else "independent"

        $"{stack inputs p.Shared}, branch of rank {p.Rank} for each {owners}, {sharing} projections, {residual p.Residual}"
    | Composed c ->
        $"{stack inputs c.Each}, weighted sums of {c.Sets} sets of parameters for each {owners}"
    | Orthogonal o ->
        $"{o.Experts} experts {stack inputs o.Expert}, made orthogonal for each row, weighted by the task"
    | Hypernetwork h ->
        $"{stack inputs h.Target}, parameters computed from the task encoding of {arrows (sizes.Context :: h.HypernetworkHidden)}"
    | FromContext body ->
        $"{describe owners sizes body}; what belongs to a task is computed from the task encoding of {sizes.Context}"
    | PerGroup(groups, body) ->
        describe $"of {(List.distinct groups).Length} groups of tasks" sizes body
    | AppendContext -> $"followed by the task encoding of {sizes.Context}"
    | TaskTable _ -> "a learned embedding of each task"
    | PaddedTable _ -> "a learned embedding of each task but the first, whose is zero"
    | FixedTable rows -> $"a fixed embedding of each task: {rows.Source}"
    | Custom layer -> CustomLayer.describe layer sizes
    | ReadTrial _
    | UniformStart _
    | HeStart _
    | WithTaskEncoder _
    | Chain _ -> ""

let private usesTask spec =
    match spec with
    | Film _
    | FeatureFilm _
    | SoftModules _
    | Hypernetwork _
    | Orthogonal _
    | FromContext _
    | AppendContext -> true
    | Mixture { Selection = (Gated { Table = None } | Scored { Table = None }) } -> true
    | Custom _
    | Mixture _
    | Identity
    | Activate _
    | Normalise
    | Gru _
    | TrialEncoder _
    | ReadTrial _
    | Mlp _
    | Convolutions _
    | Deconvolutions _
    | UniformStart _
    | HeStart _
    | ForEachTask _
    | PerTask _
    | PerGroup _
    | Projected _
    | Composed _
    | TaskTable _
    | PaddedTable _
    | FixedTable _
    | WithTaskEncoder _
    | Chain _ -> false

let private branch (sizes: InputSizes) spec =
    match spec with
    | Projected p -> Some $"{sizes.Tasks} tasks: rank {p.Rank}"
    | _ -> None

let rec private partsOf owners name (sizes: InputSizes) spec : Part list =
    match spec with
    | Chain inner ->
        let step (sizes: InputSizes, before) (label, spec) =
            let added = partsOf owners (Parameter.join name label) sizes spec
            let width = added |> List.tryLast |> Option.map _.Width
            { sizes with Features = defaultArg width sizes.Features }, before @ added

        List.fold step (sizes, []) inner |> snd
    | UniformStart body
    | HeStart(_, body) -> partsOf owners name sizes body
    | ReadTrial(encoder, body) -> partsOf "step" name (TrialContext.sizes encoder) body
    | WithTaskEncoder(taskEncoder, body) ->
        let path = Parameter.join name "task_encoder"

        let encoder =
            partsOf owners path { sizes with Features = 0; Context = 0 } taskEncoder

        let context = encoder |> List.tryLast |> Option.map _.Width |> Option.defaultValue 0
        encoder @ partsOf owners name { sizes with Context = context } body
    | spec ->
        let network = Network.build Precision.Full name sizes spec
        let count = List.sumBy Parameter.count

        [
            {
                Name = name
                Description = describe owners sizes spec
                Width = network.Width
                Trained = count network.Parameters
                Fixed = count network.Fixed
                UsesTask = sizes.Context > 0 && usesTask spec
                Branch = branch sizes spec
            }
        ]

/// The parts of the network that `spec` describes, for inputs of `sizes`.
let parts name (sizes: InputSizes) spec : Part list =
    partsOf $"of {sizes.Tasks} tasks" name sizes spec
