/// The losses that models add to soft actor-critic: of rows, [tasks; rows], unless stated otherwise.
///
/// Papers: Yarats et al. 2019, "Improving Sample Efficiency in Model-Free Reinforcement Learning from Images",
/// arXiv:1910.01741 (SAC-AE); Gelada et al. 2019, "DeepMDP", arXiv:1906.02736; Zhang et al. 2021, "Learning Robust
/// State Abstractions for Hidden-Parameter Block MDPs", arXiv:2007.07206. As mtrl has them.
module internal MtrlFunctional.Algorithms.ModelLosses

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Weights of the models.
type ModelWeights = { Transition: Weights; Reward: Weights; Decoder: Weights }

/// The parts of a state that the losses read.
type ModelView = { Sac: SacView; Models: ModelWeights }

/// The parts of a state that the losses read, with the view `sac` of its soft actor-critic.
let view (agent: ModelAgent) (models: ModelParts) sac : ModelView = {
    Sac = sac
    Models = {
        Transition = Layout.views agent.TransitionLayout models.Transition.Values
        Reward = Layout.views agent.RewardLayout models.Reward.Values
        Decoder = Layout.views agent.DecoderLayout models.Decoder.Values
    }
}

/// A prediction of the next encoding, [tasks; rows; features].
type Prediction = {
    Mean: Tensor
    /// None: 1.
    Deviation: Tensor option
}

/// Bounds of a learned standard deviation: mtrl's.
let private leastDeviation, greatestDeviation = 1e-4, 10.0

/// The prediction from encodings and actions.
let predict (agent: ModelAgent) (view: ModelView) (features: Tensor) (action: Tensor) : Prediction =
    let modules, weights = Option.get agent.Transition, view.Models.Transition

    let run (part: Module) x =
        part.Run weights (NetworkInput.ofRows x)

    let hidden = Rows.append features action |> run modules.Hidden

    {
        Mean = run modules.Mean hidden
        Deviation =
            modules.Deviation
            |> Option.map (fun deviation ->
                let range = greatestDeviation - leastDeviation
                // The logistic function.
                let share = 0.5 *. (1.0 +. Tensor.tanh (0.5 *. run deviation hidden))
                leastDeviation +. range *. share)
    }

/// The input of reward model and decoder: a sample of the prediction by the draw `name` of the batch, or its mean.
let private read name (batch: Batch) prediction =
    match prediction.Deviation with
    | Some deviation -> prediction.Mean .+ deviation .* batch.Draws[name]
    | None -> prediction.Mean

let private features (view: ModelView) obs =
    SacView.features view.Sac view.Sac.Critic obs

let private constant compute = Tensors.constant Seq.singleton compute

/// The mean over the last dimension.
let private meanOfRow (x: Tensor) = Tensor.meanDim -1 x

/// The loss of the transition, ½ ((μ − h') / σ)² + ln σ, the mean over the features, where the next encoding h' is a
/// constant; and the squared error of the reward. DeepMDP's L_P̄ and L_R̄ (eq. 4, 5) with h' of the same encoder.
let transitionAndReward (agent: ModelAgent) (view: ModelView) (batch: Batch) : Tensor * Tensor =
    let prediction = predict agent view (features view batch.Obs) batch.Action
    let next = constant (fun () -> features view batch.NextObs)
    let difference = prediction.Mean .- next

    let ofTransition =
        match prediction.Deviation with
        | Some deviation ->
            0.5 *. Tensor.square (difference ./ deviation) .+ Tensor.log deviation
            |> meanOfRow
        | None -> 0.5 *. Tensor.square difference |> meanOfRow

    let input = read ModelDraws.transition batch prediction |> NetworkInput.ofRows

    let reward =
        Tensor.squeeze 2 ((Option.get agent.Reward).Run view.Models.Reward input)

    ofTransition, Tensor.square (reward .- batch.Reward)

/// Pixels 0 … 255 as the decoder has to give them: five bits, with uniform noise in the place of the others (SAC-AE,
/// appendix), in [−0.5, 0.5).
let pixelTarget (options: TensorOptions) (noise: Tensor) (pixels: Tensor) =
    let numbers = (1.0 / 8.0) *. Tensor.toType options.ScalarType pixels

    let fiveBits =
        (1.0 / 32.0)
        *. Tensor.toType options.ScalarType (Tensor.toType ScalarType.Byte numbers)

    -0.5 +. (fiveBits .+ (1.0 / 32.0) *. noise)

