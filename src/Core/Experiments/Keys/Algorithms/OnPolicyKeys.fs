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
    /// Those of the last layer are near 0.
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
    /// Correlation of an action's exploration noise with that of the step before.
    NoiseCorrelation: float
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
    /// Centre those of each minibatch anew.
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
    /// Least σ of a task without success; none: `MinStd`.
    UnsolvedStd: float option
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
    /// Those of each task by themselves.
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

    let private entropies =
        Codec.oneOf [
            "no_entropy", EntropyMethod.None
            "regularized", EntropyMethod.Regularized
            "tuned", EntropyMethod.Tuned
            "max", EntropyMethod.Max
        ]

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

    let private priorities =
        Codec.oneOf [ "progress", TaskPriority.Progress; "failure", TaskPriority.Failure ]

    let private initialWeights =
        Codec.oneOf [ "glorot", InitialWeights.Glorot; "he", InitialWeights.He ]

    let private activations = Codec.oneOf [ "tanh", true; "relu", false ]

    let schema =
        schema {
            let! batchSize =
                key "agent.on_policy.batch_size" Codec.count (is 50_000) (fun (o: OnPolicyKeys) ->
                    o.BatchSize)
                |> about
                    "steps of all tasks in an iteration, rounded up to whole episodes of every task, of agent=rl2 to whole trials (garage: 1024). Ours, as all keys of agent.on_policy"

            and! episodeLength =
                key
                    "agent.on_policy.episode_length"
                    (Codec.int 1 1_000_000)
                    (like "env.horizon")
                    _.EpisodeLength
                |> about
                    "steps at which an episode that is learned from is cut; evaluation plays env.horizon"

            and! afterSuccess =
                key
                    "agent.on_policy.steps_after_success"
                    (Codec.optional (Codec.int 0 1_000_000))
                    (is None)
                    _.StepsAfterSuccess
                |> about
                    "steps after its first success at which an episode that is learned from is cut, with the value of what follows; null: it is not"

            and! minEpisodes =
                key
                    "agent.on_policy.min_episodes"
                    (Codec.optional (Codec.int 1 1_000_000))
                    (is None)
                    _.MinEpisodes
                |> about
                    "episodes of each task in an iteration at least; the others go to tasks by agent.on_policy.episodes_by; null: all tasks have as many"

            and! maxEpisodes =
                key
                    "agent.on_policy.max_episodes"
                    (Codec.optional (Codec.int 1 1_000_000))
                    (is None)
                    _.MaxEpisodes
                |> about
                    "with agent.on_policy.min_episodes: episodes of a task in an iteration at most; null: twice the mean"

            and! priority =
                key "agent.on_policy.episodes_by" priorities (is TaskPriority.Progress) _.Priority
                |> about
                    "with agent.on_policy.min_episodes: what a task's further episodes are in proportion to, its learning progress (Kanitscheider et al. 2021) or the share of its episodes without success"

            and! noiseCorrelation =
                key "agent.on_policy.noise_correlation" Codec.belowOne (is 0.0) _.NoiseCorrelation
                |> about
                    "correlation of an action's exploration noise with that of the step before, as in coloured noise (Hollenstein et al. 2024); 0: none"

            and! workers =
                key "agent.on_policy.workers" (Codec.int 1 10_000) (is 4) _.Workers
                |> about
                    "with behaviour.equal_episodes_per_task=false: samplers that take turns (garage: one a core)"

            and! lambda =
                key
                    "agent.on_policy.gae_lambda"
                    Codec.fraction
                    (Default.By(fun c -> is (if c.Agent.Family = Family.maml then 1.0 else 0.95)))
                    _.Lambda
                |> about "λ of the advantages (Schulman et al. 2016)"

            and! lag =
                key
                    "agent.on_policy.lag"
                    (Codec.int 0 16)
                    (Default.By(fun c ->
                        is (
                            if
                                c.Agent.Family = Family.impala && c.Fidelity = Fidelity.Corrected
                            then
                                1
                            else
                                0
                        )))
                    _.Lag
                |> about
                    "updates between the policy that plays an iteration and the one that learns from it, corrected by V-trace (Espeholt et al. 2018); from 1 on an iteration is played while another one is learned"

            and! asynchronous =
                key "agent.on_policy.asynchronous" Codec.flag (is false) _.Asynchronous
                |> about
                    "iterations are played by the newest policy without waiting for updates, at most agent.on_policy.lag ahead; their lag then depends on timing, and runs are not repeatable"

            and! rhoBar =
                key "agent.on_policy.rho_bar" Codec.positive (is 1.0) _.RhoBar
                |> about "with a lag: ρ̄, bound of the importance ratios of errors"

            and! cBar =
                key "agent.on_policy.c_bar" Codec.positive (is 1.0) _.CBar
                |> about
                    "with a lag: c̄, bound of the importance ratios by which an error passes to earlier steps"

            and! center =
                key "agent.on_policy.center_advantages" Codec.flag (is true) _.CenterAdvantages
                |> about "advantages get mean 0 and deviation 1"

            and! positive =
                key "agent.on_policy.positive_advantages" Codec.flag (is false) _.PositiveAdvantages
                |> about "advantages are moved until the least is 0"

            and! perTask =
                key "agent.on_policy.advantages_per_task" Codec.flag (is true) _.AdvantagesPerTask
                |> about "the advantages of each task are centred by themselves"

            and! perMinibatch =
                key
                    "agent.on_policy.advantages_per_minibatch"
                    Codec.flag
                    (is false)
                    _.AdvantagesPerMinibatch
                |> about
                    "the advantages of each minibatch are centred; MT-TRPO's minibatch is the iteration"

            and! entropy =
                key "agent.on_policy.entropy_method" entropies (is EntropyMethod.None) _.Entropy
                |> about
                    "where the policy's entropy is added: nowhere, to its objective, there by a coefficient for each task that learns, to rewards"

            and! entropyCoefficient =
                key
                    "agent.on_policy.entropy_coefficient"
                    Codec.notNegative
                    (is 0.0)
                    _.EntropyCoefficient
                |> about "how much the entropy counts; where tasks' coefficients learn, at first"

            and! targetEntropy =
                key
                    "agent.on_policy.target_entropy"
                    (Codec.real "a finite number" System.Double.IsFinite)
                    (is -1.0)
                    _.TargetEntropy
                |> about
                    "with entropy_method=tuned: the target entropy, in nats for each number of a continuous action (−1, as of soft actor-critic, is σ = 0.089), or of a discrete action among n (0 to log n)"

            and! entropyRate =
                key "agent.on_policy.entropy_lr" Codec.notNegative (is 1.0) _.EntropyRate
                |> about
                    "with entropy_method=tuned: log of a task's coefficient moves by this times the entropy that an action lacks, each iteration"

            and! stopEntropy =
                key
                    "agent.on_policy.stop_entropy_gradient"
                    Codec.flag
                    (is false)
                    _.StopEntropyGradient
                |> about "the entropy is a constant for the gradient"

            and! softplusEntropy =
                key "agent.on_policy.use_softplus_entropy" Codec.flag (is false) _.SoftplusEntropy
                |> about "log(1 + e^x) of the entropy"

            and! boundsLoss =
                key
                    "agent.on_policy.bounds_loss_coefficient"
                    Codec.notNegative
                    (is 0.0)
                    _.BoundsLoss
                |> about
                    "weight of the squares of mean actions beyond ±1.1 in the loss of a Gaussian policy, as in rl_games; environments cut actions at ±1; 0: none"

            and! initStd =
                key "agent.on_policy.init_std" Codec.positive (is 1.0) _.InitStd
                |> about "σ of the policy at the start"

            and! minStd =
                key "agent.on_policy.min_std" Codec.positive (is 1e-6) _.MinStd
                |> about "least σ of the policy"

            and! unsolvedStd =
                key
                    "agent.on_policy.unsolved_std"
                    (Codec.optional Codec.positive)
                    (is None)
                    _.UnsolvedStd
                |> about
                    "least σ of a task while none of its episodes succeeds; it falls linearly to nothing where a fifth of them does; null: agent.on_policy.min_std alone"

            and! maxStd =
                key "agent.on_policy.max_std" (Codec.optional Codec.positive) (is None) _.MaxStd
                |> about "greatest σ of the policy; null: any"

            and! stdPerTask =
                key
                    "agent.on_policy.std_per_task"
                    Codec.flag
                    (Default.By(fun c -> is (not (Family.findsTask c.Agent.Family))))
                    _.StdPerTask
                |> about "a σ for each task and action; false: for each action"

            and! tanh =
                key "agent.on_policy.activation" activations (is true) _.Tanh
                |> about "between the layers of policy and value function, where they are plain"

            and! initialWeights =
                key
                    "agent.on_policy.initial_weights"
                    initialWeights
                    (is InitialWeights.Glorot)
                    _.InitialWeights
                |> about
                    "how the policy's dense layers begin: uniform within Glorot's bound with biases 0, as garage's and mtrl's; or within that of He et al. 2015, weights and biases of the last layer within ±0.001, as those of Meta-World+"

            and! value =
                key
                    "agent.on_policy.value_function"
                    values
                    (Default.By(fun c ->
                        // As RL² and MAML in Meta-World's experiments; a network learns the long returns of trials slowly.
                        is (
                            if Family.findsTask c.Agent.Family then
                                ValueKind.Linear
                            else
                                ValueKind.Squared
                        )))
                    _.Value
                |> about
                    "what estimates values: a normal distribution of returns with a learned σ, squared error, or least squares on features of observation and time"

            and! valueEpochs =
                key
                    "agent.on_policy.value_epochs"
                    (Codec.int 1 10_000)
                    (Default.By(fun c ->
                        if c.Agent.Family = Family.impala then
                            is 1
                        else
                            like "agent.ppo.epochs"))
                    _.ValueEpochs
                |> about "passes of the value function over the steps of an iteration"

            and! layerNorm =
                key "agent.on_policy.value_layer_norm" Codec.flag (is false) _.ValueLayerNorm
                |> about "layer normalisation after the plain hidden layers of the value network"

            and! normalizeValues =
                key "agent.on_policy.normalize_values" Codec.flag (is true) _.NormalizeValues
                |> about
                    "values in units of the returns of each task (PopArt, van Hasselt et al. 2016)"

            and! normalizeObs =
                key
                    "agent.on_policy.normalize_observations"
                    Codec.flag
                    (Default.By(fun c -> is (c.Agent.Family = Family.rl2)))
                    _.NormalizeObservations
                |> about "observations in units of those seen so far"

            and! obsPerTask =
                key
                    "agent.on_policy.observations_per_task"
                    Codec.flag
                    (is false)
                    _.ObservationsPerTask
                |> about
                    "with normalize_observations: in units of those seen so far in the same task"

            and! minibatch =
                key
                    "agent.on_policy.minibatch_size"
                    Codec.count
                    (Default.By(fun c -> is (if c.Agent.Family = Family.rl2 then 10_000 else 2_500)))
                    _.Minibatch
                |> about
                    "rows of a minibatch, all tasks together (garage: 64); of agent=rl2 rounded down to whole trials, at least one of each task"

            and! maxGradNorm =
                key
                    "agent.on_policy.max_grad_norm"
                    (Codec.optional Codec.positive)
                    (is None)
                    _.MaxGradNorm
                |> about "longer gradients are shortened to this; null: never"

            and! rates =
                key
                    "agent.on_policy.lr_schedule"
                    schedules
                    (is LearningRateSchedule.Constant)
                    _.LearningRates
                |> about "learning rates over the run: as they are, or down to zero at its end"

            and! decayStart =
                key "agent.on_policy.lr_decay_start" Codec.belowOne (is 0.0) _.DecayStart
                |> about
                    "share of the run's steps after which lr_schedule=linear begins to fall; until then the run can be made longer and equals one that was started with as many steps"

            return {
                BatchSize = batchSize
                EpisodeLength = episodeLength
                StepsAfterSuccess = afterSuccess
                MinEpisodes = minEpisodes
                MaxEpisodes = maxEpisodes
                Priority = priority
                NoiseCorrelation = noiseCorrelation
                Workers = workers
                Lambda = lambda
                Lag = lag
                Asynchronous = asynchronous
                RhoBar = rhoBar
                CBar = cBar
                CenterAdvantages = center
                PositiveAdvantages = positive
                AdvantagesPerTask = perTask
                AdvantagesPerMinibatch = perMinibatch
                Entropy = entropy
                EntropyCoefficient = entropyCoefficient
                TargetEntropy = targetEntropy
                EntropyRate = entropyRate
                StopEntropyGradient = stopEntropy
                SoftplusEntropy = softplusEntropy
                BoundsLoss = boundsLoss
                InitStd = initStd
                MinStd = minStd
                UnsolvedStd = unsolvedStd
                MaxStd = maxStd
                StdPerTask = stdPerTask
                Tanh = tanh
                InitialWeights = initialWeights
                Value = value
                ValueEpochs = valueEpochs
                ValueLayerNorm = layerNorm
                NormalizeValues = normalizeValues
                NormalizeObservations = normalizeObs
                ObservationsPerTask = obsPerTask
                Minibatch = minibatch
                MaxGradNorm = maxGradNorm
                LearningRates = rates
                DecayStart = decayStart
            }
        }
