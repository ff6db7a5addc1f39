/// What a network is: each question is a function of the records of its layers.
module MtrlFunctional.Networks.Network

open MtrlFunctional.Tensors

/// The network that `spec` describes, with its parameters under `path`, for inputs of `sizes`.
/// `precision`: of the products between hidden layers.
let build precision path (sizes: InputSizes) (spec: Spec) : Module = spec.Build precision path sizes

/// Features of the output of `spec`.
let internal width sizes spec =
    (build Precision.Full "" sizes spec).Width

/// Number of parameters of a network, fixed parameters included.
let internal count (network: Module) =
    network.Parameters @ network.Fixed |> List.sumBy Parameter.count

/// All errors of `spec` for an input of `sizes`, in the order of its parts; none: it can be built.
let internal errors (sizes: InputSizes) (spec: Spec) = spec.Errors sizes

/// Outputs of all layers for a row, in numbers. Outputs computed once for each task, not for each row, are left out.
let internal activationsPerRow (sizes: InputSizes) (spec: Spec) = spec.ActivationsPerRow false sizes

/// The parts at `path`; `owners` have parameters of their own: "of 10 tasks".
let internal partsOf owners path (sizes: InputSizes) (spec: Spec) : Part list =
    match spec.Parts with
    | Some parts -> parts owners path sizes
    | None ->
        let network = build Precision.Full path sizes spec
        let count = List.sumBy Parameter.count

        [
            {
                Name = path
                Description = spec.Describe owners sizes
                Width = network.Width
                Trained = count network.Parameters
                Fixed = count network.Fixed
                UsesTask = sizes.Context > 0 && spec.UsesTask
                Branch = spec.Branch sizes
            }
        ]

/// The parts of the network that `spec` describes, for inputs of `sizes`.
let internal parts name (sizes: InputSizes) spec : Part list =
    partsOf $"of {sizes.Tasks} tasks" name sizes spec

/// The steps of a network at `path` for rows of `features` numbers, and the features of the output; or the first part
/// that cannot be expressed, in words. Raises ArgumentException for a part that reads a context if there is none.
let internal rows
    (source: RowSource)
    path
    features
    (spec: Spec)
    : Result<RowStep list * int, string> =
    let input = Row.input features

    spec.OnRow source path input
    |> Result.map (fun output -> Row.steps input output, output.Width)

/// The network once for each task, with nothing shared; none if a part must be shared.
let internal separate (spec: Spec) = spec.Separate()

/// The network with another function between plain layers.
let rec internal activated activation (spec: Spec) : Spec =
    match spec.Activated, spec.MapInner with
    | Some change, _ -> change activation
    | None, Some map -> map (activated activation)
    | None, None -> spec

/// The network with layer normalisation after each plain layer that another one follows; `isFollowed`: a function of each
/// feature follows the network.
let rec internal normalised isFollowed (spec: Spec) : Spec =
    match spec.Normalised, spec.MapInner with
    | Some change, _ -> change isFollowed
    | None, Some map -> map (normalised false)
    | None, None -> spec
