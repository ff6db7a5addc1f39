/// The configuration of MT-PPO, MT-TRPO, IMPALA and RL² from an experiment's keys.
///
/// Networks are those of `SacNetworks`: any encoder and any way to treat tasks serves policy and
/// value function, which share nothing.
///
/// Reading order: network → value → improve → ofExperiment.
module MtrlFunctional.Algorithms.OnPolicySetup

open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Training
open MtrlFunctional.Tensors

/// The same network with another function between plain layers.
let rec private activated activation spec =
    match spec with
    | Mlp layers -> Mlp { layers with Activation = activation }
    | PerTask layers -> PerTask { layers with Activation = activation }
    | Activate Relu -> Activate activation
    | Composed c -> Composed { c with Each.Activation = activation }
    | Orthogonal o -> Orthogonal { o with Expert.Activation = activation }
    | Hypernetwork h -> Hypernetwork { h with Target.Activation = activation }
    | UniformStart body -> UniformStart(activated activation body)
    | HeStart(bound, body) -> HeStart(bound, activated activation body)
    | FromContext body -> FromContext(activated activation body)
    | PerGroup(groups, body) -> PerGroup(groups, activated activation body)
    | ForEachTask body -> ForEachTask(activated activation body)
    | ReadTrial(encoder, body) -> ReadTrial(encoder, activated activation body)
    | Chain parts -> Chain [ for name, part in parts -> name, activated activation part ]
    | WithTaskEncoder(encoder, body) -> WithTaskEncoder(encoder, activated activation body)
    | Identity
    | Activate Tanh
    | Normalise
    | Gru _
    | TrialEncoder _
    | Convolutions _
    | Deconvolutions _
    | Film _
    | FeatureFilm _
    | Mixture _
    | SoftModules _
    | Projected _
    | AppendContext
    | TaskTable _
    | PaddedTable _
    | FixedTable _
    | Custom _ -> spec

/// The same network with layer normalisation after each plain layer that another one follows.
let rec private normalised spec =
    match spec with
    | Mlp layers ->
        Chain [
            for i, units in List.indexed layers.Hidden do
                $"{i}", Mlp { layers with Hidden = []; Output = units }
                $"{i}/norm", Normalise
                $"{i}/activation", Activate layers.Activation
            $"{layers.Hidden.Length}", Mlp { layers with Hidden = [] }
        ]
    | UniformStart body -> UniformStart(normalised body)
    | HeStart(bound, body) -> HeStart(bound, normalised body)
    | FromContext body -> FromContext(normalised body)
    | PerGroup(groups, body) -> PerGroup(groups, normalised body)
    | ForEachTask body -> ForEachTask(normalised body)
    | ReadTrial(encoder, body) -> ReadTrial(encoder, normalised body)
    | Chain parts ->
        Chain [
            for i, (name, part) in List.indexed parts do
                name, normalised part

                match part, List.tryItem (i + 1) parts with
                | Mlp _, Some(_, Activate _) -> $"{name}/norm", Normalise
                | _ -> ()
        ]
    | WithTaskEncoder(encoder, body) -> WithTaskEncoder(encoder, normalised body)
    | Identity
    | Activate _
    | Normalise
    | Gru _
    | TrialEncoder _
    | Convolutions _
    | Deconvolutions _
    | PerTask _
    | Film _
    | FeatureFilm _
    | Mixture _
    | SoftModules _
    | Projected _
    | Composed _
    | Orthogonal _
    | Hypernetwork _
    | AppendContext
    | TaskTable _
    | PaddedTable _
    | FixedTable _
    | Custom _ -> spec

/// `layers` hidden layers of `units` and one to `output`, behind the chosen encoder.
let private network embeddings actions (keys: OnPolicyKeys) (e: Experiment) layers units output =
    let parts = SacNetworks.architecture embeddings actions e
    let model = SacNetworks.model e layers units output

    let body =
        Chain [
            match parts.Encoder with
            | Chain [ "trunk", Identity ] -> ()
            | encoder -> "encoder", encoder
            yield! model
        ]

    let activation = if keys.Tanh then Tanh else Relu

    match parts.TaskEncoder with
    | Some encoder -> WithTaskEncoder(encoder, activated activation body)
    | None -> activated activation body

/// Agents of an experiment: one, or one for each task.
[<CompiledName("Members")>]
let members (e: Experiment) =
    if e.Agent.Multitask.Model = TaskModel.Separate then
        e.Environment.NumEnvs
    else
        1

/// The experiment of one of them: an agent of one task has no tasks to distinguish.
let private ofMember (e: Experiment) =
    if members e = 1 then
        e
    else
        let agent = e.Agent

        {
            e with
                Agent = {
                    agent with
                        Multitask = { agent.Multitask with Model = TaskModel.ByFlags }
                }
        }

/// The keys of one of them, which has its share of a minibatch.
let private keysOfMember (e: Experiment) (keys: OnPolicyKeys) = {
    keys with
        Minibatch = max 1 (keys.Minibatch / members e)
}

