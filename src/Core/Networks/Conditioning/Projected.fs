namespace MtrlFunctional.Networks

open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

/// Further inputs of a projected task layer besides its own projection d: the projection and the
/// output of the task layer before it.
type Residual =
    | NoResidual
    /// The sum of all three.
    | SumResidual
    /// The sum with three learned weights that all layers share.
    | LinearResidual
    /// A learned map of all three to the rank, shared by all layers.
    | ProjectResidual

/// Initial values of the task branches of a projected network.
type BranchStart =
    /// Projections zero, task maps normal: as the original, where many of them never have a gradient.
    | ZeroProjections
    /// The last map of each branch zero, the others random: no effect at first, and gradients for all.
    | ZeroLastMap

/// Projected task-specific layers: beside each shared layer a task map of low rank.
type ProjectedLayers = {
    Shared: Layers
    /// p: size of the task maps.
    Rank: int
    /// Whether all layers except the outermost share one pair of projections.
    SharedProjections: bool
    Residual: Residual
    Start: BranchStart
}

/// Projected task-specific layers (PTSL).
///
/// Paper: Somerville Roberts and Di 2023, "Projected Task-Specific Layers for Multi-Task
/// Reinforcement Learning", arXiv:2309.08776. A layer of rank p, for the rows x of task t:
///
///   y = act( x S + s + o U ),   o = u W_t + b_t,   u = d, or d with a residual,   d = x D
///
/// S and its bias are shared by the tasks, D and U by the tasks and optionally by the layers. A layer is one large
/// product for all rows, [x o] with S above U, a narrow one, and one batched over the tasks.
///
/// Residuals, from the second layer on, with d′ and o′ of the layer before: u = d + d′ + o′, or
/// a₀d + a₁d′ + a₂o′, or [d d′ o′] R.
///
/// A projection that is not shared is omitted if W_t is smaller without it (`leavesOutDown`).
module Projected =
    // Whether a projection would add more parameters than it saves: the rule of the original PTSL program. T tasks,
    // rank p.

    /// Whether W_t is smaller without the projection D before it:
    /// fin·p + T (p + 1) p against T (fin + 1) p.
    let private leavesOutDown tasks rank inputs =
        inputs * rank + tasks * (rank + 1) * rank > tasks * (inputs + 1) * rank

    /// Whether W_t with `entering` inputs is smaller without the projection U after it:
    /// fout·p + T (entering + 1) p against T (entering + 1) fout.
    let private leavesOutUp tasks rank entering outputs =
        outputs * rank + tasks * (entering + 1) * rank > tasks * (entering + 1) * outputs

    /// The owner of a projection.
    type private Projection =
        /// The layer.
        | OfLayer
        /// All layers.
        | OfNetwork
        | Absent

    type private Layer = {
        Path: string
        Inputs: int
        Units: int
        Down: Projection
        Up: Projection
        /// Inputs and outputs of W_t.
        Entering: int
        Leaving: int
        IsLast: bool
    }

    let private plan path (sizes: InputSizes) (spec: ProjectedLayers) =
        let layers = Layers.sizes sizes.Features spec.Shared
        let last = layers.Length - 1

        layers
        |> List.mapi (fun i (inputs, units) ->
            let down =
                if spec.SharedProjections && i > 0 then OfNetwork
                elif leavesOutDown sizes.Tasks spec.Rank inputs then Absent
                else OfLayer

            let entering = if down = Absent then inputs else spec.Rank

            let up =
                if spec.SharedProjections && i < last then
                    OfNetwork
                elif leavesOutUp sizes.Tasks spec.Rank entering units then
                    Absent
                else
                    OfLayer

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

    let private projectionPath path layer name projection =
        match projection with
        | OfLayer -> Some(Parameter.join layer.Path name)
        | OfNetwork -> Some(Parameter.join path name)
        | Absent -> None

    /// Initial values of the maps of a branch. The last map is U, or W_t if there is no U.
    let private branchInitialisers start layer =
        match start with
        | ZeroProjections -> {| Down = Zeros; Task = StandardNormal; Up = Zeros |}
        | ZeroLastMap -> {|
            Down = XavierUniform
            Task = if layer.Up = Absent then Zeros else XavierUniform
            Up = Zeros
          |}

    /// Initial values of R: zero as in the original; or the values for u = d, as without a residual.
    let private residualInitialiser start =
        match start with
        | ZeroProjections -> Zeros
        | ZeroLastMap -> Diagonal

    let private parameters path (sizes: InputSizes) (spec: ProjectedLayers) layers =
        let matrix path inputs units initialiser =
            Parameter.shared path [ int64 inputs; int64 units ] initialiser

        let ofLayer layer = [
            let initialisers = branchInitialisers spec.Start layer
            yield! Dense.parameters (Parameter.join layer.Path "shared") layer.Inputs layer.Units

            yield!
                Dense.perTask
                    (Parameter.join layer.Path "task")
                    initialisers.Task
                    sizes.Tasks
                    layer.Entering
                    layer.Leaving

            match projectionPath path layer "down" layer.Down with
            | Some down -> matrix down layer.Inputs spec.Rank initialisers.Down
            | None -> ()

            match projectionPath path layer "up" layer.Up with
            | Some up -> matrix up spec.Rank layer.Units initialisers.Up
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
            | ProjectResidual -> matrix residual (3 * rank) rank (residualInitialiser spec.Start)
        ]

    /// u, from d and from d′ and o′ of the layer before.
    let private withResidual path residual (weights: Weights) (d: Tensor) before =
        match residual, before with
        | NoResidual, _
        | _, None -> d
        | SumResidual, Some(d', o') -> d .+ d' .+ o'
        | LinearResidual, Some(d', o') ->
            let a = weights[Parameter.join path "residual"]
            let part (i: int64) x = Tensor.narrow 0 i 1L a .* x
            part 0L d .+ part 1L d' .+ part 2L o'
        | ProjectResidual, Some(d', o') ->
            let r = weights[Parameter.join path "residual"]
            Rows.flat (Dense.product r) (Tensor.cat 2 [| d; d'; o' |])

    /// Whether the products of a layer are rounded to bfloat16: those between hidden layers, as in `Mlp`.
    let private isRounded precision layer i =
        precision = Precision.BFloat16 && 0 < i && not layer.IsLast

    /// The parameters of a layer.
    type internal LayerParts = {
        /// S and s.
        Shared: Tensor * Tensor
        /// W_t, [tasks; entering; leaving], and b_t, [tasks; leaving].
        Task: Tensor * Tensor
        /// D.
        Down: Tensor option
        /// U.
        Up: Tensor option
    }

    let private partsOf path (weights: Weights) (layer: Layer) =
        let at name = weights[Parameter.join layer.Path name]

        let projection name =
            projectionPath path layer name >> Option.map (fun path -> weights[path])

        {
            Shared = at "shared/weight", at "shared/bias"
            Task = at "task/weight", at "task/bias"
            Down = projection "down" layer.Down
            Up = projection "up" layer.Up
        }

    /// x of [tasks; rows; inputs] through one layer, with d′ and o′ of the layer before.
    let private layerStep
        path
        (spec: ProjectedLayers)
        weights
        (layer: Layer, isRounded)
        (x: Tensor, before)
        =
        let parts = partsOf path weights layer
        let options = { Dense.plain with Rounded = isRounded }
        let (s, bias), (w, b) = parts.Shared, parts.Task

        let d =
            match parts.Down with
            | Some down -> Rows.flat (Dense.productAs options down) x
            | None -> x

        let u = withResidual path spec.Residual weights d before
        let o = Dense.apply options w b u

        let y relu =
            match parts.Up with
            | Some up ->
                Tensor.cat 2 [| x; o |]
                |> Rows.flat (
                    Dense.apply { options with Relu = relu } (Tensor.cat 0 [| s; up |]) bias
                )
            | None ->
                let y = Rows.flat (Dense.apply options s bias) x .+ o
                if relu then Tensor.relu y else y

        let y =
            if layer.IsLast then
                y false
            else
                Activate.behind spec.Shared.Activation y

        y, Some(d, o)

    let private allProjected (layers: Layer list) =
        layers
        |> List.forall (fun layer -> layer.Down <> Absent && (layer.IsLast || layer.Up <> Absent))

    /// Whether all layers keep the projections that residuals connect: each D, and each U but the last.
    let internal keepsProjections sizes spec = allProjected (plan "" sizes spec)

    /// The parameters of each layer.
    let internal parts path (sizes: InputSizes) (spec: ProjectedLayers) weights =
        plan path sizes spec |> List.map (partsOf path weights)

    /// Weight [tasks; inputs; units] and bias [tasks; units] of a layer without a residual, or of the branch of a layer
    /// with a residual: S + D W_t U and s + b_t U.
    let internal folded layer =
        let down w =
            layer.Down |> Option.fold (fun w d -> Tensor.matMul d w) w

        let up w =
            layer.Up |> Option.fold (fun w u -> Tensor.matMul w u) w

        let (s, bias), (w, b) = layer.Shared, layer.Task
        s .+ up (down w), bias .+ up b

    /// The network at `path`, for an input of the given sizes.
    let internal build precision path (sizes: InputSizes) (spec: ProjectedLayers) : Module =
        let layers = plan path sizes spec

        let steps = layers |> List.mapi (fun i layer -> layer, isRounded precision layer i)

        {
            Parameters = parameters path sizes spec layers
            Fixed = []
            Width = spec.Shared.Output
            Run =
                fun weights input ->
                    let step state layer = layerStep path spec weights layer state
                    List.fold step (input.Rows, None) steps |> fst
        }

    /// u as a row, from d and from d′ and o′ of the layer before.
    let private residualRow source path residual d before =
        match residual, before with
        | NoResidual, _
        | _, None -> d
        | SumResidual, Some(d', o') -> sum [ d; d'; o' ]
        | LinearResidual, Some(d', o') ->
            Row.applyAll (RowLayer.Sum(values (weight source path "residual"))) [ d; d'; o' ]
        | ProjectResidual, Some(d', o') ->
            Row.applyAll RowLayer.Join [ d; d'; o' ]
            |> product (weight source path "residual")

    /// A layer with the branch `task` of u, and what residuals of the next layer read.
    let private branched source path residual task (layer: LayerParts) x before =
        let through projection x =
            projection |> Option.fold (fun x map -> product map x) x

        let weight, bias = layer.Shared
        let d = through layer.Down x
        let o = task (residualRow source path residual d before)
        sum [ affine weight (numbers 1 bias) x; through layer.Up o ], Some(d, o)

    /// `step` of each layer with its number, x, and what residuals read of the layer before.
    let private follow (spec: ProjectedLayers) layers step x =
        let last = List.length layers - 1

        let activated (x, before) (i, layer) =
            let y, traces = step i layer x before
            (if i < last then activate spec.Shared.Activation y else y), traces

        List.indexed layers |> List.fold activated (x, None) |> fst |> Ok

    /// Branches that no other layer reads are folded into their layer.
    let private rowsOf (spec: ProjectedLayers) (source: RowSource) path (x: Row) =
        let sizes: InputSizes = { Tasks = source.Tasks; Features = x.Width; Context = 0 }

        let step _ (layer: LayerParts) x before =
            if spec.Residual = NoResidual then
                let weight, bias = folded layer
                affine weight (numbers 1 bias) x, None
            else
                let w, b = layer.Task
                branched source path spec.Residual (affine w (numbers 1 b)) layer x before

        follow spec (parts path sizes spec source.Weights) step x

    /// With branches that follow from the context z of the row.
    let private rowsOfContext (spec: ProjectedLayers) (z: Row) (source: RowSource) path (x: Row) =
        let sizes = InputSizes.byRow x.Width z.Width

        let step i layer x before =
            let own name =
                OwnParameters.onRow source (Parameter.join path $"{i}/task/{name}") z

            branched source path spec.Residual (affineBy (own "weight") (own "bias")) layer x before

        follow spec (parts path sizes spec source.Weights) step x

    let private residualText =
        function
        | NoResidual -> "no residual"
        | SumResidual -> "residual: sum"
        | LinearResidual -> "residual: learned weights"
        | ProjectResidual -> "residual: learned map"

    let private activations isByRow (spec: ProjectedLayers) =
        let layers = 1 + spec.Shared.Hidden.Length
        let rank = float spec.Rank
        // Maps of each task.
        let maps = if isByRow then rank * (rank + 1.0) else 0.0
        Layers.units spec.Shared + (2.0 * rank + maps) * float layers

    /// Layers with a branch of low rank for each task.
    let layer (spec: ProjectedLayers) : Spec = {
        Spec.Of("Projected", [ spec ], fun precision path sizes -> build precision path sizes spec) with
            Errors =
                fun sizes ->
                    SpecError.unless
                        (spec.Residual = NoResidual || keepsProjections sizes spec)
                        (SpecError.NoProjection spec.Rank)
            Describe =
                fun owners sizes ->
                    let sharing = if spec.SharedProjections then "shared" else "independent"

                    $"{Layers.describe sizes.Features spec.Shared}, branch of rank {spec.Rank} for each {owners}, {sharing} projections, {residualText spec.Residual}"
            Branch = fun sizes -> Some $"{sizes.Tasks} tasks: rank {spec.Rank}"
            ActivationsPerRow = fun isByRow _ -> activations isByRow spec
            OnRow = rowsOf spec
            OnRowOfContext = Some(rowsOfContext spec)
    }
