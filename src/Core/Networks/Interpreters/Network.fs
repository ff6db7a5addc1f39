/// Builds specs: the one place that knows all architectures.
module MtrlFunctional.Networks.Network

open MtrlFunctional.Tensors

/// Without parameters: the width stays, each signal becomes rows by `run`.
let private plain width run : Module = {
    Parameters = []
    Fixed = []
    Width = width
    Run = fun _ signal -> run signal
}

let private appendContext (widths: InputSizes) =
    plain (widths.Features + widths.Context) (fun signal ->
        match signal.Context with
        | None -> signal.Rows
        | Some context -> Rows.append signal.Rows context)

/// The first, and the second on its output.
let private followedBy (second: Module) (first: Module) : Module = {
    Parameters = first.Parameters @ second.Parameters
    Fixed = first.Fixed @ second.Fixed
    Width = second.Width
    Run = fun weights signal -> second.Run weights { signal with Rows = first.Run weights signal }
}

/// The network that `spec` describes, with its parameters under `path`, for inputs of `widths`.
/// `precision` is that of the products between hidden layers.
let rec build precision path (widths: InputSizes) spec : Module =
    match spec with
    | Identity -> plain widths.Features _.Rows
    | Activate activation ->
        plain widths.Features (fun signal -> Mlp.activate activation signal.Rows)
    | Normalise -> LayerNorm.build path widths
    | Mlp mlp -> Mlp.build precision path widths mlp
    | PerTask layers -> PerTask.build path widths layers
    | Film layers -> Film.build path widths layers
    | Mixture mixture -> Experts.build path widths mixture
    | SoftModules soft -> SoftModules.build path widths soft
    | Projected projected -> Projected.build precision path widths projected
    | Composed composed -> Composed.build path widths composed
    | Orthogonal orthogonal -> Orthogonal.build path widths orthogonal
    | Hypernetwork hyper -> Hypernetwork.build path widths hyper
    | AppendContext -> appendContext widths
    | TaskTable width -> TaskTable.build path widths width
    | FixedTable rows -> TaskTable.known path widths rows
    | WithTaskEncoder(taskEncoder, body) ->
        let taskEncoder =
            let path = Parameter.join path "task_encoder"
            build precision path (TaskEncoding.sizes widths.Tasks) taskEncoder

        let body = build precision path { widths with Context = taskEncoder.Width } body

        {
            Parameters = taskEncoder.Parameters @ body.Parameters
            Fixed = taskEncoder.Fixed @ body.Fixed
            Width = body.Width
            Run =
                fun weights signal ->
                    let context = TaskEncoding.run taskEncoder widths.Tasks signal.Task weights
                    body.Run weights { signal with Context = Some context }
        }
    | Chain parts ->
        let extend (whole: Module) (name, part) =
            let widths = { widths with Features = whole.Width }
            followedBy (build precision (Parameter.join path name) widths part) whole

        List.fold extend (plain widths.Features _.Rows) parts

/// Features of the output of `spec`.
let width widths spec =
    (build Precision.Full "" widths spec).Width

/// How many numbers a network stores, known ones included.
let count (network: Module) =
    network.Parameters @ network.Fixed |> List.sumBy Parameter.count