let private descent passes optimizer (keys: OnPolicyKeys) : MinibatchSettings = {
    Adam = AdamRules.ofOptimizer optimizer
    Epochs = passes
    Minibatch = Some keys.Minibatch
    MaxNorm = keys.MaxGradNorm
    FinalRate =
        match keys.LearningRates with
        | LearningRateSchedule.Constant -> 1.0
        | LearningRateSchedule.Linear -> 0.0
    DecayStart = keys.DecayStart
}

let private value spec (keys: OnPolicyKeys) (e: Experiment) =
    let network loss =
        ValueNetwork {
            Spec = spec
            Loss = loss
            Training = descent keys.ValueEpochs e.Agent.Optimizers.Critic keys
            PopArt = if keys.NormalizeValues then Some { Step = 0.1 } else None
        }

    match keys.Value with
    | ValueKind.Gaussian -> network GaussianLikelihood
    | ValueKind.Squared -> network (SquaredError None)
    | ValueKind.Linear -> LinearFeatures 1e-5

let private ppoStep (ppo: PpoKeys) (keys: OnPolicyKeys) (e: Experiment) =
    GradientSteps(
        ClippedRatio ppo.Clip,
        descent ppo.Epochs e.Agent.Optimizers.Actor keys,
        ppo.TargetKl
    )

let internal trustRegion (trpo: TrpoKeys) (e: Experiment) : TrustRegion = {
    MaxKl = trpo.MaxKl
    Iterations = trpo.CgIterations
    Tolerance = 1e-10
    Damping = trpo.Damping
    Tries = trpo.Backtracks
    Shrink = trpo.BacktrackRatio
    AcceptsViolation = trpo.AcceptViolation
    AcceptStepAtBound = e.Behaviour.AcceptStepAtBound
}

let private improve keys (e: Experiment) =
    match e.Agent.Algorithm.Ppo, e.Agent.Algorithm.Trpo with
    | Some ppo, _ -> ppoStep ppo keys e
    | None, Some trpo -> TrustRegionStep(Ratio, trustRegion trpo e)
    | None, None -> GradientSteps(LogLikelihood, descent 1 e.Agent.Optimizers.Actor keys, None)

let private entropy (keys: OnPolicyKeys) =
    match keys.Entropy with
    | EntropyMethod.None -> NoBonus
    | EntropyMethod.Regularized ->
        InObjective(keys.EntropyCoefficient, not keys.StopEntropyGradient)
    | EntropyMethod.Tuned ->
        Tuned {
            Start = keys.EntropyCoefficient
            Target = keys.TargetEntropy
            Rate = keys.EntropyRate
        }
    | EntropyMethod.Max -> InReward keys.EntropyCoefficient

let private lag (keys: OnPolicyKeys) =
    if keys.Lag = 0 then
        None
    else
        Some { Updates = keys.Lag; Bounds = { Rho = keys.RhoBar; C = keys.CBar } }

/// TRPO's step takes all rows at once: they are its minibatch.
let private advantage (keys: OnPolicyKeys) (e: Experiment) : AdvantageNormalisation = {
    NormalisedOver =
        let perMinibatch =
            keys.AdvantagesPerMinibatch && e.Choices.Agent.Family <> Family.trpo

        match keys.CenterAdvantages, perMinibatch, keys.AdvantagesPerTask with
        | false, _, _ -> None
        | true, false, false -> Some WholeBatch
        | true, false, true -> Some EachTask
        | true, true, false -> Some EachMinibatch
        | true, true, true -> Some EachTaskOfMinibatch
    ByStandardDeviation = e.Behaviour.DivideAdvantagesByStd
    Positive = keys.PositiveAdvantages
}

/// Random numbers come from the run's seed.
let private surgery (e: Experiment) : OnPolicySurgery option =
    SurgeryKeys.surgery e.Behaviour e.Environment.Tasks e.Agent.Surgery
    |> Option.map (fun method' ->
        let key = Key.ofSeed (int64 e.Setup.SeedRef) |> Key.forPurpose "surgery"

        {
            OnPolicySurgery.both method' key with
                OwnToo = not e.Behaviour.SurgeryOfSharedParameters
        })

let private policyKind (keys: OnPolicyKeys) (e: Experiment) actions =
    match actions with
    | ActionSpace.Box _ ->
        PolicyKind.Gaussian {
            InitStd = keys.InitStd
            MinStd = Some keys.MinStd
            MaxStd = keys.MaxStd
            Learned = true
            PerTask = keys.StdPerTask
            Projected = e.Behaviour.ProjectStd
            Form = LogStd
        }
    | ActionSpace.Discrete _ -> PolicyKind.Categorical

/// The encoder of an agent that infers its task from a trial, for observations of `obsSize` numbers with those of the trial.
let private trialEncoder
    obsSize
    actions
    (memory: MemoryKeys)
    (e: Experiment)
    : TrialEncoder option =
    let multitask = e.Agent.Multitask

    if e.Agent.Context.Method = ContextMethod.Gru && multitask.UseTaskEncoder then
        Some {
            Memory = { Units = memory.Units; TimeConstant = memory.TimeConstant }
            Encoding = SacNetworks.trialEncoding multitask.TaskEncoder
            Observed = obsSize - Trial.columnsOf (ActionSpace.size actions)
        }
    else
        None

