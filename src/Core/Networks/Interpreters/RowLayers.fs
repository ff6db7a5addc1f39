/// From specs with their weights to layers on rows, for policies that run without a tensor library.
///
/// What a task encoder gives depends on the task alone: here it is numbers of each task. Networks that mix experts, and
/// those whose layers have further branches, are not expressed in this form.
module MtrlFunctional.Networks.RowLayers

open MtrlFunctional.Tensors

/// What layers are read from.
type RowSource = {
    Tasks: int
    Weights: Weights
    /// Context of each task, [tasks; 1; width], if there is one.
    Context: Tensor option
    Precision: Precision
}

let private numbers (x: Tensor) = Ops.ToFloats(Ops.Contiguous x)

let private weight (source: RowSource) path name =
    source.Weights[Parameter.join path name]

let private dense source path inputs units rounded =
    let stored = weight source path "weight"

    RowLayer.Dense {
        Inputs = inputs
        Units = units
        Weight =
            (if rounded then
                 Ops.ToType(Ops.ToType(stored, Numeric.BFloat16), Ops.NumericOf stored)
             else
                 stored)
            |> numbers
        Bias = weight source path "bias" |> numbers
        IsRounded = rounded
    }

/// A stack at `path`; `after` follows layer `i`, behind its activation.
let private stack source path features (layers: Layers) isRounded after =
    let last = layers.Hidden.Length

    Layers.sizes features layers
    |> List.mapi (fun i (inputs, units) -> [
        dense source (Parameter.join path (string i)) inputs units (isRounded i)
        if i < last then
            RowLayer.Activate layers.Activation
        yield! after i
    ])
    |> List.concat

/// As `Mlp`: layers between hidden layers are rounded.
let private mlp source path features (layers: Layers) =
    let isRounded i =
        source.Precision = Precision.BFloat16 && 0 < i && i < layers.Hidden.Length

    stack source path features layers isRounded (fun _ -> [])

/// As `Film`.
let private film source path features layers context =
    let entry k =
        Ops.Narrow(context, 2L, int64 k, 1L) |> numbers

    stack source path features layers (fun _ -> false) (fun i -> [
        RowLayer.ScaleTask(entry (2 * i), entry (2 * i + 1))
    ])

/// The layers of a network at `path` for rows of `features` numbers, and the features of the output; or the first part
/// that cannot be expressed, in words. Raises ArgumentException for a part that reads a context where there is none.
let rec ofSpec (source: RowSource) path features spec : Result<RowLayer list * int, string> =
    match spec with
    | Identity -> Ok([], features)
    | Activate activation -> Ok([ RowLayer.Activate activation ], features)
    | Normalise ->
        let gain, shift = weight source path "gain", weight source path "shift"
        Ok([ RowLayer.Normalise(numbers gain, numbers shift) ], features)
    | Mlp layers -> Ok(mlp source path features layers, layers.Output)
    // A layer for each task has the parameters of a shared one, [tasks; …].
    | PerTask layers ->
        Ok(stack source path features layers (fun _ -> false) (fun _ -> []), layers.Output)
    | UniformStart body -> ofSpec source path features body
    | Film layers ->
        match source.Context with
        | Some context -> Ok(film source path features layers context, layers.Output)
        | None -> invalidArg (nameof source) "FiLM reads a context, and there is none."
    | AppendContext ->
        match source.Context with
        | None -> Ok([], features)
        | Some context ->
            let width = int (Ops.Size(context, 2))
            Ok([ RowLayer.AppendTask(width, numbers context) ], features + width)
    | WithTaskEncoder(taskEncoder, body) ->
        let sizes = TaskEncoding.sizes source.Tasks

        let encoder =
            Network.build source.Precision (Parameter.join path "task_encoder") sizes taskEncoder

        let context = TaskEncoding.run encoder source.Tasks None source.Weights
        ofSpec { source with Context = Some context } path features body
    | Chain parts ->
        let extend whole (name, part) =
            whole
            |> Result.bind (fun (layers, features) ->
                ofSpec source (Parameter.join path name) features part
                |> Result.map (fun (further, features) -> layers @ further, features))

        List.fold extend (Ok([], features)) parts
    | ForEachTask _ -> Error "layers that each task has a copy of"
    | Convolutions _
    | Deconvolutions _ -> Error "convolutions"
    | Mixture _ -> Error "a mixture of experts"
    | SoftModules _ -> Error "soft modules"
    | Projected _ -> Error "projected task layers"
    | Composed _ -> Error "composed layers (PaCo)"
    | Orthogonal _ -> Error "orthogonal experts (MOORE)"
    | Hypernetwork _ -> Error "a hypernetwork"
    | TaskTable _
    | PaddedTable _
    | FixedTable _ -> Error "task embeddings in the place of features"
    | Custom _ -> Error "a layer from outside the library"

/// The layers for other tasks: entry i of the per-task numbers becomes that of task `places[i]`.
[<CompiledName("OfTasks")>]
let ofTasks (places: int list) (layers: RowLayer list) : RowLayer list =
    let select width (numbers: float32[]) =
        places
        |> List.map (fun task -> Array.sub numbers (task * width) width)
        |> Array.concat

    [
        for layer in layers ->
            match layer with
            | RowLayer.Dense dense when dense.Bias.Length > dense.Units ->
                RowLayer.Dense {
                    dense with
                        Weight = select (dense.Inputs * dense.Units) dense.Weight
                        Bias = select dense.Units dense.Bias
                }
            | RowLayer.AppendTask(width, numbers) ->
                RowLayer.AppendTask(width, select width numbers)
            | RowLayer.ScaleTask(scale, shift) -> RowLayer.ScaleTask(select 1 scale, select 1 shift)
            | RowLayer.Dense _
            | RowLayer.Activate _
            | RowLayer.Normalise _
            | RowLayer.Standardise _
            | RowLayer.Keep _
            | RowLayer.Limit
            | RowLayer.Choose -> layer
    ]