/// Reconstruction of the observation from its encoding; with a transition model of the next observation from the
/// prediction. The mean of the squared error of each number, and λ ½ ‖encoding of the observation‖².
let reconstruction (agent: ModelAgent) (view: ModelView) (batch: Batch) : Tensor =
    let config = Option.get agent.Config.Decoder
    let encoding = features view batch.Obs

    let input, observation =
        match agent.Transition with
        | Some _ ->
            predict agent view encoding batch.Action |> read ModelDraws.decoder batch, batch.NextObs
        | None -> encoding, batch.Obs

    let target =
        constant (fun () ->
            pixelTarget
                (TensorOptions.ofTensor encoding)
                batch.Draws[ModelDraws.pixels]
                observation)

    let decoded =
        (Option.get agent.Decoder).Run view.Models.Decoder (NetworkInput.ofRows input)

    let error = Tensor.square (decoded .- target) |> meanOfRow

    if config.LatentPenalty = 0.0 then
        error
    else
        error .+ config.LatentPenalty / 2.0 *. Tensor.sumDim -1 (Tensor.square encoding)

/// The encoding without the task encoding at its end, and the task encoding for each row.
let private split (view: ModelView) (batch: Batch) =
    let context = Option.get view.Sac.Context
    let shape = Tensor.shape batch.Reward
    let width = Tensor.size 2 context
    let encoding = constant (fun () -> features view batch.Obs)
    let own = Tensor.narrow 2 0L (Tensor.size 2 encoding - width) encoding
    own, Tensor.expand [| shape[0]; shape[1]; width |] context

/// Rows [tasks; rows; features] in the order of an index [tasks; rows].
let private inOrder (index: Tensor) (rows: Tensor) =
    let shape = Tensor.shape rows
    let flat = Tensor.reshape [| -1L; shape[2] |] rows
    Tensor.reshape shape (Tensor.indexSelect 0 (Tensor.reshape [| -1L |] index) flat)

/// The squared 2-Wasserstein distance of Gaussians with diagonal covariance, by feature.
let private shift (a: Prediction) (b: Prediction) =
    let means = Tensor.square (a.Mean .- b.Mean)

    match a.Deviation, b.Deviation with
    | Some x, Some y -> means .+ Tensor.square (x .- y)
    | _ -> means

/// Squares of the differences between the task encodings of rows and of their partners; and by `shift` those between
/// the predictions from them at the same observations and actions, constants. [tasks; rows; features].
let private differences shift (agent: ModelAgent) (view: ModelView) (batch: Batch) =
    let own, encoding = split view batch
    let other = inOrder batch.Draws[ModelDraws.partner] encoding

    let predictions context =
        predict agent view (Rows.append own (Tensor.detach context)) batch.Action

    Tensor.square (encoding .- other),
    constant (fun () -> shift (predictions encoding) (predictions other))

/// How far distances of task encodings are from distances of the predictions from them, for rows and their
/// partners. HiP-BMDP, eq. 4; its gradient reaches the task encoding alone.
let contrastivePairs (agent: ModelAgent) (view: ModelView) (batch: Batch) : Tensor =
    let apart, dynamics = differences shift agent view batch

    // The slope of a root is infinite at 0, which rows of one task have.
    let norm x =
        Tensor.sqrt (1e-12 +. Tensor.sumDim -1 x)

    Tensor.square (norm apart .- norm dynamics)

/// A scalar: the same for the norms of all rows with a weight together, and for means of predictions.
let private contrastiveOfBatch (agent: ModelAgent) (view: ModelView) (batch: Batch) =
    let apart, dynamics =
        differences (fun a b -> Tensor.square (a.Mean .- b.Mean)) agent view batch

    let isRow =
        Tensor.unsqueeze
            2
            (Tensor.toType (Tensor.scalarType apart) (Tensor.isPositive batch.Weight))

    // At 0, where all rows have one encoding, its slope counts as 0, as in PyTorch.
    let norm x =
        let square = Tensor.sum (isRow .* x)
        let isAbove = Tensor.isPositive square

        Tensor.toType (Tensor.scalarType square) isAbove
        .* Tensor.sqrt (Tensor.where isAbove square (Tensor.fullLike 1.0 square))

    Tensor.square (norm apart .- norm dynamics)

/// The contrastive loss, a scalar.
let contrastive (agent: ModelAgent) (view: ModelView) (batch: Batch) : Tensor =
    match (Option.get agent.Config.Contrastive).Distance with
    | ContrastiveDistance.WholeBatch -> contrastiveOfBatch agent view batch
    | ContrastiveDistance.EachPair -> Batch.mean batch (contrastivePairs agent view batch)