/// The goal that an agent with a memory learns to predict from `from`, where its key has a weight.
let private hiddenGoal (keys: MemoryKeys) from : HiddenGoal option =
    keys.GoalWeight
    |> Option.map (fun weight -> {
        Observed = { First = MetaWorldSpaces.goalFirst; Count = MetaWorldSpaces.observation.Tail }
        PredictedFrom = from
        Weight = weight
    })

/// The recurrent encoder of the policy, and the network that reads its own encoder or the policy's.
let private memory obsSize actions (e: Experiment) : PolicyMemory option * (Spec -> Spec) =
    match AgentMemory.tryFind e.Agent with
    | None -> None, id
    | Some(_, keys) ->
        let steps = AgentMemory.rowSteps e.Agent

        match trialEncoder obsSize actions keys e with
        | Some encoder ->
            let read body = ReadTrial(encoder, body)
            let context = { First = encoder.Memory.Units; Count = encoder.Encoding.Output }

            Some {
                Spec = TrialEncoder encoder
                IsShared = not (List.contains ContextLoss.Value e.Agent.Context.Losses)
                Steps = steps
                Goal = hiddenGoal keys context
            },
            read
        | None ->
            Some {
                Spec = Gru { Units = keys.Units; TimeConstant = keys.TimeConstant }
                IsShared = false
                Steps = steps
                Goal = hiddenGoal keys { First = 0; Count = keys.Units }
            },
            id

/// For observations of `obsSize` numbers without task columns, the context of a model among them; `embeddings` are the fixed task
/// embeddings of an experiment that uses some. Where each task has an agent (`members`), this is the
/// configuration of each. Raises ArgumentException for an off-policy algorithm.
[<CompiledName("OfExperiment")>]
let ofExperiment precision embeddings obsSize actions (e: Experiment) : OnPolicyConfig =
    let actionSize = ActionSpace.size actions
    let columns = Observed.taskColumns e
    let groups = (SamplingPlan.ofExperiment 0L e).Groups / members e
    let keys = AlgorithmKeys.onPolicy e.Agent.Algorithm |> keysOfMember e
    let e = ofMember e
    let memory, read = memory obsSize actions e

    let network layers units output =
        network embeddings actions keys e layers units output |> read

    let policy =
        let plain = network e.Agent.Actor.NumLayers e.Agent.Actor.HiddenDim actionSize

        match keys.InitialWeights, plain with
        | InitialWeights.Glorot, _ -> plain
        | InitialWeights.He, WithTaskEncoder(encoder, body) ->
            WithTaskEncoder(encoder, HeStart(1e-3, body))
        | InitialWeights.He, body -> HeStart(1e-3, body)

    let withMemory spec =
        match memory with
        // It reads the goal, which a memory would estimate.
        | Some { Goal = Some _; Spec = Gru _ } -> spec
        | Some { IsShared = false; Spec = memory } -> Chain [ "memory", memory; "", spec ]
        | Some { IsShared = true }
        | None -> spec

    {
        Tasks = groups
        ObsSize = obsSize + columns
        ActionSize = actionSize
        ActionSizes = Observed.actionSizes e
        Memory = memory
        Policy = policy
        Actions = policyKind keys e actions
        Value =
            let plain = network e.Agent.Critic.NumLayers e.Agent.Critic.HiddenDim 1
            let spec = if keys.ValueLayerNorm then normalised plain else plain
            value (withMemory spec) keys e
        Target =
            if e.Behaviour.BootstrapTimeLimits then
                LambdaReturns
            else
                DiscountedReturns
        Improve = improve keys e
        Entropy = entropy keys
        SoftplusEntropy = keys.SoftplusEntropy
        BoundsLoss = keys.BoundsLoss
        Discount = e.Agent.Discount
        Lambda = keys.Lambda
        Lag = lag keys
        Advantage = advantage keys e
        BootstrapTimeLimits = e.Behaviour.BootstrapTimeLimits
        PaddingInAdvantages = e.Behaviour.PaddingInAdvantages
        ObsScaling =
            if keys.NormalizeObservations then
                // The mark of a new trial and the context of a model are read as they are.
                let unscaled =
                    match memory, AgentMemory.tryModel e.Agent with
                    | Some _, _ -> 1
                    | None, Some model -> model.Context
                    | None, None -> 0

                let columns = obsSize - unscaled

                Some { Columns = columns; Clip = 10.0; PerTask = keys.ObservationsPerTask }
            else
                None
        RewardScaling =
            match e.Environment.RewardNormalization with
            | RewardNormalization.Running -> Some { PerTask = true; Clip = 10.0 }
            | RewardNormalization.None
            | RewardNormalization.Scaled -> None
        Precision = precision
        Surgery = surgery e
    }
