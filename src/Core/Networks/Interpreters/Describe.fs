/// Networks in words: what each part does, how wide its output is and how many numbers it stores.
module MtrlFunctional.Networks.Describe

open MtrlFunctional.Tensors

/// A part of a network, in the order in which features pass it.
type Part = {
    /// Its place in the paths of parameters.
    Name: string
    /// "100 → 400 → 400 → 8".
    Description: string
    /// Features of its output.
    Width: int
    Trained: int64
    /// Stored and never trained.
    Fixed: int64
}

let private arrows (sizes: int list) =
    sizes |> List.map string |> String.concat " → "

let private stack inputs (layers: Layers) =
    arrows (inputs :: layers.Hidden @ [ layers.Output ])

let private selection mixture =
    match mixture.Selection with
    | OneToOne -> "one for each task"
    | Ensemble -> "all alike"
    | Clusters _ -> "by words of the task's sentence"
    | Gated w ->
        let source =
            match w.Table with
            | Some width -> $"{width} learned numbers of the task"
            | None -> "the task's encoding"

        let kept =
            match w.TopK with
            | Some k when k < mixture.Experts -> $", the best {k}"
            | _ -> ""

        $"weighed by {source}{kept}"

let private residual =
    function
    | NoResidual -> "no residual"
    | SumResidual -> "residual: sum"
    | LinearResidual -> "residual: learned weights"
    | ProjectResidual -> "residual: learned map"

let private describe (widths: InputSizes) spec =
    let inputs = widths.Features

    match spec with
    | Identity -> "as it is"
    | Activate Relu -> "negatives cut to 0"
    | Activate Tanh -> "tanh"
    | Normalise -> "layer normalisation"
    | Mlp layers -> stack inputs layers
    | PerTask layers -> $"for each of {widths.Tasks} tasks: {stack inputs layers}"
    | Film layers -> $"{stack inputs layers}, scaled and shifted by the task's encoding"
    | Mixture m -> $"{m.Experts} experts {stack inputs m.Expert}, {selection m}"
    | SoftModules s ->
        $"{s.Modules} + {s.Modules} modules {arrows [ inputs; s.Units; s.Output ]}, routed for each row"
    | Projected p ->
        let sharing = if p.SharedProjections then "shared" else "independent"

        $"{stack inputs p.Shared}, branch of rank {p.Rank} for each of {widths.Tasks} tasks, {sharing} projections, {residual p.Residual}"
    | Composed c ->
        $"{stack inputs c.Each}, weighted sums of {c.Sets} sets of parameters for each of {widths.Tasks} tasks"
    | Orthogonal o ->
        $"{o.Experts} experts {stack inputs o.Expert}, made orthogonal for each row, weighted by the task"
    | Hypernetwork h ->
        $"{stack inputs h.Target}, parameters made from {arrows (widths.Context :: h.HypernetworkHidden)} numbers of the task"
    | AppendContext -> $"beside the task's encoding of {widths.Context}"
    | TaskTable _ -> "a learned row for each task"
    | FixedTable rows -> $"known numbers of each task: {rows.Source}"
    | WithTaskEncoder _
    | Chain _ -> ""

/// The parts of the network that `spec` describes, for inputs of `widths`.
let rec parts name (widths: InputSizes) spec : Part list =
    match spec with
    | Chain inner ->
        let step (widths: InputSizes, found) (label, spec) =
            let these = parts (Parameter.join name label) widths spec
            let width = these |> List.tryLast |> Option.map _.Width
            { widths with Features = defaultArg width widths.Features }, found @ these

        List.fold step (widths, []) inner |> snd
    | WithTaskEncoder(taskEncoder, body) ->
        let place = Parameter.join name "task_encoder"
        let encoder = parts place { widths with Features = 0; Context = 0 } taskEncoder
        let context = encoder |> List.tryLast |> Option.map _.Width |> Option.defaultValue 0
        encoder @ parts name { widths with Context = context } body
    | spec ->
        let network = Network.build Precision.Full name widths spec
        let count = List.sumBy Parameter.count

        [
            {
                Name = name
                Description = describe widths spec
                Width = network.Width
                Trained = count network.Parameters
                Fixed = count network.Fixed
            }
        ]
