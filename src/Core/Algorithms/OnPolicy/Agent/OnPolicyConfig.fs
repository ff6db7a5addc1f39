namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// Parametrisation of σ.
type internal StdForm =
    /// log σ.
    | LogStd
    /// As garage: σ = log(1 + exp(exp p)) for a stored p = log σ₀.
    | SoftplusStd

/// σ of a Gaussian policy: free parameters, independent of the observation.
type internal ActionStd = {
    /// exp p of the stored number p before the first update: σ itself with `LogStd`.
    InitStd: float
    /// Lower bound of exp p; none: unbounded.
    MinStd: float option
    /// Upper bound of exp p; none: unbounded.
    MaxStd: float option
    /// Whether σ is trained.
    Learned: bool
    /// Separate parameters for each task.
    PerTask: bool
    /// Each update first projects the stored parameters onto the bounds; otherwise σ remains at a bound
    /// that they have crossed, because the gradient is 0 beyond it.
    Projected: bool
    Form: StdForm
}

/// The distribution over actions that an on-policy agent learns.
[<RequireQualifiedAccess>]
type internal PolicyKind =
    /// A Gaussian over vectors; the output of the network is the mean.
    | Gaussian of ActionStd
    /// A categorical distribution over choices; the outputs of the network are logits.
    | Categorical

/// Loss of the value function.
type internal ValueLoss =
    /// −log N(R; V, σ) with one free learned σ, which starts at 1; source: garage.
    | GaussianLikelihood
    /// ½ (V − R)².
    | SquaredError

/// Regression target of the value function.
type internal ValueTarget =
    /// Σ γᵏ r.
    | DiscountedReturns
    /// Advantage + value before the update: returns that bootstrap with λ.
    | LambdaReturns

/// Passes of Adam over rows in minibatches.
type internal MinibatchSettings = {
    Adam: AdamRule
    Epochs: int
    /// Rows of all tasks together; none: all at once.
    Minibatch: int option
    /// Maximum norm of the gradient; none: no clipping.
    MaxNorm: float option
    /// Final share of the learning rate, reached linearly over the run; 1: constant.
    FinalRate: float
    /// Share of the run, in [0, 1), after which the rate begins to fall.
    DecayStart: float
}

/// Value normalisation for each task (van Hasselt et al. 2016, arXiv:1602.07714; Hessel et al. 2019,
/// arXiv:1809.04474).
type internal PopArt = {
    /// Step of the statistics towards the moments of an iteration's returns, in (0, 1].
    Step: float
}

/// V(s).
type internal ValueFunction =
    /// A network with one output.
    | ValueNetwork of ValueNetwork
    /// Least squares on garage's features of observation and time, for each task.
    | LinearFeatures of Ridge: float

and internal ValueNetwork = {
    Spec: Spec
    Loss: ValueLoss
    Training: MinibatchSettings
    PopArt: PopArt option
}

/// Rows over which advantages are normalised.
type internal AdvantageScope =
    | WholeBatch
    | EachTask
    | EachMinibatch
    | EachTaskOfMinibatch

/// Shaping of the advantages of an iteration.
type internal AdvantageNormalisation = {
    /// Mean 0 and scale 1; none: not normalised.
    NormalisedOver: AdvantageScope option
    /// Divides by the standard deviation; otherwise by the variance, as garage does.
    ByStandardDeviation: bool
    /// Then shifted so that the minimum is 0.
    Positive: bool
}

/// Learning of the entropy coefficient of each task.
type internal TunedEntropy = {
    /// Every coefficient before the first update, above 0.
    Start: float
    /// Target entropy, in nats per action dimension.
    Target: float
    /// Steps of log c.
    Rate: float
}

/// Where the entropy bonus is added.
type internal EntropyBonus =
    | NoBonus
    /// In the objective of each step.
    | InObjective of Coefficient: float * HasGradient: bool
    /// In the objective, with a learned coefficient for each task.
    | Tuned of TunedEntropy
    /// In the rewards, before advantages are computed.
    | InReward of Coefficient: float

/// Term of a row in the policy's objective.
type internal Surrogate =
    /// log π · A.
    | LogLikelihood
    /// π / π_old · A.
    | Ratio
    /// The minimum of that and the same with the ratio clipped to 1 ± Range.
    | ClippedRatio of Range: float

