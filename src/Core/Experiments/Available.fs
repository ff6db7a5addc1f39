/// What of the original programs' choices can be run here: the one list that grows with the
/// program.
module Mtrl.Experiments.Available

open Mtrl.Tasks.MetaWorld

/// Words of `agent=`.
let agents = [ "state_sac"; "sac" ]

/// Words of `env=`.
let envs = [ "metaworld-mt10"; "metaworld-mt1" ]

/// Words of `setup=`.
let setups = [ "metaworld" ]

/// Values of `agent.encoder.type_to_select`.
let encoders = [ "identity"; "feedforward" ]

/// Values of `agent.transition_model.transition_cfg.type`.
let transitions = [ "" ]

/// Names of tasks.
let tasks = Benchmarks.tasks |> List.map _.Name

/// Switches of `agent.multitask` that change the network and cannot be turned on yet.
let private switches (e: Experiment) = [
    "agent.multitask.should_use_multi_head_policy", e.Agent.Multitask.MultiHead
    "agent.multitask.should_use_pal", e.Agent.Multitask.UseProjected
    "agent.multitask.actor_cfg.moe_cfg.should_use", e.Agent.Multitask.Actor.SoftModularization
    "agent.multitask.critic_cfg.moe_cfg.should_use", e.Agent.Multitask.Critic.SoftModularization
    "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use",
    e.Agent.Multitask.UseTaskEncoder && e.Agent.Multitask.TaskEncoder.Pretrained
]

/// Whatever this experiment asks for and cannot have yet.
let missing (e: Experiment) : ConfigError list =
    let choice key available chosen =
        if List.contains chosen available then
            []
        else
            [ ConfigError.NotAvailable(key, chosen, available) ]

    [
        yield! choice "setup" setups (Choices.nameOf Choices.setups e.Choices.Setup)
        yield! choice "env" envs (Choices.nameOf Choices.envs e.Choices.Env)
        yield! choice "agent" agents (Choices.nameOf Choices.agents e.Choices.Agent)

        let kind = Encoder.kinds |> Choices.nameOf <| e.Agent.Encoder.Kind
        yield! choice "agent.encoder.type_to_select" encoders kind

        let kind = Choices.nameOf Network.transitionKinds e.Agent.Transition.Kind
        yield! choice "agent.transition_model.transition_cfg.type" transitions kind

        for key, on in switches e do
            if on then
                ConfigError.NotAvailable(key, "true", [ "false" ])

        match e.Environment.Tasks |> List.except tasks with
        | [] -> ()
        | _ when e.Choices.Env = EnvChoice.MetaWorldMt50 -> ()
        | absent -> yield! absent |> List.collect (choice "env.tasks" tasks)
    ]
