namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// What a stored number of a spread stands for.
type StdForm =
    /// log σ.
    | LogStd
    /// As garage: σ = log(1 + exp(exp p)) for a stored p = log σ₀.
    | SoftplusStd

/// σ of a Gaussian policy: free numbers, the same at all observations.
type ActionStd = {
    /// σ before the first update.
    InitStd: float
    /// σ never falls below; none: any.
    MinStd: float option
    /// σ never rises above; none: any.
    MaxStd: float option
    /// Whether it learns.
    Learned: bool
    /// Numbers of its own for each task.
    PerTask: bool
    /// Each update begins with the stored numbers moved into the bounds; otherwise σ stays at a bound
    /// that they have crossed, because the gradient is 0 beyond it.
    Projected: bool
    Form: StdForm
}

/// What the value function minimises.
type ValueLoss =
    /// −log N(R; V, σ) with one free learned σ, which starts at 1; source: garage.
    | GaussianLikelihood
    /// ½ (V − R)²; with a bound, changes of V by more than it earn nothing (in units of the scaled
    /// value).
    | SquaredError of Clip: float option

/// What the value function is fitted to.
type ValueTarget =
    /// Σ γᵏ r.
    | DiscountedReturns
    /// Advantage + value before the update: returns that bootstrap with λ.
    | LambdaReturns

/// Passes of Adam over rows in minibatches.
type MinibatchSettings = {
    Adam: AdamRule
    Epochs: int
    /// Rows of all tasks together; none: all at once.
    Minibatch: int option
    /// The gradient is shortened to this length; none: as it is.
    MaxNorm: float option
    /// The learning rate falls linearly to this share of itself over the run; 1: it stays.
    FinalRate: float
}

/// Value normalisation for each task (van Hasselt et al. 2016, arXiv:1602.07714; Hessel et al. 2019,
/// arXiv:1809.04474).
type PopArt = {
    /// How fast the statistics follow the returns of an iteration, in (0, 1].
    Step: float
}

/// V(s).
type ValueFunction =
    /// A network with one output.
    | ValueNetwork of ValueNetwork
    /// Least squares on garage's features of observation and time, for each task.
    | LinearFeatures of Ridge: float

and ValueNetwork = {
    Spec: Spec
    Loss: ValueLoss
    Training: MinibatchSettings
    PopArt: PopArt option
}

/// Over which rows advantages are centred.
type AdvantageScope =
    | WholeBatch
    | EachTask
    | EachMinibatch
    | EachTaskOfMinibatch

/// How advantages of an iteration are shaped.
type AdvantageNormalisation = {
    /// Mean to 0 and spread to 1; none: as they are.
    NormalisedOver: AdvantageScope option
    /// Divides by the standard deviation; otherwise by the variance, as garage does.
    ByStandardDeviation: bool
    /// Afterwards the least one is 0.
    Positive: bool
}

/// How the coefficient of each task's entropy learns.
type TunedEntropy = {
    /// Every coefficient before the first update, above 0.
    Start: float
    /// The entropy aimed at, in nats for each action.
    Target: float
    /// Steps of log c.
    Rate: float
}

/// Where entropy is rewarded.
type EntropyBonus =
    | NoBonus
    /// In the objective of each step.
    | InObjective of Coefficient: float * HasGradient: bool
    /// There, with a coefficient for each task that learns.
    | Tuned of TunedEntropy
    /// In the rewards, before advantages are computed.
    | InReward of Coefficient: float

/// What a row of the policy's objective is made of.
type Surrogate =
    /// log π · A.
    | LogLikelihood
    /// π / π_old · A.
    | Ratio
    /// The lesser of that and the same with the ratio clipped to 1 ± Range.
    | ClippedRatio of Range: float

/// A step along the natural gradient with a line search (Schulman et al. 2015, arXiv:1502.05477).
type TrustRegion = {
    /// δ, bound of the mean KL divergence.
    MaxKl: float
    /// Iterations of conjugate gradients.
    Iterations: int
    /// They end where the squared residual is below.
    Tolerance: float
    /// Added to the diagonal of the Hessian.
    Damping: float
    /// Points that the line search tries.
    Tries: int
    /// Each next one is closer by this factor.
    Shrink: float
    /// Takes the last point even where nothing satisfied the bounds.
    AcceptsViolation: bool
    /// A step whose divergence is exactly δ counts; in garage it ends the search and is thrown away.
    AcceptsBound: bool
}

/// How the policy improves.
type PolicyStep =
    /// Adam on minibatches; ends after the pass in which the mean KL divergence exceeds `MaxKl`.
    | GradientSteps of Surrogate * MinibatchSettings * MaxKl: float option
    /// One step on all rows.
    | TrustRegionStep of Surrogate * TrustRegion

/// What enters networks is scaled by running statistics: (x − mean) / σ, limited to ± Clip.
type ObsScaling = {
    /// That many leading numbers of an observation; task columns follow them and stay.
    Columns: int
    Clip: float
}

/// Rewards are divided by the running σ of the discounted sum of rewards so far.
type RewardScaling = {
    /// Statistics of its own for each task.
    PerTask: bool
    Clip: float
}

/// How the gradients of tasks become one.
type OnPolicySurgery = {
    OfPolicy: Surgery
    /// Of a value function that learns by gradients.
    OfValue: Surgery
    /// Whether a method also decides about parameters that belong to one task. Otherwise it sees what
    /// tasks share, and the rest follows its own gradient, as without surgery.
    OwnToo: bool
    /// Where random numbers come from; with the count of steps it names those of a step.
    Key: Key
}

/// Settings of an on-policy agent. PPO, TRPO and plain policy gradients differ in `Improve` only.
type OnPolicyConfig = {
    /// Groups of rows that networks, minibatches and statistics tell apart; 1: all rows alike.
    Tasks: int
    /// Numbers of an observation, one-hot task columns included.
    ObsSize: int
    ActionSize: int
    /// Observation to mean action.
    Policy: Spec
    ActionStd: ActionStd
    Value: ValueFunction
    Target: ValueTarget
    Improve: PolicyStep
    Entropy: EntropyBonus
    /// Bonuses use log(1 + exp H) instead of H.
    SoftplusEntropy: bool
    /// γ, per environment step.
    Discount: float
    /// λ of generalised advantage estimation.
    Lambda: float
    Advantage: AdvantageNormalisation
    /// An episode that was cut goes on with the value of its last observation; otherwise with 0.
    BootstrapsTimeLimits: bool
    /// Values of padding enter the advantages of shorter episodes, and measured divergence and
    /// entropy; as garage.
    LeaksPadding: bool
    ObsScaling: ObsScaling option
    RewardScaling: RewardScaling option
    /// Of the products between hidden layers.
    Precision: Precision
    /// None: the gradient of the mean loss.
    Surgery: OnPolicySurgery option
}

/// Surgery of both parts.
module OnPolicySurgery =
    /// One method for policy and value function, of what tasks share.
    let both method' key = { OfPolicy = method'; OfValue = method'; OwnToo = false; Key = key }

    /// Initial surgery state of one part; empty without surgery.
    let start (config: OnPolicyConfig) (part: OnPolicySurgery -> Surgery) =
        match config.Surgery with
        | Some surgery -> Surgery.start (part surgery) config.Tasks
        | None -> SurgeryState.empty
