/// Projected task-specific layers (PTSL).
///
/// Paper: Somerville Roberts and Di 2023, "Projected Task-Specific Layers for Multi-Task
/// Reinforcement Learning", arXiv:2309.08776. A layer of rank p, for the rows x of task t:
///
///   y = act( x S + s + o U ),   o = u W_t + b_t,   u = d, or d with a residual,   d = x D
///
/// S and its bias are shared by the tasks, D and U by tasks and, if so chosen, by layers. One large
/// product for all rows, two narrow ones, and one that is batched over the tasks.
///
/// Residuals, from the second layer on, with d′ and o′ of the layer before: u = d + d′ + o′, or
/// a₀d + a₁d′ + a₂o′, or [d d′ o′] R.
///
/// A projection that is not shared is left out where W_t is smaller without it (`BranchSize`).
module internal MtrlFunctional.Networks.Projected

open MtrlFunctional.Tensors

/// Where a layer finds a projection.
type private Projection =
    | Own
    | Common
    | Absent

type private Layer = {
    Path: string
    Inputs: int
    Units: int
    Down: Projection
    Up: Projection
    /// Numbers that enter and leave W_t.
    Entering: int
    Leaving: int
    IsLast: bool
}

let private plan path (widths: InputSizes) (spec: ProjectedLayers) =
    let sizes = Layers.sizes widths.Features spec.Shared
    let last = sizes.Length - 1

    sizes
    |> List.mapi (fun i (inputs, units) ->
        let down =
            if spec.SharedProjections && i > 0 then
                Common
            elif BranchSize.leavesOutDown widths.Tasks spec.Rank inputs then
                Absent
            else
                Own

        let entering = if down = Absent then inputs else spec.Rank

        let up =
            if spec.SharedProjections && i < last then
                Common
            elif BranchSize.leavesOutUp widths.Tasks spec.Rank entering units then
                Absent
            else
                Own

        {
            Path = Parameter.join path (string i)
            Inputs = inputs
            Units = units
            Down = down
            Up = up
            Entering = entering
            Leaving = if up = Absent then units else spec.Rank
            IsLast = (i = last)
        })

let private place path layer name projection =
    match projection with
    | Own -> Some(Parameter.join layer.Path name)
    | Common -> Some(Parameter.join path name)
    | Absent -> None

/// The last map of a branch is U, or W_t where there is none.
let private starts start layer =
    match start with
    | ZeroProjections -> {| Down = Zeros; Task = StandardNormal; Up = Zeros |}
    | ZeroLastMap -> {|
        Down = XavierUniform
        Task = if layer.Up = Absent then Zeros else XavierUniform
        Up = Zeros
      |}

/// R before the first update: zero as in the original; or d alone, as without a residual.
let private residualStart start =
    match start with
    | ZeroProjections -> Zeros
    | ZeroLastMap -> Diagonal

let private parameters path widths (spec: ProjectedLayers) layers =
    let matrix path inputs units start =
        Parameter.shared path [ int64 inputs; int64 units ] start

    let ofLayer layer = [
        let starts = starts spec.Start layer
        yield! Dense.parameters (Parameter.join layer.Path "shared") layer.Inputs layer.Units

        yield!
            Dense.perTask
                (Parameter.join layer.Path "task")
                starts.Task
                widths.Tasks
                layer.Entering
                layer.Leaving

        match place path layer "down" layer.Down with
        | Some place -> matrix place layer.Inputs spec.Rank starts.Down
        | None -> ()

        match place path layer "up" layer.Up with
        | Some place -> matrix place spec.Rank layer.Units starts.Up
        | None -> ()
    ]

    let residual = Parameter.join path "residual"
    let rank = spec.Rank

    [
        yield! layers |> List.collect ofLayer |> List.distinctBy _.Path

        match spec.Residual with
        | NoResidual
        | SumResidual -> ()
        | LinearResidual -> Parameter.shared residual [ 3L ] (Given(Array.create 3 (1.0 / 3.0)))
        | ProjectResidual -> matrix residual (3 * rank) rank (residualStart spec.Start)
    ]

