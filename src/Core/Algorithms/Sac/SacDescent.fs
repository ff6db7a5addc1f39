/// The gradient that a stage follows: of the mean loss of rows, or the one that surgery makes of the tasks' gradients.
///
/// Reading order: Objective → ofMean, or with surgery ofWeighted, else ofSurgery → find → follow.
module internal MtrlFunctional.Algorithms.SacDescent

open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.PerTaskGradients

/// A loss and further numbers of rows, [tasks; rows] each.
type LossRows = {
    /// The loss is their sum. Recorded for gradients.
    Terms: Tensor list
    /// Numbers measured beside the terms. Constants.
    Others: Tensor list
    /// The entropy's gap to its target, of an actor. A constant.
    Gap: Tensor option
}

/// A loss, what it trains, and how surgery combines its gradients.
type Objective = {
    /// The branch of the random numbers of surgery.
    Name: string
    /// The layout of the trained parameters.
    Layout: Layout
    /// Leaves in the place of the trained parameters of a view, and by them the loss of rows.
    Record: SacView -> Weights * (Batch -> LossRows)
    /// Whether the gradient reaches the task encoder, too.
    TrainsTaskEncoder: bool
    /// Names in the log of the terms and the other numbers.
    Measured: string list
    /// The method of surgery.
    Method: SacSurgery -> Surgery
    /// Where the networks begin whose last shared layers a method may balance.
    Places: string list
    Memory: SurgeryState
    /// Whether methods that weigh losses take one gradient of the weighted losses (`LossWeighting`). The loss has one
    /// term.
    WeighsLosses: bool
}

/// A gradient, with the numbers measured beside it.
type Descent = {
    /// For each part of the batch, in the same pieces.
    Gradient: Tensor[][]
    /// With respect to the task embeddings.
    OfContext: Tensor option
    /// With respect to the task encoder's parameters.
    OfTaskEncoder: Tensor option
    /// Scalars, in the order of `Objective.Measured`.
    Measured: Tensor list
    /// The weighted sum of the gaps of each task, or of each temperature of a task, [tasks] or [tasks; temperatures].
    Gap: Tensor option
    /// With surgery: each task's own mean of the gaps, [tasks], and which tasks have rows.
    TaskGap: (float[] * bool[]) option
    Memory: SurgeryState
}

/// The sum of each task's weighted rows, [tasks].
let private byTask (part: Batch) (rows: Tensor) = Tensor.sumDim 1 (part.Weight .* rows)

/// The sum of weighted rows of each task, or of each of its blocks where it has several temperatures.
let private byTemperature (part: Batch) (rows: Tensor) =
    match Map.tryFind RandomDraw.blocks part.Draws with
    | Some blocks -> Tensor.sumDim 1 (blocks .* Tensor.unsqueeze 2 (part.Weight .* rows))
    | None -> byTask part rows

/// The mean loss of rows; and the means of the terms and of the other numbers, constants.
let private means rows (found: LossRows) =
    let loss = Batch.mean rows (List.reduce (.+) found.Terms)

    let terms =
        match found.Terms with
        | [ _ ] -> [ Tensor.detach loss ]
        | terms -> terms |> List.map (Tensor.detach >> Batch.mean rows)

    loss, terms @ List.map (Batch.mean rows) found.Others

/// The view with a leaf in the place of the task embeddings that an objective trains; and the leaf.
let private recordContext (objective: Objective) view =
    if objective.TrainsTaskEncoder then
        let view = SacView.recordContext view
        view, Option.toList view.Context
    else
        view, []

/// The numbers of `Objective.Measured` and the gap, from tensors in this order.
let private measured (objective: Objective) (tensors: Tensor list) =
    let count = objective.Measured.Length
    List.truncate count tensors, List.tryItem count tensors

/// One gradient of the mean over the rows.
let private ofMean (objective: Objective) (work: UpdateContext) : Descent =
    let view, context = UpdateContext.view work |> recordContext objective
    let leaves, lossOf = objective.Record view

    let gradient, sums =
        Shards.runPieces work.Agent.Shards work.Batch (fun part ->
            let found = lossOf part
            let loss, means = means part found
            let gradient, ofContext = Gradient.pieces objective.Layout leaves context loss

            gradient,
            [|
                yield! ofContext
                yield! means
                for gap in Option.toList found.Gap -> byTemperature part gap
            |])

    let ofContext, sums = Array.toList sums |> List.splitAt context.Length
    let measured, gap = measured objective sums

    {
        Gradient = gradient
        OfContext = List.tryHead ofContext
        OfTaskEncoder = None
        Measured = measured
        Gap = gap
        TaskGap = None
        Memory = objective.Memory
    }

let private partOf
    (surgery: SacSurgery)
    (objective: Objective)
    (work: UpdateContext)
    : CombineGradients.Part = {
    Method = objective.Method surgery
    Layouts = [
        objective.Layout
        if objective.TrainsTaskEncoder then
            work.Agent.TaskEncoderLayout
    ]
    Places = objective.Places
    Memory = objective.Memory
    Key = SacSurgery.key objective.Name work.State.Critic.Steps surgery
}

