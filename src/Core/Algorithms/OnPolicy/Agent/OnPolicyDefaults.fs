/// The settings of garage's examples (commit 2d594803).
module internal MtrlFunctional.Algorithms.OnPolicyDefaults

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Settings of PPO and of all value functions.
let adam = AdamRule(2.5e-4, 0.9, 0.999, 1e-8, 0.0)

/// Ten passes in minibatches of 64.
let settings = {
    Adam = adam
    Epochs = 10
    Minibatch = Some 64
    MaxNorm = None
    FinalRate = 1.0
    DecayStart = 0.0
}

let private tanh hidden output =
    Mlp.layer { Hidden = hidden; Output = output; Activation = Tanh }

/// A free log σ that starts at 0, at least log 10⁻⁶.
let actionStd = {
    InitStd = 1.0
    MinStd = Some 1e-6
    MaxStd = None
    Learned = true
    PerTask = false
    Projected = false
    Form = LogStd
}

/// garage's Gaussian regressor.
let value hidden =
    ValueNetwork {
        Spec = tanh hidden 1
        Loss = GaussianLikelihood
        Training = settings
        PopArt = None
    }

/// PPO's step of the policy.
let clipped = GradientSteps(ClippedRatio 0.2, settings, None)

/// The trust region of TRPO.
let trustRegion = {
    MaxKl = 0.01
    Iterations = 10
    Tolerance = 1e-10
    Damping = 1e-5
    Tries = 15
    Shrink = 0.8
    AcceptsViolation = false
    AcceptStepAtBound = false
}

/// An agent of the examples, as coded: `improve` is `clipped` or `TrustRegionStep(Ratio, trustRegion)`.
let garage tasks obsSize actionSize (policyHidden, valueHidden) improve : OnPolicyConfig = {
    Tasks = tasks
    ObsSize = obsSize
    ActionSize = actionSize
    ActionSizes = []
    Memory = None
    Policy = tanh policyHidden actionSize
    Actions = PolicyKind.Gaussian actionStd
    Value = value valueHidden
    Target = DiscountedReturns
    Improve = improve
    Entropy = NoBonus
    SoftplusEntropy = false
    BoundsLoss = 0.0
    Discount = 0.99
    Lambda = 0.95
    Advantage = {
        NormalisedOver = Some WholeBatch
        ByStandardDeviation = false
        Positive = false
    }
    BootstrapTimeLimits = false
    Lag = None
    PaddingInAdvantages = true
    ObsScaling = None
    RewardScaling = None
    Precision = Precision.Full
    Surgery = None
    Parts = 1
}
