module MtrlFunctional.Tests.Experiments.TutorialCommands

open Expecto
open MtrlFunctional.Experiments
open MtrlFunctional.Tests

/// The commands of mtrl's tutorial, as it prints them.
let ``the commands of mtrl's tutorial`` = [
    let variants =
        "setup=hipbmdp env=dmcontrol-finger-spin-distribution-v0 setup.seed=1 replay_buffer.batch_size=256"

    let metaWorld =
        "setup=metaworld env=metaworld-mt10 agent=state_sac experiment.num_eval_episodes=1 experiment.num_train_steps=2000000 setup.seed=1 replay_buffer.batch_size=1280 agent.multitask.num_envs=10 agent.multitask.should_use_disentangled_alpha=True"

    // Of its page on running code.
    let running =
        "setup=metaworld agent=state_sac env=metaworld-mt10 agent.multitask.num_envs=10 agent.multitask.should_use_disentangled_alpha=True"

    let commands = [
        running
        $"{running} agent.multitask.should_use_multi_head_policy=True"
        "setup=metaworld env=metaworld-mt10 agent=state_sac agent.multitask.num_envs=10 agent.multitask.should_use_disentangled_alpha=True agent.multitask.should_use_multi_head_policy=True experiment.num_train_steps=2000000 setup.seed=1 replay_buffer.batch_size=1280"
        $"{variants} agent=distral agent.distral_alpha=1.0 agent.distral_beta=1.0"
        // Twice in the tutorial: for DeepMDP, and for GradNorm.
        $"{variants} agent=deepmdp"
        $"{variants} agent=gradnorm_deepmdp"
        $"{variants} agent=pcgrad_sac"
        $"{variants} agent=hipbmdp agent.multitask.should_use_task_encoder=True agent.multitask.should_condition_encoder_on_task_info=True agent.multitask.should_concatenate_task_info_with_encoder=True"
        $"{metaWorld} agent.encoder.type_to_select=identity agent.multitask.should_use_multi_head_policy=False agent.multitask.actor_cfg.should_condition_model_on_task_info=False agent.multitask.actor_cfg.should_condition_encoder_on_task_info=True agent.multitask.actor_cfg.should_concatenate_task_info_with_encoder=True"
        $"{metaWorld} agent.encoder.type_to_select=identity agent.multitask.should_use_multi_head_policy=True agent.multitask.actor_cfg.should_condition_model_on_task_info=False agent.multitask.actor_cfg.should_condition_encoder_on_task_info=False agent.multitask.actor_cfg.should_concatenate_task_info_with_encoder=False"
        $"{metaWorld} agent=pcgrad_state_sac agent.multitask.should_use_disentangled_alpha=False agent.multitask.should_use_task_encoder=False agent.multitask.actor_cfg.should_condition_encoder_on_task_info=False agent.multitask.actor_cfg.should_concatenate_task_info_with_encoder=False agent.encoder.type_to_select=identity"
        $"{metaWorld} agent.multitask.should_use_task_encoder=True agent.encoder.type_to_select=feedforward agent.multitask.actor_cfg.should_condition_model_on_task_info=True agent.multitask.actor_cfg.should_condition_encoder_on_task_info=False agent.multitask.actor_cfg.should_concatenate_task_info_with_encoder=False agent.multitask.actor_cfg.moe_cfg.should_use=True agent.multitask.actor_cfg.moe_cfg.mode=soft_modularization agent.multitask.should_use_multi_head_policy=False agent.encoder.feedforward.hidden_dim=50 agent.encoder.feedforward.num_layers=2 agent.encoder.feedforward.feature_dim=50 agent.actor.num_layers=4 agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=False"
        $"{metaWorld} agent.multitask.should_use_task_encoder=True agent.encoder.type_to_select=film agent.multitask.should_use_multi_head_policy=False agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=True agent.multitask.task_encoder_cfg.model_cfg.output_dim=6"
        $"{metaWorld} agent.multitask.should_use_task_encoder=True agent.encoder.type_to_select=moe agent.multitask.should_use_multi_head_policy=False agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention agent.encoder.moe.num_experts=4 agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=True"
    ]

    let each = List.allPairs commands [ "fidelity=original"; "fidelity=corrected" ]

    testTheory "resolve, and describe an agent" each (fun (command, fidelity) ->
        let e = Resolving.resolve (fidelity :: Words.split command)
        (DescribedAgent.from Catalogue.standard e).IsSome |> isTrue)

    testCase "that are written one level too high are read with a warning" (fun () ->
        let key = "should_concatenate_task_info_with_encoder"

        let words = [ "env=metaworld-mt10"; $"agent.multitask.{key}=False" ]
        isFalse (Resolving.resolve words).Agent.Multitask.Actor.Concatenate

        (Resolving.warnings words).Head |> contains $"agent.multitask.actor_cfg.{key}")
]