/// One gradient of losses that the method weighs: one pass forward and one back. None where an update needs gradients
/// task by task.
let private ofWeighted surgery (objective: Objective) (work: UpdateContext) : Descent option =
    let { Agent = agent; Batch = batch } = work
    let part = partOf surgery objective work

    let gradient () =
        let view, context = UpdateContext.view work |> recordContext objective
        let leaves, lossOf = objective.Record view
        let shares = shares batch.Weight

        Shards.split agent.Shards batch (fun part ->
            let found = lossOf part

            [| yield! found.Terms; yield! found.Others; yield! Option.toList found.Gap |]
            |> Array.map (byTask part))
        |> LossWeighting.gradient agent.Shards part shares leaves context
        |> Option.map (fun found -> found, shares)

    let descent (found: LossWeighting.WeightedLosses, shares) =
        let ofTaskEncoder =
            Array.tryHead found.Others
            |> Option.bind (UpdateContext.throughTaskEncoder work)
            |> Option.map (Sharing.scaleOwn agent.TaskEncoderLayout found.ToShare)

        let measured, gap = measured objective (Array.toList found.Sums)

        let ofTasks gap =
            Array.map2 (/) (Tensor.toDoubles gap) shares,
            shares |> Array.map (fun share -> share > 0.0)

        if Option.forall LossWeighting.isSound ofTaskEncoder then
            Some {
                Gradient = Array.map Array.singleton found.Gradient
                OfContext = None
                OfTaskEncoder = ofTaskEncoder
                Measured = List.map Tensor.sum measured
                Gap = gap
                TaskGap = Option.map ofTasks gap
                Memory = found.Memory
            }
        else
            None

    if objective.WeighsLosses && LossWeighting.applies surgery.OwnToo part then
        gradient () |> Option.bind descent
    else
        None

/// The gradients of an objective task by task, with respect to the trained parameters, then to the task encoder if it
/// is trained. `view` is the view of all tasks.
let taskGradients (objective: Objective) (view: SacView) (batch: Batch) : PerTaskGradients =
    PerTaskGradients.each view.Agent.Shards (shares batch.Weight) (fun task ->
        let rows = Batch.task (int64 task) batch |> Batch.normalise

        let learn = if objective.TrainsTaskEncoder then Gradient.leaves else id
        let view = SacView.ofTask learn task view
        let leaves, lossOf = objective.Record view
        let found = lossOf rows
        let loss, means = means rows found

        let ofShared, ofOwn =
            Sharing.gradient
                [
                    objective.Layout, leaves
                    if objective.TrainsTaskEncoder then
                        view.Agent.TaskEncoderLayout, view.TaskEncoder
                ]
                loss

        {
            OfShared = ofShared
            OfOwn = ofOwn
            Loss = Tensor.detach loss
            Others = means @ (Option.toList found.Gap |> List.map (Batch.mean rows))
        })

/// The sum of a number for each present task, times the task's share of the batch.
let private overTasks (batch: Batch) (numbers: Tensor) =
    let share = Tensor.sumDim 1 batch.Weight
    let none = Tensor.zerosLike share
    Tensor.where (Tensor.isPositive share) (share .* numbers) none

/// The gradient that surgery makes of the tasks' gradients.
let private ofSurgery surgery (objective: Objective) (work: UpdateContext) : Descent =
    let gradients = taskGradients objective (UpdateContext.view work) work.Batch

    let combined =
        gradients
        |> CombineGradients.combine surgery.OwnToo (partOf surgery objective work)

    let measured, gap = measured objective gradients.Means

    {
        Gradient = [| [| combined.Directions.Head |] |]
        OfContext = None
        OfTaskEncoder = List.tryItem 1 combined.Directions
        Measured = measured |> List.map (overTasks work.Batch >> Tensor.sum)
        Gap = Option.map (overTasks work.Batch) gap
        TaskGap = gap |> Option.map (fun gap -> Tensor.toDoubles gap, gradients.Shared.Present)
        Memory = combined.Memory
    }

/// The gradient of an objective at the state after the stages before.
let find (objective: Objective) (work: UpdateContext) : Descent =
    match work.Agent.Config.Surgery with
    | None -> ofMean objective work
    | Some surgery ->
        ofWeighted surgery objective work
        |> Option.defaultWith (fun () -> ofSurgery surgery objective work)

/// The memory of a method that also learns from the losses of the same batch behind the step, as rows of constants.
let observe (objective: Objective) (lossAfter: Batch -> Tensor) memory (work: UpdateContext) =
    match work.Agent.Config.Surgery |> Option.map objective.Method with
    | Some({ Observe = Some _ } as method') ->
        let share = shares work.Batch.Weight

        let sums =
            Shards.split work.Agent.Shards work.Batch (fun part -> [|
                byTask part (lossAfter part)
            |])
            |> Shards.sums

        // Without rows 0 / 0, which is left out.
        Surgery.observe method' (Array.map2 (/) (Tensor.toDoubles sums[0]) share) memory
    | _ -> memory

/// The work with the measured numbers of a descent, and with what it gives the task encoder's stage.
let follow (objective: Objective) (found: Descent) (work: UpdateContext) : UpdateContext =
    let measure work (name, sum) =
        UpdateContext.measure name (UpdateContext.reported work sum) work

    // The original's PCGrad writes each loss's gradient over the one before it.
    let before =
        match work.Agent.Config.Surgery with
        | Some { SumsLosses = false } when found.OfTaskEncoder.IsSome -> {
            work with
                TaskEncoderGradient = None
          }
        | _ -> work

    before
    |> UpdateContext.addContextGradient found.OfContext
    |> UpdateContext.addTaskEncoderGradient found.OfTaskEncoder
    |> fun work -> List.fold measure work (List.zip objective.Measured found.Measured)
