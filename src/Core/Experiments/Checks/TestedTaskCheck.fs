/// Networks and agents that have no part for a task that they were not trained on, where other tasks are tested.
module internal MtrlFunctional.Experiments.TestedTaskCheck

open MtrlFunctional
open MtrlFunctional.Experiments.Requirement

let private noPart =
    "The networks have no part for a task that they were not trained on."

let private sentences =
    "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use"

/// What is wrong with them.
let conflicts (e: Experiment) : ConfigError list =
    let env, multitask = e.Environment, e.Agent.Multitask

    // Networks have no part for a task.
    let infersTasks = e.Agent.Context.Method = ContextMethod.Gru

    // A task that was not trained on has an encoding of its own, that of its sentence.
    let hasEncodings =
        NetworkTasks.hasAllVariants e || NetworkTasks.areKnownBySentences e

    // Experts that the task encoding weighs.
    let isWeighed =
        match e.Agent.Encoder.Mixture.Selection with
        | ExpertSelection.Gate
        | ExpertSelection.Attention -> true
        | _ -> false

    List.concat [
        unless
            (e.Agent.Encoder.Kind <> EncoderKind.MixtureOfExperts
             || e.Agent.Encoder.Mixture.Selection = ExpertSelection.Ensemble
             || isWeighed && (hasEncodings || infersTasks)
             || env.TestTasks = env.Tasks)
            "agent.encoder.moe.task_id_to_encoder_id_cfg.mode"
            (Value.Text "by the task")
            "ensemble where other tasks are tested"
            "No expert is chosen for a task that they were not trained on."

        for key, on in
            [
                "agent.multitask.should_use_task_encoder", multitask.UseTaskEncoder
                "agent.multitask.should_use_multi_head_policy", multitask.MultiHead
                "agent.multitask.should_use_pal", multitask.UseProjected
            ] do
            unless
                (not on || infersTasks || hasEncodings || env.TestTasks = env.Tasks)
                key
                (Value.Bool true)
                "false where other tasks are tested"
                (if key = "agent.multitask.should_use_task_encoder" then
                     $"{noPart} Fixed encodings of sentences are known for all: {sentences}=True"
                 else
                     noPart)

        unless
            (not multitask.Model.KnowsTasks
             || infersTasks
             || e.Choices.Agent.Family.ActsInOtherTasks
             || hasEncodings && not multitask.Model.IsSeparate
             || env.TestTasks = env.Tasks)
            "agent.multitask.model"
            (Value.Text multitask.Model.Name)
            "by_flags where other tasks are tested"
            noPart
    ]
