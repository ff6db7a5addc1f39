/// Parts of networks that depend on the task.
module internal MtrlFunctional.Experiments.MultitaskCheck

open MtrlFunctional
open MtrlFunctional.Experiments.Requirement

/// What is wrong with them.
let conflicts (e: Experiment) : ConfigError list =
    let env, multitask = e.Environment, e.Agent.Multitask

    List.concat [
        unless
            (multitask.NumEnvs = env.NumEnvs
             || NetworkTasks.hasAllVariants e
             || e.Choices.Setup = SetupChoice.HipBmdp && not e.Choices.Env.Family.HasVariants)
            "agent.multitask.num_envs"
            (whole multitask.NumEnvs)
            $"{env.NumEnvs}, the number of tasks"
            "env= and env.tasks choose tasks."

        unless
            (e.Behaviour.EqualEpisodesPerTask
             || not (Choices.isOnPolicy e.Choices)
             || not (DescribedAgent.distinguishesTasks e))
            "behaviour.equal_episodes_per_task"
            (Value.Bool false)
            "true with a task encoder, heads, projected layers, experts or models of tasks, or surgery"
            "With tasks in turn, rows have no task index."

        unless
            (not (multitask.UseProjected && multitask.MultiHead))
            "agent.multitask.should_use_pal"
            (Value.Bool true)
            "false with should_use_multi_head_policy=true"
            "Choose one of the two."

        unless
            (not multitask.UseTaskEncoder
             || multitask.TaskEncoder.Pretrained
             || multitask.TaskEncoder.NumEmbeddings = multitask.NumEnvs)
            "agent.multitask.task_encoder_cfg.model_cfg.num_embeddings"
            (whole multitask.TaskEncoder.NumEmbeddings)
            $"{multitask.NumEnvs}, the number of tasks"
            ""

        for place, flags in [ "actor_cfg", multitask.Actor; "critic_cfg", multitask.Critic ] do
            unless
                (not multitask.UseTaskEncoder || flags.Concatenate = flags.Encoder)
                $"agent.multitask.{place}.should_concatenate_task_info_with_encoder"
                (Value.Bool flags.Concatenate)
                "the same as should_condition_encoder_on_task_info beside it"
                "The original's critic fails otherwise."

        unless
            (not multitask.UseTaskEncoder || multitask.Critic = multitask.Actor)
            "agent.multitask.critic_cfg"
            (Value.Text "other flags")
            "the same as agent.multitask.actor_cfg"
            "They follow it unless they are set."
    ]
