module MtrlFunctional.Tests.Experiments.IdleKeyTests

open Expecto
open MtrlFunctional.Experiments
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Experiments.Resolving

/// Keys of parts that are not selected.
let ``keys without effect`` = [
    let off = [ "env=metaworld-mt10"; "agent=state_sac" ]

    let on = [ "env=metaworld-mt10"; "agent=mtppo" ]

    let told of' (word: string, needs) =
        let key = word.Substring(0, word.IndexOf '=')

        warnings (of' @ [ word ]) |> equals [ $"{key}: has no effect without {needs}." ]

    testTheory "are told with what selects them" [
        "agent.surgery.cagrad.radius=0.5", "agent.surgery.method=cagrad"
        "agent.gradnorm.alpha=0.5", "agent.surgery.method=gradnorm"
        "agent.multitask.pal_cfg.pal_dim=8", "agent.multitask.should_use_pal=True"
        "agent.multitask.moore_cfg.num_experts=3", "agent.multitask.model=moore"
        "agent.multitask.actor_cfg.should_condition_encoder_on_task_info=False",
        "agent.multitask.should_use_task_encoder=True"
        "agent.multitask.actor_cfg.moe_cfg.num_experts=3",
        "agent.multitask.actor_cfg.moe_cfg.should_use=True"
        "agent.multitask.task_encoder_cfg.model_cfg.output_dim=6",
        "agent.multitask.should_use_task_encoder=True"
        "agent.encoder.feedforward.hidden_dim=9", "agent.encoder.type_to_select=feedforward"
        "agent.encoder.moe.num_experts=3", "agent.encoder.type_to_select=moe"
        "agent.context.window=9", "agent.context.method=set"
        "behaviour.padding_in_advantages=True", "an on-policy agent, such as agent=mtppo"
        "behaviour.surgery_of_shared_parameters=False", "a method of surgery, agent.surgery.method"
        "behaviour.gradnorm_first_loss=False", "agent.surgery.method=gradnorm"
        "behaviour.film_per_feature=True", "agent.encoder.type_to_select=film"
        "behaviour.trainable_ptsl_init=False", "agent.multitask.should_use_pal=True"
        "env.benchmark.env_name=push",
        "env=metaworld-mt1 or env=metaworld-ml1; env.tasks chooses tasks here"
        "agent.encoder_feature_dim=99",
        "an encoder, agent.encoder.type_to_select=feedforward or another one"
        "behaviour.ignore_case=False",
        "agent.encoder.type_to_select=moe agent.encoder.moe.task_id_to_encoder_id_cfg.mode=cluster"
        "behaviour.train_first_embedding=False", "θ, the task encoder of agent=hipbmdp"
        "behaviour.bootstrap_replay_time_limits=False", "environments of DeepMind Control"
        "agent.builder.target_entropy_scale=0.1", "discrete actions"
    ]
    <| told off

    testTheory "of other agents and environments are told with what selects them" [
        "env=metaworld-mt10 agent=mttrpo",
        "agent.optimizers.actor.lr=1",
        "steps of Adam: agent.trpo.max_kl bounds the step of this agent"
        "env=metaworld-mt10 agent=mtppo",
        "behaviour.accept_step_at_bound=False",
        "agent=mttrpo or agent=maml"
        "env=mt-bandit agent=mtppo", "agent.on_policy.init_std=0.3", "continuous actions"
        "env=mt-cartpole agent=state_sac", "agent.actor.log_std_limit=clamp", "continuous actions"
        "env=metaworld-mt10 agent=state_distral",
        "agent.optimizers.decoder.lr=1",
        "agent.decoder.type=pixel"
        "env=dmc-cartpole-balance agent=state_sac",
        "env.builder.make_kwargs.frame_stack=5",
        "observations that are images (env.builder.make_kwargs.from_pixels=True)"
        "env=dmc-cartpole-balance agent=state_sac",
        "env.builder.make_kwargs.sticky_observation_cfg.last_k=3",
        "env.builder.make_kwargs.sticky_observation_cfg.should_use=True"
    ]
    <| fun (words, word, needs) -> told (Words.split words) (word, needs)

    testTheory "of on-policy agents are told with what selects them" [
        "agent.on_policy.lr_decay_start=0.5", "agent.on_policy.lr_schedule=linear"
        "agent.on_policy.entropy_coefficient=0.1",
        "agent.on_policy.entropy_method=regularized, or another one"
        "agent.on_policy.target_entropy=-2", "agent.on_policy.entropy_method=tuned"
        "agent.on_policy.workers=2", "behaviour.equal_episodes_per_task=False"
        "agent.on_policy.rho_bar=2", "agent.on_policy.lag=1 or more"
        "behaviour.balanced_batches=False",
        "an agent that learns from a replay, such as agent=state_sac"
    ]
    <| told on

    // Another key follows it.
    testTheory "are not told where they have one" [
        "agent.surgery.method=cagrad agent.surgery.cagrad.radius=0.5"
        "agent=gradnorm_state_sac agent.gradnorm.alpha=0.5"
        "agent.multitask.should_use_pal=True agent.multitask.pal_cfg.pal_dim=8"
        "agent.encoder.type_to_select=feedforward agent.encoder.feedforward.hidden_dim=9"
        "agent.multitask.pal_cfg.pal_dim=8 agent.actor.hidden_dim=${agent.multitask.pal_cfg.pal_dim}"
        "agent=sac env=dmc-walker-walk env.builder.make_kwargs.from_pixels=True env.builder.make_kwargs.frame_stack=4"
        "agent=state_deepmdp agent.optimizers.decoder.lr=1"
    ]
    <| fun words -> warnings (off @ Words.split words) |> isEmpty

    testCase "are not told of a preset" (fun () ->
        let preset = "preset=small/mt-sac-mt10"
        let flag = "agent.multitask.pal_cfg.pal_dim"

        warnings [ "preset=small/care-ptsl-mt10"; "agent.multitask.should_use_pal=False" ]
        |> isEmpty

        warnings [ preset ] |> isEmpty

        warnings [ preset; $"{flag}=8" ] |> List.exactlyOne |> startsWith flag)

    let revised words =
        ChangedKeys.revise Additions.none (Experiment.render (resolve on)) words

    testCase "are not told of a stored configuration, but of its changes" (fun () ->
        let told words =
            revised words |> ok |> snd |> List.map _.Key

        let radius = "agent.surgery.cagrad.radius"
        told [ "setup.name=other" ] |> isEmpty
        told [ "setup.id=other"; $"{radius}=1" ] |> equals [ radius; "setup.id" ])

    testCase "that a stored agent has no use for are mistakes where they are changed" (fun () ->
        match revised [ "replay_buffer.batch_size=9" ] with
        | Error [ ConfigError.NoUse("replay_buffer.batch_size", _, _) ] -> ()
        | other -> failtest $"{other}")

    testCase "another configuration is described by keys with both values" (fun () ->
        let experiment words = resolve (off @ words)
        let stored = experiment [ "experiment.num_train_steps=2000" ]

        Experiment.differencesFrom stored stored |> isEmpty

        Experiment.differencesFrom
            stored
            (experiment [ "experiment.num_train_steps=1999"; "agent.builder.discount=0.9" ])
        |> equals
            "experiment.num_train_steps is 2000 there and 1999 here; agent.builder.discount is 0.99 there and 0.9 here"

        Experiment.differencesFrom
            stored
            (experiment [
                "experiment.num_train_steps=3000"
                "agent.actor.hidden_dim=9"
                "setup.seed=3"
                "agent.builder.discount=0.9"
            ])
        |> matches "^setup.seed_ref is 42 there and 3 here; .*; and [0-9]+ more$")
]
