namespace MtrlFunctional.Algorithms

open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// Data that the stages of one update pass on.
type internal UpdateContext = {
    Agent: SacAgent
    /// The state after the stages before.
    State: SacState
    /// The view of the state at the start of the update; `UpdateContext.view` is the view of `State`.
    Start: SacView
    /// Weights add up to 1: over the batch, or over each task where nothing is shared.
    Batch: Batch
    /// The number of tasks with rows, which sums of losses are divided by for the log where nothing is shared.
    PresentTasks: Tensor option
    /// The sum of the gradients of losses that train the task encoder, with respect to the task embeddings.
    ContextGradient: Tensor option
    /// The sum of the gradients with respect to the task encoder's parameters that surgery made, or losses of the
    /// task encoder alone.
    TaskEncoderGradient: Tensor option
    /// For each task, the weighted sum of −log π − target entropy, [tasks]. Set by the actor's stage; none before.
    EntropyGap: Tensor option
    /// With surgery: each task's own mean of −log π − target entropy, [tasks], and which tasks have rows.
    TaskGap: (float[] * bool[]) option
    /// Measured scalars, newest first.
    Measured: Metrics
}

/// A step of an update: improves one part of the state and appends measured scalars. It frees nothing and leaves its
/// input unchanged.
type internal SacStage = UpdateContext -> UpdateContext

/// Functions that stages are composed of.
module internal UpdateContext =
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

        let start, batch = SacView.readForUpdate agent state batch

        let work = {
            Agent = agent
            State = state
            Start = { start with Regulariser = regulariser }
            Batch = batch
            PresentTasks = presentTasks
            ContextGradient = None
            TaskEncoderGradient = None
            EntropyGap = None
            TaskGap = None
            Measured = []
        }

        work |> measure "batch_reward" (reported work (Batch.mean batch batch.Reward))

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

    /// The gradient with respect to the task encoder's parameters, from the gradient with respect to the task
    /// embeddings; none without a task encoder.
    let throughTaskEncoder (work: UpdateContext) (gradient: Tensor) =
        let view = SacView.recordTaskEncoder work.Start

        view.Context
        |> Option.map (fun context ->
            Tensor.sum (context .* gradient)
            |> Gradient.flat work.Agent.TaskEncoderLayout view.TaskEncoder []
            |> fst)
