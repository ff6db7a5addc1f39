namespace MtrlFunctional.Experiments

open MtrlFunctional.Training

/// `agent.on_policy.entropy_method`.
[<RequireQualifiedAccess>]
type EntropyMethod =
    | None
    /// Added to what the policy maximises.
    | Regularized
    /// There, by a coefficient for each task that learns.
    | Tuned
    /// Added to the rewards before advantages are estimated.
    | Max

/// What estimates the value of an observation.
[<RequireQualifiedAccess>]
type ValueKind =
    /// A network that fits a normal distribution of returns, with one learned σ.
    | Gaussian
    /// A network that fits returns by squared error.
    | Squared
    /// Least squares on features of observation and time, anew in each iteration.
    | Linear

/// `agent.on_policy.initial_weights`.
[<RequireQualifiedAccess>]
type InitialWeights =
    | Glorot
    /// Weights of the last layer are near 0.
    | He

/// `agent.on_policy.lr_schedule`.
[<RequireQualifiedAccess>]
type LearningRateSchedule =
    | Constant
    /// Down to zero at the end of the run.
    | Linear

/// `agent.on_policy.*`: keys of agents that learn from episodes of their newest policy only.
type OnPolicyKeys = {
    /// Steps of all tasks in an iteration, rounded up to whole episodes.
    BatchSize: int
    /// Steps of an episode that is learned from.
    EpisodeLength: int
    /// Steps from its first success to the end of an episode that is learned from; none: it is not cut.
    StepsAfterSuccess: int option
    /// Episodes of each task in an iteration at least, where the others go by a priority; none: all tasks have as many.
    MinEpisodes: int option
    /// Episodes of a task at most; none: twice the mean.
    MaxEpisodes: int option
    Priority: TaskPriority
    /// Correlation between the exploration noise of successive actions.
    NoiseCorrelation: float
    /// Correlation in every second episode of a task in an iteration; none: as in the others.
    SlowNoiseCorrelation: float option
    /// Episodes with success of each task that are trained on again while few of its episodes succeed; 0: none.
    RememberedSuccesses: int
    /// Samplers that take turns where tasks are not balanced.
    Workers: int
    /// λ of the advantages.
    Lambda: float
    /// Updates between the policy that plays an iteration and the one that learns from it.
    Lag: int
    /// Iterations are played without waiting for updates, at most that many ahead.
    Asynchronous: bool
    /// ρ̄ of V-trace.
    RhoBar: float
    /// c̄ of V-trace.
    CBar: float
    CenterAdvantages: bool
    PositiveAdvantages: bool
    /// Centre the advantages of each task by themselves.
    AdvantagesPerTask: bool
    /// Centre the advantages of each minibatch anew.
    AdvantagesPerMinibatch: bool
    Entropy: EntropyMethod
    EntropyCoefficient: float
    /// The entropy that coefficients that learn aim at, in nats for each action.
    TargetEntropy: float
    /// Steps of their logarithms.
    EntropyRate: float
    StopEntropyGradient: bool
    SoftplusEntropy: bool
    /// Weight of the squares of mean actions beyond ±1.1.
    BoundsLoss: float
    InitStd: float
    MinStd: float
    /// None: any.
    MaxStd: float option
    /// One σ for each task.
    StdPerTask: bool
    Tanh: bool
    /// Of the policy.
    InitialWeights: InitialWeights
    Value: ValueKind
    /// Passes of the value function over an iteration's steps.
    ValueEpochs: int
    /// Layer normalisation in the value network.
    ValueLayerNorm: bool
    /// Values in units of each task's returns (PopArt).
    NormalizeValues: bool
    NormalizeObservations: bool
    /// Normalise the observations of each task by themselves.
    ObservationsPerTask: bool
    /// Rows of a minibatch.
    Minibatch: int
    /// Longest gradient; none: any.
    MaxGradNorm: float option
    LearningRates: LearningRateSchedule
    /// Share of the run after which a linear schedule begins to fall.
    DecayStart: float
}

