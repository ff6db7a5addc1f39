/// From specs with their weights to layers on rows, for policies that run without a tensor library.
///
/// What depends on the task alone is computed once and becomes numbers of each task: the output of a task encoder,
/// mixture weights, parameters that are composed or computed by a hypernetwork, low-rank branches. Parts in which rows
/// are multiplied with each other (soft modules, orthogonal experts, residuals between branches) are not expressed.
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

/// A layer for each task, weight [tasks; inputs; units] and bias [tasks; units].
let private ofTask inputs units (weight: Tensor, bias: Tensor) =
    RowLayer.Dense {
        Inputs = inputs
        Units = units
        Weight = numbers weight
        Bias = numbers bias
        IsRounded = false
    }

/// A stack whose layer `i` has the maps `map i` of the tasks.
let private ofTasksStack features (layers: Layers) map =
    Layers.sizes features layers
    |> List.mapi (fun i (inputs, units) -> [
        ofTask inputs units (map i)
        if i < layers.Hidden.Length then
            RowLayer.Activate layers.Activation
    ])
    |> List.concat

/// The layers of experts with inputs of their own, side by side: [experts · inputs; experts · units], zero where an
/// input and a unit are of different experts.
let private sideBySide experts inputs units (weight: float32[]) =
    let whole = Array.zeroCreate (experts * inputs * experts * units)

    for expert in 0 .. experts - 1 do
        for i in 0 .. inputs - 1 do
            let row = expert * inputs + i
            Array.blit weight (row * units) whole ((row * experts + expert) * units) units

    whole

/// As `Experts`: all experts side by side; the last layer takes their mean with the mixture weights of each task.
let private mixture (source: RowSource) path features (mixture: Mixture) =
    let context =
        source.Context
        |> Option.map (fun x -> int (Ops.Size(x, 2)))
        |> Option.defaultValue 0

    let sizes = { Tasks = source.Tasks; Features = features; Context = context }

    let mixtureWeights =
        (Experts.mixtureWeights path sizes mixture).Run source.Weights {
            NetworkInput.ofTasks source.Tasks with
                Context = source.Context
        }

    let experts, last = mixture.Experts, mixture.Expert.Hidden.Length
    let tasks, all = int64 source.Tasks, int64 experts

    Layers.sizes features mixture.Expert
    |> List.mapi (fun i (inputs, units) ->
        let at name =
            weight source (Parameter.join path $"expert/{i}") name

        let w, b = at "weight", Ops.Reshape(at "bias", [| all; -1L |])
        let entering = if i = 0 then inputs else experts * inputs

        if i = last then
            let shares = Ops.Reshape(mixtureWeights, [| tasks; all; 1L; 1L |])
            let weighed = shares .* Ops.Unsqueeze(w, 0L)

            let weight = if i = 0 then Ops.SumDim(weighed, 1L, false) else weighed

            [ ofTask entering units (weight, Ops.MatMul(mixtureWeights, b)) ]
        else
            [
                RowLayer.Dense {
                    Inputs = entering
                    Units = experts * units
                    Weight =
                        (if i = 0 then
                             numbers (Ops.Transpose(w, 0L, 1L))
                         else
                             sideBySide experts inputs units (numbers w))
                    Bias = numbers b
                    IsRounded = false
                }
                RowLayer.Activate mixture.Expert.Activation
            ])
    |> List.concat

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
    | Mixture { Selection = OneToOne; Expert = layers } ->
        let path = Parameter.join path "expert"
        Ok(stack source path features layers (fun _ -> false) (fun _ -> []), layers.Output)
    | Mixture weighed -> Ok(mixture source path features weighed, weighed.Expert.Output)
    | SoftModules _ -> Error "soft modules"
    | Projected { Residual = SumResidual | LinearResidual | ProjectResidual } ->
        Error "projected task layers with residuals"
    | Projected _ when source.Precision = Precision.BFloat16 ->
        Error "projected task layers in bfloat16"
    | Projected projected ->
        let sizes = { Tasks = source.Tasks; Features = features; Context = 0 }
        let maps = Projected.affine path sizes projected source.Weights |> List.toArray
        Ok(ofTasksStack features projected.Shared (Array.get maps), projected.Shared.Output)
    | Composed composed ->
        let layers = composed.Each
        Ok(ofTasksStack features layers (Composed.layer path source.Weights), layers.Output)
    | Orthogonal _ -> Error "orthogonal experts (MOORE)"
    | Hypernetwork hyper ->
        match source.Context with
        | Some context ->
            let map = Hypernetwork.layer path hyper source.Weights context
            Ok(ofTasksStack features hyper.Target map, hyper.Target.Output)
        | None -> invalidArg (nameof source) "A hypernetwork reads a context, and there is none."
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
