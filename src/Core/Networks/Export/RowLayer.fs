namespace MtrlFunctional.Networks

/// Numbers of a layer: one set for all tasks, or a set for each task or for each group of tasks.
type RowNumbers = internal {
    /// Sizes of a set; none: a single number.
    Shape: int list
    /// 1, the number of tasks, or the number of groups.
    Sets: int
    /// The set of each task, where groups have sets; empty: each task has its own, or all have the only one.
    SetOf: int list
    /// [sets; …], row-major.
    Values: float32[]
} with

    /// The set of a task, where each has one.
    member internal numbers.Of(task: int) =
        let size = numbers.Values.Length / numbers.Sets
        let set = if numbers.SetOf.IsEmpty then task else numbers.SetOf[task]
        Array.sub numbers.Values (set * size) size

/// Dense layers on one row, y = x W + b: shared by all tasks, or one for each.
type DenseRows = internal {
    /// [inputs; units].
    Weight: RowNumbers
    /// [units].
    Bias: RowNumbers
} with

    member internal dense.Inputs = dense.Weight.Shape[0]
    member internal dense.Units = dense.Weight.Shape[1]

/// A convolution with a bias and a ReLU on one row of [channels; side; side] numbers, without padding.
type ConvolutionRows = internal {
    /// Height and width of the input.
    Side: int
    Stride: int
    /// Divides the input: 255 for pixels.
    Divisor: float32
    /// [filters; channels; k; k].
    Weight: RowNumbers
    /// [filters].
    Bias: RowNumbers
} with

    member internal convolution.Filters = convolution.Weight.Shape[0]
    member internal convolution.Channels = convolution.Weight.Shape[1]

    /// k.
    member internal convolution.Size = convolution.Weight.Shape[2]

    /// Height and width of the output.
    member internal convolution.OutputSide =
        (convolution.Side - convolution.Size) / convolution.Stride + 1

/// Gated recurrent units on one row (`Gru`), whose last number is the mark.
type GruRows = internal {
    /// The terms of r, z and n that follow from the features before the mark, side by side.
    Input: DenseRows
    /// Those that follow from the state, [units; 3 units].
    State: RowNumbers
    /// Of n, inside the reset gate, [units].
    Bias: RowNumbers
} with

    member internal gru.Units = gru.Bias.Shape[0]

/// A function of the row of one task, with its numbers: a part of a network as a node of a graph has it.
[<RequireQualifiedAccess>]
type RowLayer =
    | Dense of DenseRows
    | Convolve of ConvolutionRows
    | Activate of Activation
    /// Layer normalisation, ε = 1e-5: (x − mean) / √(variance + ε), times the gain of each feature, plus its shift.
    | Normalise of Gain: RowNumbers * Shift: RowNumbers
    /// The first features as (x − mean) / deviation, limited to ± the bound; the others as they are.
    | Standardise of Mean: RowNumbers * Deviation: RowNumbers * Bound: float32
    /// The numbers behind the features: of a task, its one-hot id or its encoding.
    | AppendTask of Numbers: RowNumbers
    /// Features times the scale plus the shift; each is a single number for all features, or one for each.
    | ScaleTask of Scale: RowNumbers * Shift: RowNumbers
    /// Σ cᵢ xᵢ of the k equal parts xᵢ of the row, for numbers c of [k].
    | Blend of Numbers: RowNumbers
    /// The k equal parts of the row made orthonormal, first to last (`Orthogonal`).
    | Orthonormalise of Vectors: int
    /// A softmax of each part of this size.
    | Softmax of Size: int
    /// The sum of several rows, each times its weight; a row of one number is added to all of the first.
    | Sum of Weights: float32[]
    /// Several rows, one behind the other.
    | Join
    /// Two rows, number by number; a second row of one number multiplies all of the first.
    | Multiply
    /// The product of two matrices, [n; inner] and [inner; m], row-major.
    | Product of Inner: int
    /// Consecutive features alone.
    | Keep of First: int * Count: int
    /// The state of recurrent units after the row. A graph has the state before it as an input.
    | Remember of GruRows
    /// Plus noise times the scale. A graph has the noise as an input, of the row's width.
    | Perturb of Scale: RowNumbers
    /// Limited to ±1.
    | Limit
    /// 1 at the largest number (of equal numbers the first), 0 elsewhere.
    | Choose
    /// The first of two rows. The second is another output of a graph, of this name.
    | Beside of Output: string

/// A layer and the rows that it reads.
///
/// Steps compute one row after the other, from the observation on; the result is the last row. Since `Back` counts from
/// the step, two lists of steps in one list are the second function on the result of the first.
type RowStep = internal {
    Layer: RowLayer
    /// How many rows back each input is: 1 is the row before this step.
    Back: int list
} with

    /// A layer that reads the row before it.
    static member internal Next layer = { Layer = layer; Back = [ 1 ] }

/// Numbers of layers.
module internal RowNumbers =
    /// The numbers of other tasks: set i is the set of task `tasks[i]`.
    let ofTasks (tasks: int list) (numbers: RowNumbers) =
        if numbers.Sets = 1 then
            numbers
        elif not numbers.SetOf.IsEmpty then
            { numbers with SetOf = tasks |> List.map (fun task -> numbers.SetOf[task]) }
        else
            {
                numbers with
                    Sets = tasks.Length
                    Values = [|
                        for task in tasks do
                            yield! numbers.Of task
                    |]
            }

    /// The numbers once for each group, where all tasks of a group have the same; `groups` is the group of each task, from 0.
    let ofGroups (groups: int list) (numbers: RowNumbers) =
        let first = [ for group in 0 .. List.max groups -> List.findIndex ((=) group) groups ]

        let isShared =
            groups
            |> List.indexed
            |> List.forall (fun (task, group) -> numbers.Of task = numbers.Of first[group])

        if numbers.Sets <> groups.Length || first.Length = groups.Length || not isShared then
            numbers
        else
            { ofTasks first numbers with SetOf = if first.Length = 1 then [] else groups }

    /// One set of each.
    let together (each: RowNumbers list) = {
        each.Head with
            Sets = each.Length
            Values = each |> List.map _.Values |> Array.concat
    }