module internal OnPolicyKeys =
    open Schema

    let private key name = key $"agent.on_policy.{name}"
    let private orNull name = orNull $"agent.on_policy.{name}"

    let private priorities =
        Codec.oneOf [ "progress", TaskPriority.Progress; "failure", TaskPriority.Failure ]

    let private entropies =
        Codec.oneOf [
            "no_entropy", EntropyMethod.None
            "regularized", EntropyMethod.Regularized
            "tuned", EntropyMethod.Tuned
            "max", EntropyMethod.Max
        ]

    let private activations = Codec.oneOf [ "tanh", true; "relu", false ]

    let private initialisations =
        Codec.oneOf [ "glorot", InitialWeights.Glorot; "he", InitialWeights.He ]

    let private values =
        Codec.oneOf [
            "gaussian", ValueKind.Gaussian
            "squared", ValueKind.Squared
            "linear", ValueKind.Linear
        ]

    let private schedules =
        Codec.oneOf [
            "constant", LearningRateSchedule.Constant
            "linear", LearningRateSchedule.Linear
        ]

    /// A new key is a field of `OnPolicyKeys`, and its key at the same place.
    let schema =
        record<OnPolicyKeys> [
            // Episodes of an iteration, and who plays them.

            key "batch_size" Codec.count (is 50_000) _.BatchSize
            <| "steps of all tasks in an iteration, rounded up to whole episodes of every task, of agent=rl2 to whole trials (garage: 1024). Ours, as all keys of agent.on_policy"

            key "episode_length" (Codec.int 1 1_000_000) (like "env.horizon") _.EpisodeLength
            <| "steps at which an episode that is learned from is cut; evaluation plays env.horizon"

            orNull "steps_after_success" (Codec.int 0 1_000_000) _.StepsAfterSuccess
            <| "steps after its first success at which an episode that is learned from is cut, with the value of what follows; null: it is not"

            orNull "min_episodes" (Codec.int 1 1_000_000) _.MinEpisodes
            <| "episodes of each task in an iteration at least; the others go to tasks by agent.on_policy.episodes_by; null: all tasks have as many"

            orNull "max_episodes" (Codec.int 1 1_000_000) _.MaxEpisodes
            <| "with agent.on_policy.min_episodes: episodes of a task in an iteration at most; null: twice the mean"

            key "episodes_by" priorities (is TaskPriority.Progress) _.Priority
            <| "with agent.on_policy.min_episodes: what a task's further episodes are in proportion to, its learning progress (Kanitscheider et al. 2021) or the share of its episodes without success"

            key "noise_correlation" Codec.belowOne (is 0.0) _.NoiseCorrelation
            <| "correlation between the exploration noise of successive actions, as in coloured noise (Hollenstein et al. 2024); 0: none"

            orNull "slow_noise_correlation" Codec.belowOne _.SlowNoiseCorrelation
            <| "that correlation in every second episode of a task in an iteration; null: agent.on_policy.noise_correlation in all"

            key "remembered_successes" (Codec.int 0 1_000) (is 0) _.RememberedSuccesses
            <| "newest episodes with success of a task that it is trained on in each iteration until half of its episodes succeed, after self-imitation (Oh et al. 2018); 0: none"

            key "workers" (Codec.int 1 10_000) (is 4) _.Workers
            <| "with behaviour.equal_episodes_per_task=false: samplers that take turns (garage: one a core)"

            // Advantages, and the lag that V-trace corrects.

            key "gae_lambda" Codec.fraction (is 0.95) _.Lambda
            <| "λ of the advantages (Schulman et al. 2016)"

            key "lag" (Codec.int 0 16) (is 0) _.Lag
            <| "updates between the policy that plays an iteration and the one that learns from it, corrected by V-trace (Espeholt et al. 2018); from 1 on an iteration is played while another one is learned"

            key "asynchronous" Codec.flag (is false) _.Asynchronous
            <| "iterations are played by the newest policy without waiting for updates, at most agent.on_policy.lag ahead; their lag then depends on timing, and runs are not repeatable"

            key "rho_bar" Codec.positive (is 1.0) _.RhoBar
            <| "with a lag: ρ̄, bound of the importance ratios of errors"

            key "c_bar" Codec.positive (is 1.0) _.CBar
            <| "with a lag: c̄, bound of the importance ratios by which an error passes to earlier steps"

            key "center_advantages" Codec.flag (is true) _.CenterAdvantages
            <| "advantages get mean 0 and deviation 1"

            key "positive_advantages" Codec.flag (is false) _.PositiveAdvantages
            <| "advantages are moved until the least is 0"

            key "advantages_per_task" Codec.flag (is true) _.AdvantagesPerTask
            <| "the advantages of each task are centred by themselves"

            key "advantages_per_minibatch" Codec.flag (is false) _.AdvantagesPerMinibatch
            <| "the advantages of each minibatch are centred; MT-TRPO's minibatch is the iteration"

            // The entropy of the policy, and the loss of mean actions beyond their bounds.

            key "entropy_method" entropies (is EntropyMethod.None) _.Entropy
            <| "where the policy's entropy is added: nowhere, to its objective, there by a coefficient for each task that learns, to rewards"

            key "entropy_coefficient" Codec.notNegative (is 0.0) _.EntropyCoefficient
            <| "how much the entropy counts; where tasks' coefficients learn, at first"

            key "target_entropy" Codec.finite (is -1.0) _.TargetEntropy
            <| "with entropy_method=tuned: the target entropy, in nats for each number of a continuous action (−1, as of soft actor-critic, is σ = 0.089), or of a discrete action among n (0 to log n)"

            key "entropy_lr" Codec.notNegative (is 1.0) _.EntropyRate
            <| "with entropy_method=tuned: log of a task's coefficient moves by this times the entropy that an action lacks, each iteration"

            key "stop_entropy_gradient" Codec.flag (is false) _.StopEntropyGradient
            <| "the entropy is a constant for the gradient"

            key "use_softplus_entropy" Codec.flag (is false) _.SoftplusEntropy
            <| "log(1 + e^x) of the entropy"

            key "bounds_loss_coefficient" Codec.notNegative (is 0.0) _.BoundsLoss
            <| "weight of the squares of mean actions beyond ±1.1 in the loss of a Gaussian policy, as in rl_games; environments cut actions at ±1; 0: none"

            // σ of the policy.

            key "init_std" Codec.positive (is 1.0) _.InitStd
            <| "σ of the policy at the start"

            key "min_std" Codec.positive (is 1e-6) _.MinStd <| "least σ of the policy"

            orNull "max_std" Codec.positive _.MaxStd
            <| "greatest σ of the policy; null: any"

            key "std_per_task" Codec.flag (is true) _.StdPerTask
            <| "a σ for each task and action; false: for each action"

            // Networks of policy and value function, and the scales of what they observe and predict.

            key "activation" activations (is true) _.Tanh
            <| "between the layers of policy and value function, where they are plain"

            key "initial_weights" initialisations (is InitialWeights.Glorot) _.InitialWeights
            <| "how the policy's dense layers begin: uniform within Glorot's bound with biases 0, as in garage and mtrl; or within the bound of He et al. 2015, weights and biases of the last layer within ±0.001, as in Meta-World+"

            key "value_function" values (is ValueKind.Squared) _.Value
            <| "what estimates values: a normal distribution of returns with a learned σ, squared error, or least squares on features of observation and time"

            key "value_epochs" (Codec.int 1 10_000) (like "agent.ppo.epochs") _.ValueEpochs
            <| "passes of the value function over the steps of an iteration"

            key "value_layer_norm" Codec.flag (is false) _.ValueLayerNorm
            <| "layer normalisation after the plain hidden layers of the value network"

            key "normalize_values" Codec.flag (is true) _.NormalizeValues
            <| "values in units of the returns of each task (PopArt, van Hasselt et al. 2016)"

            key "normalize_observations" Codec.flag (is false) _.NormalizeObservations
            <| "observations in units of those seen so far"

            key "observations_per_task" Codec.flag (is false) _.ObservationsPerTask
            <| "with normalize_observations: in units of those seen so far in the same task"

            // Minibatches and learning rates.

            key "minibatch_size" Codec.count (is 2_500) _.Minibatch
            <| "rows of a minibatch, all tasks together (garage: 64); of agent=rl2 rounded down to whole trials, at least one of each task"

            orNull "max_grad_norm" Codec.positive _.MaxGradNorm
            <| "longer gradients are shortened to this; null: never"

            key "lr_schedule" schedules (is LearningRateSchedule.Constant) _.LearningRates
            <| "learning rates over the run: as they are, or down to zero at its end"

            key "lr_decay_start" Codec.belowOne (is 0.0) _.DecayStart
            <| "share of the run's steps after which lr_schedule=linear begins to fall; until then the run can be made longer and equals one that was started with as many steps"
        ]
