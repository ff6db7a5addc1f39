namespace MtrlFunctional.Algorithms

open MtrlFunctional.Tensors

/// Data that the stages of one update pass on.
type UpdateContext = {
    Agent: SacAgent
    /// The state after the stages before.
    State: SacState
    /// The view of the state at the start of the update; `UpdateContext.view` is the view of `State`.
    Start: SacView
    /// Weights add up to 1: over the batch, or over each task where nothing is shared.
    Batch: Batch
    /// The number of tasks with rows, which sums of losses are divided by for the log where nothing is shared.
    PresentTasks: Tensor option
    /// The sum of the gradients of losses that train the task encoder, with respect to the task embeddings. The stages
    /// of these losses add to it.
    ContextGradient: Tensor option
    /// The gradient with respect to the task encoder's parameters, if surgery made it.
    TaskEncoderGradient: Tensor option
    /// For each task, the weighted sum of −log π − target entropy, [tasks]. Set by the actor's stage; none before.
    EntropyGap: Tensor option
    /// With surgery: each task's own mean of −log π − target entropy, [tasks], and which tasks have rows.
    TaskGap: (float[] * bool[]) option
    /// Measured scalars, newest first.
    Measured: Metrics
}

/// A step of an update, which improves one part of the state and appends measured scalars.
type SacStage = {
    /// Unique in an update: "critic".
    Name: string
    /// The parts of the state that the stage changes, with the memory of their surgery; no others.
    Parts: string list
    /// The stage runs in updates whose `Batch.Step` is divisible by this number.
    Every: int
    /// The function frees nothing and leaves its input unchanged.
    Run: UpdateContext -> UpdateContext
}

/// Functions that stages are composed of.
module UpdateContext =
    /// The view of the state after the stages before.
    let view (work: UpdateContext) = SacView.advance work.State work.Start

    /// Appends a measured scalar.
    let measure name value (work: UpdateContext) =
        let metric = { Name = name; Value = value }
        { work with Measured = metric :: work.Measured }

    /// The mean over the tasks, from a sum over them, if nothing is shared; else the sum.
    let reported work (sum: Tensor) =
        match work.PresentTasks with
        | Some count -> sum ./ count
        | None -> sum

    /// The work before the first stage.
    let start regulariser (agent: SacAgent) state batch : UpdateContext =
        let batch, presentTasks =
            if agent.Config.IndependentAgents then
                let batch, count = Batch.normaliseTasks batch
                batch, Some count
            else
                Batch.normalise batch, None

        let start, batch = SacView.readForUpdate regulariser agent state batch

        let work = {
            Agent = agent
            State = state
            Start = start
            Batch = batch
            PresentTasks = presentTasks
            ContextGradient = None
            TaskEncoderGradient = None
            EntropyGap = None
            TaskGap = None
            Measured = []
        }

        work |> measure "batch_reward" (reported work (Batch.mean batch batch.Reward))

    /// The gap that the stage of the actor has given. Raises InvalidOperationException before it.
    let entropyGap (work: UpdateContext) =
        match work.EntropyGap with
        | Some gap -> gap
        | None -> invalidOp "The stage of the actor must come before that of the temperatures."

    /// The work with another content of a part of the state.
    let set key content (work: UpdateContext) = {
        work with
            State = SacState.set key content work.State
    }

    let private plus (more: Tensor option) (sum: Tensor option) =
        match sum, more with
        | Some a, Some b -> Some(a .+ b)
        | one, None
        | None, one -> one

    /// The work with a further gradient with respect to the task embeddings.
    let addContextGradient gradient (work: UpdateContext) = {
        work with
            ContextGradient = plus gradient work.ContextGradient
    }

    /// The work with a further gradient with respect to the task encoder's parameters.
    let addTaskEncoderGradient gradient (work: UpdateContext) = {
        work with
            TaskEncoderGradient = plus gradient work.TaskEncoderGradient
    }

    /// The work with this gradient with respect to the task encoder's parameters in place of the former one; unchanged
    /// for none.
    let replaceTaskEncoderGradient gradient (work: UpdateContext) = {
        work with
            TaskEncoderGradient = Option.orElse work.TaskEncoderGradient gradient
    }

    /// One step of Adam on a part, against the sum of the parts of a gradient in the same pieces.
    let stepPieces key rule (gradient: Tensor[][]) (work: UpdateContext) =
        set key (Shards.stepPieces work.Agent.Shards rule gradient (work.State.Get key)) work

    /// As `stepPieces`, for a gradient in one piece.
    let step key rule (gradient: Tensor[]) (work: UpdateContext) =
        set key (Shards.step work.Agent.Shards rule gradient (work.State.Get key)) work

    /// One step of a further optimiser on the first `count` parameters of a part, against the sum of the parts of a
    /// gradient. The part's own optimiser is unchanged.
    let stepFirst
        (key: PartKey<AdamState>)
        (optimiser: PartKey<AdamMoments>)
        count
        rule
        (gradient: Tensor[])
        (work: UpdateContext)
        =
        if count = 0L then
            work
        else
            let trained = work.State.Get key
            let first = Tensor.narrow 0 0L count trained.Values

            let others =
                Tensor.narrow 0 count (Tensor.count trained.Values - count) trained.Values

            let stepped =
                work.State.Get optimiser
                |> AdamState.ofMoments first
                |> Shards.step work.Agent.Shards rule gradient

            work
            |> set key { trained with Values = Tensor.cat 0 [| stepped.Values; others |] }
            |> set optimiser (AdamState.moments stepped)

    /// One step of Adam on a part, against the gradient of a loss over a batch whose weights are normalised.
    ///
    /// `loss` maps leaves of the part's parameters and rows of the batch to a scalar, which is differentiated,
    /// and to further tensors, which are added up over the rows and returned.
    let descend
        key
        rule
        (batch: Batch)
        (loss: Weights -> Batch -> Tensor * Tensor[])
        (work: UpdateContext)
        =
        let layout = StatePart.layout key work.Agent.Parts
        let leaves = Layout.views layout (work.State.Get key).Values |> Gradient.leaves

        let gradient, sums =
            Shards.runPieces work.Agent.Shards batch (fun part ->
                let loss, others = loss leaves part
                fst (Gradient.pieces layout leaves [] loss), others)

        stepPieces key rule gradient work, sums

/// Updates as lists of stages.
module SacStage =
    /// The stage restricted to the numbers of its parts for which `mask` has 1. A step of Adam changes each number by
    /// itself, so that unchanged numbers have no effect on the others.
    let within (mask: SacState) (stage: SacStage) : SacStage = {
        stage with
            Run =
                fun work ->
                    let next = stage.Run work
                    { next with State = SacState.within mask stage.Parts work.State next.State }
    }

    /// Runs the stages that are due, in their order.
    let run (stages: SacStage list) (work: UpdateContext) : UpdateContext =
        stages
        |> List.filter (fun stage -> work.Batch.Step % int64 stage.Every = 0L)
        |> List.fold (fun work stage -> stage.Run work) work