/// u, from d and from d′ and o′ of the layer before.
let private carry path residual (weights: Weights) (d: Tensor) before =
    match residual, before with
    | NoResidual, _
    | _, None -> d
    | SumResidual, Some(d', o') -> d .+ d' .+ o'
    | LinearResidual, Some(d', o') ->
        let a = weights[Parameter.join path "residual"]
        let part (i: int64) x = Ops.Narrow(a, 0L, i, 1L) .* x
        part 0L d .+ part 1L d' .+ part 2L o'
    | ProjectResidual, Some(d', o') ->
        let r = weights[Parameter.join path "residual"]
        Rows.flat (Dense.product r) (Ops.Cat([| d; d'; o' |], 2L))

/// x of [tasks; rows; inputs] through one layer, with d′ and o′ of the layer before.
let private advance path (spec: ProjectedLayers) weights layer (x: Tensor, before) =
    let weights: Weights = weights

    let through name projection x =
        match place path layer name projection with
        | Some place -> Rows.flat (Dense.product weights[place]) x
        | None -> x

    let d = through "down" layer.Down x
    let u = carry path spec.Residual weights d before
    let o = Dense.run (Parameter.join layer.Path "task") Dense.plain weights u
    let shared = Dense.run (Parameter.join layer.Path "shared") Dense.plain weights
    let y = Rows.flat shared x .+ through "up" layer.Up o

    let y =
        if layer.IsLast then
            y
        else
            Mlp.activate spec.Shared.Activation y

    y, Some(d, o)

/// The layers as `Ops.Projected` takes them: places in the list of paths, and which are rounded.
/// As in `Mlp` only those between hidden layers are; where all sizes are even, without residuals.
let private stepPlan path tasks precision spec (paths: string list) layers =
    let indices = paths |> List.mapi (fun i name -> name, i) |> dict
    let find name = indices[name]

    let places layer =
        let own = find << Parameter.join layer.Path

        let projection name =
            place path layer name >> Option.map find >> Option.defaultValue -1

        [
            own "shared/weight"
            own "shared/bias"
            own "task/weight"
            own "task/bias"
            projection "down" layer.Down
            projection "up" layer.Up
        ]

    let isRounded i layer =
        precision = Precision.BFloat16
        && spec.Residual = NoResidual
        && 0 < i
        && not layer.IsLast
        && [ layer.Inputs; layer.Units; layer.Entering; layer.Leaving ]
           |> List.forall (fun size -> size % 2 = 0)

    let residual, shares =
        match spec.Residual with
        | SumResidual -> ProjectedResidual.Sum, -1
        | LinearResidual -> ProjectedResidual.Linear, find (Parameter.join path "residual")
        | NoResidual
        | ProjectResidual -> ProjectedResidual.None, -1

    ProjectedPlan(
        int64 (tasks: int),
        layers |> List.collect places |> List.toArray,
        layers |> List.mapi isRounded |> List.toArray,
        residual,
        shares
    )

let private allProjected layers =
    layers
    |> List.forall (fun layer -> layer.Down <> Absent && (layer.IsLast || layer.Up <> Absent))

/// Whether all layers keep the projections that residuals connect: each projection to the rank, and
/// each from it but the last.
let internal keepsProjections widths spec = allProjected (plan "" widths spec)

/// Whether the library has these layers in one step.
let private isStep (spec: ProjectedLayers) layers =
    spec.Shared.Activation = Relu
    && match spec.Residual with
       | NoResidual -> true
       | SumResidual
       | LinearResidual -> allProjected layers
       | ProjectResidual -> false

/// The network at `path`, for an input of the given widths. In one step where the library has one;
/// else layer by layer, there in the precision of the parameters.
let build precision path (widths: InputSizes) (spec: ProjectedLayers) : Module =
    let layers = plan path widths spec
    let parameters = parameters path widths spec layers
    let paths = parameters |> List.map _.Path

    let planOf tasks =
        stepPlan path tasks precision spec paths layers

    let ofAll, ofOne = planOf widths.Tasks, planOf 1
    let isStep = isStep spec layers

    let together (weights: Weights) plan x =
        Ops.Projected(x, [| for path in paths -> weights[path] |], plan)

    let oneByOne weights x =
        let step state layer = advance path spec weights layer state
        List.fold step (x, None) layers |> fst

    {
        Parameters = parameters
        Fixed = []
        Width = spec.Shared.Output
        Run =
            fun weights signal ->
                if isStep && Ops.CanProject signal.Rows then
                    let plan = if signal.Task.IsSome then ofOne else ofAll
                    Rows.flat (together weights plan) signal.Rows
                else
                    oneByOne weights signal.Rows
    }