/// A step along the natural gradient with a line search (Schulman et al. 2015, arXiv:1502.05477).
type TrustRegion = {
    /// δ, bound of the mean KL divergence.
    MaxKl: float
    /// Iterations of conjugate gradients.
    Iterations: int
    /// Stops where the squared residual is below.
    Tolerance: float
    /// Added to the diagonal of the Hessian.
    Damping: float
    /// Maximum number of points of the line search.
    Tries: int
    /// Factor between consecutive step lengths.
    Shrink: float
    /// Accepts the last point even if no point satisfied the bounds.
    AcceptsViolation: bool
    /// Whether a step whose divergence is exactly δ is accepted; in garage such a step ends the search and is rejected.
    AcceptStepAtBound: bool
}

/// Improvement step of the policy.
type internal PolicyStep =
    /// Adam on minibatches; ends after the pass in which the mean KL divergence at the rows of a minibatch exceeds
    /// `MaxKl`.
    | GradientSteps of Surrogate * MinibatchSettings * MaxKl: float option
    /// One step on all rows.
    | TrustRegionStep of Surrogate * TrustRegion

/// Scaling of network inputs by running statistics: (x − mean) / σ, limited to ± Clip.
type internal ObsScaling = {
    /// Number of scaled leading columns of an observation; the task columns behind them are not scaled.
    Columns: int
    Clip: float
    /// Separate statistics for each task.
    PerTask: bool
}

/// Rewards are divided by the running σ of the discounted sum of rewards so far.
type internal RewardScaling = {
    /// Separate statistics for each task.
    PerTask: bool
    Clip: float
}

/// Combination of the task gradients.
type internal OnPolicySurgery = {
    OfPolicy: Surgery
    /// Method of a value function trained by gradients.
    OfValue: Surgery
    /// Whether a method also combines gradients of parameters that belong to one task. Otherwise its
    /// input is the shared parameters only, and the rest uses its own gradient, as without surgery.
    OwnToo: bool
    /// Source of random numbers; a step uses the key derived from it by the count of steps.
    Key: Key
}

/// Upper bounds of importance ratios π / μ: of the policy π that learns to the policy μ that acted.
type internal ImportanceBounds = {
    /// ρ̄ of errors. The estimated values are the values of π if the bound never binds, else of a policy between μ and
    /// π.
    Rho: float
    /// c̄ of the factors by which an error passes to earlier steps.
    C: float
}

/// An iteration is played by an earlier policy than the learning policy, and corrected by V-trace
/// (Espeholt et al. 2018, arXiv:1802.01561).
type internal PolicyLag = {
    /// Updates between the two, at least 0; the most, where each iteration names its own.
    Updates: int
    Bounds: ImportanceBounds
}

/// Consecutive numbers of a row.
type internal Columns = { First: int; Count: int }

module internal Columns =
    /// The columns of rows [..; n].
    let read columns (rows: Tensor) =
        Tensor.narrow -1 (int64 columns.First) (int64 columns.Count) rows

    /// Rows [..; n] with zeros in the columns.
    let clear columns (rows: Tensor) =
        let next = columns.First + columns.Count
        let rest = { First = next; Count = int (Tensor.size -1 rows) - next }

        Tensor.cat -1 [|
            read { First = 0; Count = columns.First } rows
            Tensor.zerosLike (read columns rows)
            read rest rows
        |]

/// Privileged goals in training: the memory predicts them (an auxiliary loss; Humplik et al. 2019, arXiv:1905.06424),
/// the value function observes them, and the policy does not.
type internal HiddenGoal = {
    /// The goal in an observation. The memory reads zeros in its place.
    Observed: Columns
    /// The numbers of the memory's output that a linear map to the goal reads.
    PredictedFrom: Columns
    /// Weight of the squared error, in units of the scaled observation, in the loss of the policy.
    Weight: float
}

/// The memory of a recurrent agent.
type internal PolicyMemory = {
    /// Recurrent units, or an encoder of trials: the policy reads their output in the place of observations. The last
    /// number of an observation is 1 where the state before the row is zero.
    Spec: Spec
    /// Whether the value function reads this memory's output, as a constant. Otherwise its network may contain a memory
    /// of its own.
    IsShared: bool
    /// Steps of a row of episodes.
    Steps: int
    /// Steps through which the policy's gradients go back: rows of episodes are cut into chunks of so many steps, each of which
    /// starts from the memory that the policy had before it. None: whole rows.
    Chunk: int option
    /// None: nothing in an observation is for training only.
    Goal: HiddenGoal option
}

