/// From specs to modules, for all architectures.
module MtrlFunctional.Networks.Network

open MtrlFunctional.Tensors

/// A part without parameters: its output is `run` of its input.
let private plain width run : Module = {
    Parameters = []
    Fixed = []
    Width = width
    Run = fun _ input -> run input
}

let private appendContext (sizes: InputSizes) =
    plain (sizes.Features + sizes.Context) (fun input ->
        match input.Context with
        | None -> input.Rows
        | Some context -> Rows.append input.Rows context)

/// The second on the output of the first.
let private followedBy (second: Module) (first: Module) : Module = {
    Parameters = first.Parameters @ second.Parameters
    Fixed = first.Fixed @ second.Fixed
    Width = second.Width
    Run = fun weights input -> second.Run weights { input with Rows = first.Run weights input }
}

/// The network that `spec` describes, with its parameters under `path`, for inputs of `sizes`.
/// `precision`: of the products between hidden layers.
let rec build precision path (sizes: InputSizes) spec : Module =
    match spec with
    | Identity -> plain sizes.Features _.Rows
    | Activate activation -> plain sizes.Features (fun input -> Mlp.activate activation input.Rows)
    | Normalise -> LayerNorm.build path sizes
    | Gru layer -> Gru.build path sizes layer
    | TrialEncoder encoder -> TrialContext.build precision path sizes encoder
    | ReadTrial(encoder, body) ->
        build precision path (TrialContext.sizes encoder) body
        |> TrialContext.read encoder
    | Mlp mlp -> Mlp.build precision path sizes mlp
    | Convolutions layers -> Convolutions.build path sizes layers
    | Deconvolutions layers -> Deconvolutions.build path layers
    | UniformStart body -> build precision path sizes body |> UniformStart.apply
    | HeStart(bound, body) -> build precision path sizes body |> HeStart.apply bound
    | ForEachTask body ->
        build precision path { sizes with Tasks = 1 } body
        |> ForEachTask.ofOne sizes.Tasks
    | PerTask layers -> PerTask.build path sizes layers
    | Film layers -> Film.build path sizes layers
    | FeatureFilm layers -> FeatureFilm.build path sizes layers
    | Mixture mixture -> Experts.build path sizes mixture
    | SoftModules soft -> SoftModules.build path sizes soft
    | Projected projected -> Projected.build precision path sizes projected
    | Composed composed -> Composed.build path sizes composed
    | Orthogonal orthogonal -> Orthogonal.build path sizes orthogonal
    | Hypernetwork hyper -> Hypernetwork.build path sizes hyper
    | FromContext body -> build precision path sizes body |> FromContext.build sizes
    | PerGroup(groups, body) -> build precision path sizes body |> PerGroup.build sizes groups
    | AppendContext -> appendContext sizes
    | TaskTable width -> TaskTable.build path sizes width
    | PaddedTable width -> TaskTable.buildPadded path sizes width
    | FixedTable rows -> TaskTable.buildFixed path sizes rows
    | WithTaskEncoder(taskEncoder, body) ->
        let taskEncoder =
            let path = Parameter.join path "task_encoder"
            build precision path (TaskEncoding.sizes sizes.Tasks) taskEncoder

        let body = build precision path { sizes with Context = taskEncoder.Width } body

        {
            Parameters = taskEncoder.Parameters @ body.Parameters
            Fixed = taskEncoder.Fixed @ body.Fixed
            Width = body.Width
            Run =
                fun weights input ->
                    let context = TaskEncoding.run taskEncoder sizes.Tasks input.Task weights
                    body.Run weights { input with Context = Some context }
        }
    | Chain parts ->
        let extend (whole: Module) (name, part) =
            let sizes = { sizes with Features = whole.Width }
            followedBy (build precision (Parameter.join path name) sizes part) whole

        List.fold extend (plain sizes.Features _.Rows) parts
    | Custom layer -> CustomLayer.build layer precision path sizes

/// Features of the output of `spec`.
let width sizes spec =
    (build Precision.Full "" sizes spec).Width

/// Number of parameters of a network, fixed parameters included.
let count (network: Module) =
    network.Parameters @ network.Fixed |> List.sumBy Parameter.count
