/// HiP-BMDP: DeepMDP with encodings θ of tasks, whose distances are distances of the dynamics (`agent=hipbmdp`).
///
/// Reading order: keys → config → checks → entry.
module internal MtrlFunctional.Experiments.HipBmdpEntry

open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Experiments.Schema
open MtrlFunctional.Networks

/// `agent.multitask.contrastive.*`: the loss that fits distances of task encodings to distances of the dynamics.
type ContrastiveKeys = { ShouldUse: bool; Alpha: float }

let private path = "agent.multitask.contrastive"

let private keys: Schema<ContrastiveKeys> =
    record [
        key $"{path}.should_use" Codec.flag (is true) _.ShouldUse
        <| "HiP-BMDP: the loss that fits distances of task encodings to distances of the dynamics"

        key $"{path}.alpha" Codec.notNegative (is 0.01) _.Alpha <| "weight of that loss"
    ]

let private keysOf (e: Experiment) =
    AlgorithmSchema.read keys e.Choices e.Agent.Algorithm

let private contrastive (keys: ContrastiveKeys) (e: Experiment) =
    if keys.ShouldUse && e.Agent.Multitask.UseTaskEncoder then
        Some {
            Weight = keys.Alpha
            Distance =
                if e.Behaviour.PairwiseContrastiveLoss then
                    ContrastiveDistance.EachPair
                else
                    ContrastiveDistance.WholeBatch
            WithSurgery = e.Behaviour.SumSurgeryOverLosses
        }
    else
        None

/// The encoding of each task at evaluation, by the first mode that evaluates the task; its own without such a mode.
let private evaluatedEncodings (e: Experiment) (tasks: int) =
    let theta = e.Agent.Multitask.TaskEncoder.Theta

    [
        for task in 0 .. tasks - 1 ->
            e.Environment.DmControl.Evaluated
            |> List.tryFind (snd >> List.contains task)
            |> Option.bind (fun (mode, _) -> List.tryFind (fst >> (=) mode) theta.Evaluation)
            |> Option.map (snd >> SacSetup.theta tasks theta)
            |> Option.defaultValue TaskSampling.Own
    ]

/// The configuration of its models with the contrastive loss.
let config (e: Experiment) (models: ModelConfig) : ModelConfig =
    let contrastive = contrastive (keysOf e) e

    // In the original, only the contrastive loss takes steps of the task encoder.
    let isTrained = contrastive.IsSome || e.Behaviour.TrainThetaWithoutContrastiveLoss

    {
        models with
            Agent.CriticTrainsTaskEncoder = models.Agent.CriticTrainsTaskEncoder && isTrained
            Agent.ActorTrainsTaskEncoder = models.Agent.ActorTrainsTaskEncoder && isTrained
            Contrastive = contrastive
            TaskEncoderLosses = if isTrained then models.TaskEncoderLosses else []
            EvaluatedEncodings =
                let isMixed =
                    NetworkTasks.hasAllVariants e || not models.Agent.TrainingEncodings.IsEmpty

                if e.Agent.Multitask.TaskEncoder.IsTheta && isMixed then
                    evaluatedEncodings e models.Agent.Tasks
                else
                    []
    }

/// Two tasks are the least that have a distance.
let private conflicts (e: Experiment) =
    let multitask = e.Agent.Multitask

    if (keysOf e).ShouldUse && multitask.UseTaskEncoder then
        List.concat [
            multitask.Actor.Concatenate
            |> orElse
                "agent.multitask.actor_cfg.should_concatenate_task_info_with_encoder"
                "true with the contrastive loss of HiP-BMDP"
            |> because
                $"The transition model reads the task encoding behind the encoding; or set {path}.should_use=False."

            List.contains EncoderLoss.TaskEncoder multitask.TaskEncoder.LossesToTrain
            |> orElse
                "agent.multitask.task_encoder_cfg.losses_to_train"
                "a list with task_encoder, with the contrastive loss of HiP-BMDP"
            |> because $"It trains nothing else; or set {path}.should_use=False."

            e.Environment.NumEnvs >= 2
            |> orElse $"{path}.should_use" "false with fewer than two tasks of training"
            |> because "It compares two tasks. env.train chooses variants."
        ]
    else
        []

let private warnings (e: Experiment) : Warning list = [
    if (keysOf e).ShouldUse && not e.Agent.Multitask.UseTaskEncoder then
        {
            Key = "agent.multitask.should_use_task_encoder"
            Text =
                "is False: without task encodings there is no contrastive loss, and this agent is a DeepMDP."
        }
]

let private family = { Family.ofReplay "hipbmdp" "HiP-BMDP" with HasTaskGradients = true }

let entry =
    let schema =
        AlgorithmSchema.create [ AgentChoice.create "hipbmdp" family |> AgentChoice.forPixels ]
        |> AlgorithmSchema.withGroups [ KeyGroup.sac; KeyGroup.decoder; KeyGroup.transition ]
        |> AlgorithmSchema.withKeys keys
        // Its networks read θ. The original leaves that to flags, which are off.
        |> AlgorithmSchema.withCorrectedDefaults [
            for flag in
                [
                    "should_use_task_encoder"
                    "actor_cfg.should_condition_encoder_on_task_info"
                    "actor_cfg.should_concatenate_task_info_with_encoder"
                ] -> $"agent.multitask.{flag}", Value.Bool true
        ]

    {
        AlgorithmEntry.create schema (AlgorithmEntry.withModels config) with
            Conflicts = conflicts
            Warnings = warnings
    }