/// Settings of an on-policy agent. PPO, TRPO and plain policy gradients differ in `Improve` only.
type OnPolicyConfig = internal {
    /// Groups of rows that networks, minibatches and statistics distinguish; 1: a single group.
    Tasks: int
    /// Numbers of an observation, one-hot task columns included.
    ObsSize: int
    /// Numbers of an action: the size of a continuous action, or the number of discrete ones.
    ActionSize: int
    /// Numbers of the actions of each task, at most `ActionSize`, if tasks differ; further numbers are padding. Empty:
    /// every action has all numbers.
    ActionSizes: int list
    /// None: a policy of the observation alone.
    Memory: PolicyMemory option
    /// Observation, or the state of the memory, to the mean action or to logits.
    Policy: Spec
    Actions: PolicyKind
    Value: ValueFunction
    Target: ValueTarget
    Improve: PolicyStep
    Entropy: EntropyBonus
    /// Bonuses use log(1 + exp H) instead of H.
    SoftplusEntropy: bool
    /// Weight of the squares of mean actions beyond ±1.1 in the loss of the policy; 0: none.
    BoundsLoss: float
    /// γ, per environment step.
    Discount: float
    /// λ of generalised advantage estimation.
    Lambda: float
    /// None: every iteration is played by the policy that learns from it.
    Lag: PolicyLag option
    Advantage: AdvantageNormalisation
    /// The bootstrap value of a truncated episode is V of its last observation; otherwise 0.
    BootstrapTimeLimits: bool
    /// Values of padding enter the advantages of shorter episodes, and measured divergence and
    /// entropy, as in garage.
    PaddingInAdvantages: bool
    ObsScaling: ObsScaling option
    RewardScaling: RewardScaling option
    /// Precision of the products between hidden layers.
    Precision: Precision
    /// None: the gradient of the mean loss.
    Surgery: OnPolicySurgery option
    /// Pieces of the rows of a minibatch, whose gradients are added in a fixed order, so that threads can share them; 1: policy
    /// and value function are updated side by side.
    Parts: int
}

/// Numbers that follow from settings.
module internal OnPolicyConfig =
    /// Rows of the steps of a sequence, or 1, which minibatches of the value function keep together.
    let sequence (config: OnPolicyConfig) =
        config.Memory |> Option.map _.Steps |> Option.defaultValue 1

    /// Rows that minibatches and parts of a batch of the policy keep together: the steps of a chunk or sequence, or 1.
    let block (config: OnPolicyConfig) =
        config.Memory |> Option.bind _.Chunk |> Option.defaultValue (sequence config)

    /// Sizes of an observation.
    let sizes (config: OnPolicyConfig) : InputSizes = {
        Tasks = config.Tasks
        Features = config.ObsSize
        Context = 0
    }

    /// Numbers of the output of the memory; none without one.
    let memorySize (config: OnPolicyConfig) =
        config.Memory
        |> Option.map (fun memory -> Network.width (sizes config) memory.Spec)

    /// Sizes of the input of a value network.
    let valueSizes (config: OnPolicyConfig) =
        match config.Memory, memorySize config with
        | Some { IsShared = true }, Some width -> { sizes config with Features = width }
        | _ -> sizes config

    /// Shape of the statistics of observations.
    let obsStatistics (config: OnPolicyConfig) = [|
        match config.ObsScaling with
        | Some { PerTask = true } -> int64 config.Tasks
        | _ -> ()

        int64 config.ObsSize
    |]

    /// Observation to the mean action, or to logits.
    let policy (config: OnPolicyConfig) =
        match config.Memory with
        | Some memory -> Chain.layer [ "memory", memory.Spec; "", config.Policy ]
        | None -> config.Policy

/// Surgery of policy and value function.
module internal OnPolicySurgery =
    /// One method for policy and value function, over the shared parameters; the policy's losses may be negative
    /// (`Surgery.ofSignedLosses`).
    let both method' key = {
        OfPolicy = Surgery.ofSignedLosses method'
        OfValue = method'
        OwnToo = false
        Key = key
    }

    /// Initial surgery state of one part; empty without surgery.
    let start (config: OnPolicyConfig) (part: OnPolicySurgery -> Surgery) =
        match config.Surgery with
        | Some surgery -> (part surgery).Start config.Tasks
        | None -> SurgeryState.empty