/// Functions of every layer.
module internal RowLayer =
    /// The numbers of a layer, and the layer with as many others in their place.
    let private parts layer : RowNumbers list * (RowNumbers list -> RowLayer) =
        match layer with
        | RowLayer.Dense dense ->
            [ dense.Weight; dense.Bias ],
            fun others -> RowLayer.Dense { dense with Weight = others[0]; Bias = others[1] }
        | RowLayer.Convolve convolution ->
            [ convolution.Weight; convolution.Bias ],
            fun others ->
                RowLayer.Convolve { convolution with Weight = others[0]; Bias = others[1] }
        | RowLayer.Normalise(gain, shift) ->
            [ gain; shift ], (fun others -> RowLayer.Normalise(others[0], others[1]))
        | RowLayer.Standardise(mean, deviation, bound) ->
            [ mean; deviation ], fun others -> RowLayer.Standardise(others[0], others[1], bound)
        | RowLayer.ScaleTask(scale, shift) ->
            [ scale; shift ], (fun others -> RowLayer.ScaleTask(others[0], others[1]))
        | RowLayer.Remember gru ->
            [ gru.Input.Weight; gru.Input.Bias; gru.State; gru.Bias ],
            fun others ->
                RowLayer.Remember {
                    Input = { Weight = others[0]; Bias = others[1] }
                    State = others[2]
                    Bias = others[3]
                }
        | RowLayer.Perturb scale -> [ scale ], List.head >> RowLayer.Perturb
        | RowLayer.AppendTask numbers -> [ numbers ], List.head >> RowLayer.AppendTask
        | RowLayer.Blend numbers -> [ numbers ], List.head >> RowLayer.Blend
        | RowLayer.Activate _
        | RowLayer.Orthonormalise _
        | RowLayer.Softmax _
        | RowLayer.Sum _
        | RowLayer.Join
        | RowLayer.Multiply
        | RowLayer.Product _
        | RowLayer.Keep _
        | RowLayer.Limit
        | RowLayer.Choose
        | RowLayer.Beside _ -> [], (fun _ -> layer)

    /// The numbers of a layer.
    let numbers layer = fst (parts layer)

    /// The layer with others in the place of its numbers, in their order.
    let withNumbers others layer = snd (parts layer) others

    /// Numbers of the output, for inputs of these widths.
    [<CompiledName("Width")>]
    let width (inputs: int seq) layer =
        let first = Seq.head inputs

        match layer with
        | RowLayer.Dense dense -> dense.Units
        | RowLayer.Convolve c -> c.Filters * c.OutputSide * c.OutputSide
        | RowLayer.AppendTask numbers -> first + List.exactlyOne numbers.Shape
        | RowLayer.Blend numbers -> first / List.exactlyOne numbers.Shape
        | RowLayer.Join -> Seq.sum inputs
        | RowLayer.Product inner -> first / inner * (Seq.last inputs / inner)
        | RowLayer.Keep(_, count) -> count
        | RowLayer.Remember gru -> gru.Units
        | RowLayer.Perturb _
        | RowLayer.Multiply
        | RowLayer.Activate _
        | RowLayer.Normalise _
        | RowLayer.Standardise _
        | RowLayer.ScaleTask _
        | RowLayer.Orthonormalise _
        | RowLayer.Softmax _
        | RowLayer.Sum _
        | RowLayer.Limit
        | RowLayer.Choose
        | RowLayer.Beside _ -> first

/// Steps as a whole.
module internal RowSteps =
    let private changed change (steps: RowStep list) = [
        for step in steps ->
            let numbers = RowLayer.numbers step.Layer |> List.map change
            { step with Layer = RowLayer.withNumbers numbers step.Layer }
    ]

    /// The steps for other tasks: set i of the per-task numbers becomes the set of task `tasks[i]`.
    [<CompiledName("OfTasks")>]
    let ofTasks (tasks: int list) (steps: RowStep list) =
        changed (RowNumbers.ofTasks tasks) steps

    /// The steps with the numbers of a group once, where all its tasks have the same; `groups` is the group of each task.
    let ofGroups (groups: int list) (steps: RowStep list) =
        changed (RowNumbers.ofGroups groups) steps

    /// The steps of equal networks, one for each task.
    let private together (networks: RowStep list list) = [
        for steps in List.transpose networks ->
            let numbers =
                steps
                |> List.map (fun step -> RowLayer.numbers step.Layer)
                |> List.transpose
                |> List.map RowNumbers.together

            { steps.Head with Layer = RowLayer.withNumbers numbers steps.Head.Layer }
    ]

    /// Whether layers of two tasks differ in nothing but their numbers.
    let private isAlike (one: RowStep) (other: RowStep) =
        match one.Layer, other.Layer with
        | RowLayer.Sum one, RowLayer.Sum other -> one = other
        | _ -> true

    /// The networks of all tasks, which differ in their numbers, as one network; or the reason why one of them has no
    /// steps.
    let ofEachTask (networks: Result<RowStep list, string> list) =
        match MtrlFunctional.Results.partition networks with
        | _, fault :: _ -> Error fault
        | networks, [] ->
            if
                List.transpose networks
                |> List.forall (fun steps -> List.forall (isAlike steps.Head) steps)
            then
                Ok(together networks)
            else
                Error "sums whose weights differ from task to task"
