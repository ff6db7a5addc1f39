/// The agent that an experiment asks for.
module Mtrl.Algorithms.SacSetup

open Mtrl.Experiments
open Mtrl.Networks
open MtrlFunctional.Tensors

let private adam (optimizer: Optimizer) =
    let beta1, beta2 = optimizer.Betas
    AdamRule(optimizer.LearningRate, beta1, beta2, optimizer.Epsilon, optimizer.WeightDecay)

/// Task encoder (DIGEST of mtrl, §5): an embedding, ReLU, and a stack of layers.
let private taskEncoder (task: TaskEncoder) =
    Chain [
        "embedding", TaskTable task.EmbeddingDim
        "relu", Activate Relu
        "trunk", Spec.mlp task.NumLayers task.HiddenDim task.OutputDim
    ]

let private encoder (agent: Agent) =
    match agent.Encoder.Kind with
    | EncoderKind.FeedForward ->
        let layers = agent.Encoder.FeedForward
        Spec.mlp layers.NumLayers layers.HiddenDim layers.FeatureDim
    | _ -> Identity

let private architecture actionSize (agent: Agent) =
    let multitask = agent.Multitask
    let conditioned = multitask.UseTaskEncoder && multitask.Actor.Concatenate

    {
        TaskEncoder =
            if conditioned then
                Some(taskEncoder multitask.TaskEncoder)
            else
                None
        Encoder = Chain [ "trunk", encoder agent; "context", AppendContext ]
        Actor =
            Chain [
                "trunk", Spec.mlp agent.Actor.NumLayers agent.Actor.HiddenDim (2 * actionSize)
            ]
        Critic = Chain [ "trunk", Spec.mlp agent.Critic.NumLayers agent.Critic.HiddenDim 1 ]
    }

/// For observations of `obsSize` numbers without task columns. The experiment must be available
/// (`Available.missing` is empty).
[<CompiledName("OfExperiment")>]
let ofExperiment precision obsSize actionSize (experiment: Experiment) : SacConfig =
    let agent = experiment.Agent
    let scalars, multitask = agent.Scalars, agent.Multitask
    let taskEncoder = adam multitask.TaskEncoder.Optimizer
    let tasks = experiment.Environment.NumEnvs
    let taskColumns = if Experiment.seesTaskId experiment then tasks else 0
    let learns = List.contains EncoderLoss.Critic multitask.TaskEncoder.LossesToTrain

    {
        Tasks = tasks
        ObsSize = obsSize + taskColumns
        ActionSize = actionSize
        Networks = architecture actionSize agent
        LogStdBounds = agent.Actor.LogStdBounds
        Discount = scalars.Discount
        InitTemperature = scalars.InitTemperature
        PerTaskTemperature = multitask.DisentangledAlpha
        ActorEvery = scalars.ActorUpdateFreq
        TargetEvery = scalars.CriticTargetUpdateFreq
        CriticTau = scalars.CriticTau
        EncoderTau = scalars.EncoderTau
        ActorAdam = adam agent.Optimizers.Actor
        CriticAdam = adam agent.Optimizers.Critic
        TemperatureAdam = adam agent.Optimizers.Alpha
        TaskEncoderAdam =
            if learns then
                taskEncoder
            else
                AdamRule(0.0, taskEncoder.Beta1, taskEncoder.Beta2, taskEncoder.Epsilon, 0.0)
        Precision = precision
    }
