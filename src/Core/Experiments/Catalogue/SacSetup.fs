/// The configuration of soft actor-critic from an experiment's keys.
module MtrlFunctional.Algorithms.SacSetup

open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// The surgery that the experiment's keys describe, and the key of its random numbers, which come from the run's seed.
let internal surgeryOf (e: Experiment) =
    SurgeryKeys.surgery e.Behaviour e.Environment.Tasks e.Agent.Surgery
    |> Option.map (fun method' -> method', Key.ofSeed e.Setup.SeedRef |> Key.forPurpose "surgery")

/// Where the original's wrapper covers all parameters, it combines the gradients of the temperatures, too.
let private surgery (experiment: Experiment) : SacSurgery option =
    let ownToo = not experiment.Behaviour.SurgeryOfSharedParameters

    surgeryOf experiment
    |> Option.map (fun (method', key) -> {
        SacSurgery.both method' key with
            OfTemperature =
                if ownToo && method'.WrapsOptimiser then
                    Some method'
                else
                    None
            OwnToo = ownToo
            // The original's GradNorm adds the gradients of losses as they are, its PCGrad does not.
            SumsLosses = experiment.Behaviour.SumSurgeryOverLosses || not method'.WrapsOptimiser
    })

/// Encodings that are inferred. The loss of the task encoder itself is the divergence from the prior.
let private context (agent: Agent) : ContextConfig option =
    let keys, task = agent.Context, agent.Multitask.TaskEncoder

    match keys.Method with
    | ContextMethod.None
    | ContextMethod.Gru -> None
    | ContextMethod.Set ->
        Some {
            Draw = {
                Transitions = keys.Transitions
                Window = keys.Window
                EmptyShare = keys.EmptyShare
                Width = task.OutputDim
            }
            KlWeight =
                if List.contains EncoderLoss.TaskEncoder task.LossesToTrain then
                    Some keys.KlWeight
                else
                    None
            ExploreEvery = keys.ExploreEvery
        }

/// The encoding of a task by HiP-BMDP's θ, of `tasks`.
let internal theta tasks (model: ThetaModel) sampling : TaskSampling =
    let mean among =
        among |> List.filter (fun task -> task < tasks) |> TaskSampling.MeanOf

    match sampling with
    | ThetaSampling.Embedding -> TaskSampling.Own
    | ThetaSampling.Zero -> TaskSampling.OfZeros
    | ThetaSampling.Mean -> mean [ 1 .. tasks - 1 ]
    | ThetaSampling.MeanOfTraining -> mean model.TrainIds

/// The encoding of each task in training, where it is not its own.
let private trainingEncodings tasks (task: TaskEncoder) =
    match task.IsTheta, task.Theta.Training with
    | false, _
    | true, ThetaSampling.Embedding -> []
    | true, sampling -> List.replicate tasks (theta tasks task.Theta sampling)

/// For observations of `obsSize` numbers without task columns; `embeddings` are the fixed task embeddings
/// of an experiment that uses some.
/// Raises ArgumentException where its algorithm is not built on soft actor-critic.
[<CompiledName("OfExperiment")>]
let ofExperiment precision embeddings obsSize actions (experiment: Experiment) : SacConfig =
    let agent = experiment.Agent
    let keys, multitask = AlgorithmKeys.sac agent.Algorithm, agent.Multitask
    let tasks = NetworkTasks.count experiment
    let isSeparate = multitask.Model.IsSeparate

    let trainsTaskEncoder loss =
        List.contains loss multitask.TaskEncoder.LossesToTrain

    {
        Tasks = tasks
        ObsSize = obsSize + Observed.taskColumns experiment
        ActionSize = ActionSpace.size actions
        ActionSizes = Observed.actionSizes experiment
        Actions =
            match actions with
            | ActionSpace.Box _ -> SacActions.Box
            | ActionSpace.Discrete _ -> SacActions.Discrete keys.TargetEntropyScale
        Networks = SacNetworks.architecture embeddings actions experiment
        LogStdBounds = agent.Actor.LogStdBounds
        LogStdLimit = agent.Actor.LogStdLimit
        SquashDensity =
            if experiment.Behaviour.ExactSquashDensity then
                SquashDensity.Exact
            else
                SquashDensity.Clamped
        Discount = agent.Discount
        InitTemperature = keys.InitTemperature
        PerTaskTemperature = multitask.DisentangledAlpha || isSeparate
        TemperaturesOfTask = 1
        ActorEvery = keys.ActorUpdateFreq
        TargetEvery = keys.CriticTargetUpdateFreq
        CriticTau = keys.CriticTau
        EncoderTau = keys.EncoderTau
        ActorAdam = agent.Optimizers.Actor.Rule
        CriticAdam = agent.Optimizers.Critic.Rule
        TemperatureAdam = agent.Optimizers.Alpha.Rule
        TaskEncoderAdam = multitask.TaskEncoder.Optimizer.Rule
        CriticTrainsTaskEncoder = trainsTaskEncoder EncoderLoss.Critic
        ActorTrainsTaskEncoder = trainsTaskEncoder EncoderLoss.Actor
        TrainingEncodings = trainingEncodings tasks multitask.TaskEncoder
        Context = context agent
        IndependentAgents = isSeparate
        Precision = precision
        Surgery = surgery experiment
    }
