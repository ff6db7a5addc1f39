/// The configuration of MT-PPO, MT-TRPO, IMPALA and RL² from an experiment's keys.
///
/// Networks are made by `SacNetworks`: any encoder and any way to treat tasks serves policy and
/// value function, which share nothing.
///
/// Reading order: network → value → improve → ofExperiment.
module MtrlFunctional.Algorithms.OnPolicySetup

open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Training
open MtrlFunctional.Tensors

/// `layers` hidden layers of `units` and one to `output`, behind the chosen encoder; `start` gives all but the task encoder
/// their initial values.
let private network
    embeddings
    actions
    (keys: OnPolicyKeys)
    (e: Experiment)
    start
    layers
    units
    output
    =
    let parts = SacNetworks.architecture embeddings actions e
    let model = SacNetworks.model e layers units output

    let body =
        Chain.layer [
            if parts.Encoder <> Chain.layer [ "trunk", Identity.layer ] then
                "encoder", parts.Encoder

            yield! model
        ]
        |> Network.activated (if keys.Tanh then Tanh else Relu)
        |> start

    match parts.TaskEncoder with
    | Some encoder -> WithTaskEncoder.layer encoder body
    | None -> body

/// Agents of an experiment: one, or one for each task.
let internal members (e: Experiment) =
    if e.Agent.Multitask.Model.IsSeparate then
        e.Environment.NumEnvs
    else
        1

/// The experiment of one of them: an agent of one task has no tasks to distinguish.
let private ofMember (e: Experiment) =
    if members e = 1 then
        e
    else
        { e with Experiment.Agent.Multitask.Model = FlagsModel.model }

/// The keys of one of them, which has its share of a minibatch.
let private keysOfMember (e: Experiment) (keys: OnPolicyKeys) = {
    keys with
        Minibatch = max 1 (keys.Minibatch / members e)
}

let private descent passes (optimizer: Optimizer) (keys: OnPolicyKeys) : MinibatchSettings = {
    Adam = optimizer.Rule
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
    | ValueKind.Squared -> network SquaredError
    | ValueKind.Linear -> LinearFeatures 1e-5

let private ppoStep (ppo: PpoKeys) (keys: OnPolicyKeys) (e: Experiment) =
    GradientSteps(
        ClippedRatio ppo.Clip,
        descent ppo.Epochs e.Agent.Optimizers.Actor keys,
        ppo.TargetKl
    )

let internal trustRegion (trpo: TrustRegion) (e: Experiment) = {
    trpo with
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
        let perMinibatch = keys.AdvantagesPerMinibatch && e.Agent.Algorithm.Trpo.IsNone

        match keys.CenterAdvantages, perMinibatch, keys.AdvantagesPerTask with
        | false, _, _ -> None
        | true, false, false -> Some WholeBatch
        | true, false, true -> Some EachTask
        | true, true, false -> Some EachMinibatch
        | true, true, true -> Some EachTaskOfMinibatch
    ByStandardDeviation = e.Behaviour.DivideAdvantagesByStd
    Positive = keys.PositiveAdvantages
}

let private surgery (e: Experiment) : OnPolicySurgery option =
    SacSetup.surgeryOf e
    |> Option.map (fun (method', key) -> {
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

/// The encoder of an agent that infers its task from a trial. `obsSize` includes the columns of the trial.
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
            let read body = TrialContext.reader encoder body
            let context = { First = encoder.Memory.Units; Count = encoder.Encoding.Output }

            Some {
                Spec = TrialContext.encoder encoder
                IsShared = not (List.contains ContextLoss.Value e.Agent.Context.Losses)
                Steps = steps
                Chunk = keys.ChunkLength
                Goal = hiddenGoal keys context
            },
            read
        | None ->
            Some {
                Spec = Gru.layer { Units = keys.Units; TimeConstant = keys.TimeConstant }
                IsShared = false
                Steps = steps
                Chunk = keys.ChunkLength
                Goal = hiddenGoal keys { First = 0; Count = keys.Units }
            },
            id

/// For observations of `obsSize` numbers without task columns; `embeddings` are the fixed task embeddings of an experiment that
/// uses some. Where each task has an agent (`members`), this is the
/// configuration of each. Raises ArgumentException for an off-policy algorithm.
[<CompiledName("OfExperiment")>]
let ofExperiment precision embeddings obsSize actions (e: Experiment) : OnPolicyConfig =
    let actionSize = ActionSpace.size actions
    let columns = Observed.taskColumns e
    let groups = (SamplingPlan.ofExperiment 0L e).Groups / members e
    let keys = AlgorithmKeys.onPolicy e.Agent.Algorithm |> keysOfMember e
    let e = ofMember e
    let memory, read = memory obsSize actions e

    let network start layers units output =
        network embeddings actions keys e start layers units output |> read

    let policyStart =
        match keys.InitialWeights with
        | InitialWeights.Glorot -> id
        | InitialWeights.He -> HeStart.layer 1e-3

    let withMemory spec =
        match memory with
        // It reads the goal, which a memory would estimate.
        | Some { Goal = Some _; Spec = memory } when memory.TrySettings<GruLayer>().IsSome -> spec
        | Some { IsShared = false; Spec = memory } -> Chain.layer [ "memory", memory; "", spec ]
        | Some { IsShared = true }
        | None -> spec

    {
        Tasks = groups
        ObsSize = obsSize + columns
        ActionSize = actionSize
        ActionSizes = Observed.actionSizes e
        Memory = memory
        Policy = network policyStart e.Agent.Actor.NumLayers e.Agent.Actor.HiddenDim actionSize
        Actions = policyKind keys e actions
        Value =
            let plain = network id e.Agent.Critic.NumLayers e.Agent.Critic.HiddenDim 1

            let spec =
                if keys.ValueLayerNorm then
                    Network.normalised false plain
                else
                    plain

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
                // The mark of a new trial is read as it is.
                let columns = if memory.IsSome then obsSize - 1 else obsSize
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
        Parts = e.Setup.Parts
    }

/// The last `count` numbers of an observation are read as they are, not scaled by statistics of a run.
let withoutScaling count (config: OnPolicyConfig) = {
    config with
        ObsScaling =
            config.ObsScaling
            |> Option.map (fun scaling -> { scaling with Columns = scaling.Columns - count })
}
