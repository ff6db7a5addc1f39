/// Networks that the native calls compute: few dense layers, whose results tensors would take several times as long for.
module internal MtrlFunctional.Algorithms.SmallNetwork

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// The layers of a small network.
type SmallLayers = {
    Layers: FusedMlpLayer[]
    /// The group of each task; empty where no layer has groups.
    Groups: int[]
} with

    /// The network for observations of a size; `rows`: a tensor [tasks; rows; …].
    member layers.On(inputs: int, rows: Tensor) =
        FusedMlpNetwork(
            Inputs = int64 inputs,
            Layers = layers.Layers,
            Groups = layers.Groups,
            Tasks = Tensor.size 0 rows,
            RowsOfTask = Tensor.size 1 rows
        )

/// Activation at the end of a layer.
let private nativeActivation activation =
    match activation with
    | Relu -> FusedMlpActivation.Relu
    | Tanh -> FusedMlpActivation.Tanh

let private ownerOf owner =
    match owner with
    | DenseOwner.All -> FusedMlpOwner.All
    | DenseOwner.Task -> FusedMlpOwner.Task
    | DenseOwner.Group _ -> FusedMlpOwner.Group

/// The last layer before the first, extended by a step of a network; none where the step follows no layer that it may follow.
let private extend layers step =
    match step, layers with
    | DenseStep.Map(units, owner), _ ->
        Some(FusedMlpLayer(units, ownerOf owner, false, FusedMlpActivation.Linear) :: layers)
    | DenseStep.Normalise, (last: FusedMlpLayer) :: before when
        not last.Normalised && last.Activation = FusedMlpActivation.Linear
        ->
        Some(FusedMlpLayer(last.Units, last.Owner, true, last.Activation) :: before)
    | DenseStep.Activate activation, last :: before when last.Activation = FusedMlpActivation.Linear ->
        Some(
            FusedMlpLayer(last.Units, last.Owner, last.Normalised, nativeActivation activation)
            :: before
        )
    | _ -> None

/// The groups of all layers.
let private groupings steps =
    steps
    |> List.choose (fun step ->
        match step with
        | DenseStep.Map(_, DenseOwner.Group groups) -> Some groups
        | _ -> None)
    |> List.distinct

/// A few dense layers and nothing else, of any names, without a final activation.
let (|Small|_|) (spec: Spec) =
    let steps = spec.Dense |> Option.defaultValue []

    let layers =
        (Some [], steps)
        ||> List.fold (fun layers step -> Option.bind (fun layers -> extend layers step) layers)

    match layers, groupings steps with
    | Some(last :: _ as layers), ([] | [ _ ] as groups) when
        layers.Length <= FusedMlpNetwork.MostLayers
        && last.Units <= FusedMlpNetwork.MostOutputs
        && last.Activation = FusedMlpActivation.Linear
        && not last.Normalised
        ->
        Some {
            Layers = List.toArray (List.rev layers)
            Groups = List.toArray (List.concat groups)
        }
    | _ -> None

/// Its outputs at the rows with these indices among [tasks; rows; inputs], and zeros at the others: [tasks; rows;
/// outputs]. Threads share the indices.
let outputs
    (shards: IShards)
    (layers: SmallLayers)
    (parameters: Tensor)
    (rows: Tensor)
    (indices: int64[])
    =
    let network = layers.On(int (Tensor.size 2 rows), rows)
    let rows = Tensor.contiguous rows
    let shape = [| network.Tasks; network.RowsOfTask; int64 (Array.last layers.Layers).Units |]
    let results = Tensor.zeros ScalarType.Float32 rows.device shape

    shards.Map(fun i ->
        let first, next =
            indices.Length * i / shards.Count, indices.Length * (i + 1) / shards.Count

        FusedMlp.Forward(network, parameters, rows, indices, first, next, results)
        [||])
    |> ignore

    results
