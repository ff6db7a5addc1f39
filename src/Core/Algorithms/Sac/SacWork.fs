/// What the stages of an update of soft actor-critic have in common.
module internal Mtrl.Algorithms.SacWork

open Mtrl.Networks
open Mtrl.Tensors
open MtrlFunctional.Tensors

/// What the stages of one update hand on.
type Work = {
    State: SacState
    /// Weights add up to 1: over the batch, or over each task where nothing is shared.
    Batch: Batch
    /// What a sum of losses is divided by for the log: the tasks that are there, where nothing
    /// is shared.
    Sharers: Tensor option
    Price: SacPrice
    /// What the task encoder said as this update began, [tasks; 1; features]; a constant.
    Context: Tensor option
    /// What is never trained.
    Fixed: Weights
    /// The gradient of the critics' loss with respect to it.
    ContextGradient: Tensor option
    /// Where surgery made it: the gradient with respect to the task encoder's parameters.
    TaskEncoderGradient: Tensor option
    /// For each task, the weighted sum of −log π − target entropy, [tasks].
    EntropyGap: Tensor
    /// With surgery: the task's own mean of it, [tasks], and which tasks are there.
    TaskGap: (float[] * bool[]) option
    Measured: Metrics
}

/// Improves one part of the state, and notes what it measured.
type Stage = SacAgent -> Work -> Work

let measure name value work =
    let metric = { Name = name; Value = value }
    { work with Measured = metric :: work.Measured }

/// The mean over the tasks of what was summed over them, if nothing is shared; else as it is.
let reported (sum: Tensor) work =
    match work.Sharers with
    | Some count -> sum ./ count
    | None -> sum

let start price (agent: SacAgent) state batch =
    let batch, sharers =
        if agent.Config.Separate then
            let batch, count = Batch.normaliseTasks batch
            batch, Some count
        else
            Batch.normalise batch, None

    let encoder = Layout.views agent.TaskEncoderLayout state.TaskEncoder.Values
    let fixedParts = Layout.views agent.FixedLayout state.Fixed

    let work = {
        State = state
        Batch = batch
        Sharers = sharers
        Price = price
        Context = SacAgent.encodeTasks agent fixedParts encoder
        Fixed = fixedParts
        ContextGradient = None
        TaskEncoderGradient = None
        EntropyGap = batch.Weight
        TaskGap = None
        Measured = []
    }

    work |> measure "batch_reward" (reported (Batch.mean batch batch.Reward) work)

/// The losses' and entropies' lines in the log.
let measureActor (agent: SacAgent) loss entropy work =
    let wanted = SacLosses.targetEntropy agent.Config

    work
    |> measure "actor_loss" loss
    |> measure "actor_entropy" entropy
    |> measure "actor_target_entropy" (Draw.constant (Place.ofTensor loss) wanted [||])

/// A gradient with respect to what the task encoder said, carried on to its parameters; none without one.
let carry (agent: SacAgent) work (gradient: Tensor) =
    let layout = agent.TaskEncoderLayout
    let leaves = Layout.views layout work.State.TaskEncoder.Values |> Gradient.leaves

    SacAgent.encodeTasks agent work.Fixed leaves
    |> Option.map (fun context ->
        Ops.Sum(context .* gradient) |> Gradient.flat layout leaves [] |> fst)

/// One step of the temperatures, whose loss was measured.
let stepTemperature gradient (loss: Tensor) (agent: SacAgent) work =
    let before = work.State.LogAlpha

    {
        work with
            State.LogAlpha = Trained.step agent.Config.TemperatureAdam gradient before
    }
    |> measure "alpha_loss" (reported loss work)
    |> measure "alpha_value" (Ops.Mean(SacLosses.alpha agent.Config before.Values))
