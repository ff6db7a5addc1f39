module MtrlFunctional.Tests.Experiments.ErrorTests

open Expecto
open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Experiments.Resolving

/// What wrong words lead to.
let ``configuration mistakes`` = [
    let mt10 = [ "env=metaworld-mt10"; "agent=state_sac" ]

    let onPolicy = [ "env=metaworld-mt10"; "agent=mtppo" ]

    // The mistakes in further words, as printed.
    let mistakes words = mistakes (mt10 @ words)

    let warnings words = warnings (mt10 @ words)

    refuses "are told" mt10 [
        "agent.mutlitask.num_envs=10",
        "agent.mutlitask.num_envs: no such key. Nearest: agent.multitask.num_envs"
        "setup.part=2", "setup.part: no such key. Nearest: setup.parts, "
        "hidden_dim=3", "hidden_dim: no such key. Nearest: "
        "agent.builder.discount=1.2",
        "agent.builder.discount = 1.2: must be in [0, 1]. The default is 0.99."
        "replay_buffer.batch_size=0",
        "replay_buffer.batch_size = 0: must be a whole number from 1 to 10,000,000. The default is 128."
        "agent.actor.hidden_dim=-5",
        "agent.actor.hidden_dim = -5: must be a whole number from 1 to 100,000. The default is 326."
        "agent.actor.hidden_dim=many", "agent.actor.hidden_dim = many: must be a whole"
        "agent.actor.hidden_dim=1e400", "agent.actor.hidden_dim = 1e400: must be a whole"
        "agent.builder.discount=nan", "agent.builder.discount = nan: must be in [0, 1]"
        "experiment.save_freq=99999999999999999999",
        "experiment.save_freq = 99999999999999999999: must be a whole number"
        "env=metaworld-mt11",
        "env = metaworld-mt11: must be a name that 'mtrl list envs' prints. Nearest: metaworld-mt1, metaworld-mt10"
        "agent=state_sca",
        "agent = state_sca: must be one of state_sac, sac, sac_ae, state_deepmdp, deepmdp, hipbmdp, "
        "agent.surgery.method=pcgard", "Nearest: pcgrad."
        "agent.surgery.method=nash-mtl", "Nearest: nash_mtl."
        "agent.surgery.cagrad.radios=1",
        "agent.surgery.cagrad.radios: no such key. Nearest: agent.surgery.cagrad.radius"
        "agent.surgery.cosine_gate.main_tasks=[bin-picking]",
        "agent.surgery.cosine_gate.main_tasks = bin-picking-v3: must be names of tasks that are trained."
        "agent.builder.loss_reduction=none",
        "agent.builder.loss_reduction = none: must be mean without surgery."
        "agent.ppo.clip=0.1", "agent.ppo.clip: agent=state_sac has no use for it."
        "agent.encoder.type_to_select=pixel",
        "agent.encoder.type_to_select = pixel: must be another encoder for observations of"
        "env.tasks=[reach,pusch]", "pusch is none. Nearest: push"
        "env.tasks=[reach,nosuch]", "(mtrl list envs). nosuch is none."
        "env.tasks=[reach,1,nosuch]", "1, nosuch are none."
        "env.tasks=reach,push",
        "env.tasks=reach,push: lists values to try one by one, as a sweep does (train -m, BuildSweep). One list is written in brackets, [reach,push]"
        "agent.optimizers.actor.betas=(0.9,0.999)", "One list is written in brackets, [0.9,0.999]"
        "presets=fast/mt10", "presets: no such key. Nearest: preset."
        "experiment=metaworld",
        "experiment: names a group of files of Hydra; its keys are set here one by one: experiment."
        "optimizers=adam", "optimizers: no such key. Nearest: agent.optimizers."
        "env.tasks=[MT50]", "MT50 is an environment: env=metaworld-mt50."
        "setup.name=a//b",
        "must be the name of a folder: a text without '..', '~', '$', control characters or empty parts, of at most 200 bytes."
        "env.description={reach-v3:a,reach-v3:b}", "each name once"
        "env.tasks=[reach,reach-v2]", "env.tasks = [reach-v3, reach-v3]: must be without"
        "env.test_tasks=[reach]",
        "env.test_tasks = [reach-v3]: must be env.tasks where observations have one-hot task columns."
        "env.test_tasks=[walker-walk]",
        "env.test_tasks = [walker-walk]: must be tasks of Meta-World with env=metaworld-…"
        "agent.multitask.num_envs=50",
        "agent.multitask.num_envs = 50: must be 10, the number of tasks."
        "replay_buffer.batch_size=7", "replay_buffer.batch_size = 7: must be at least 10"
        "setup.name=${setup.nmae}",
        "setup.name: refers to setup.nmae, and there is no such key. Nearest: setup.name"
        "setup.name=a-${}", "setup.name: has a reference to nothing; write ${KEY}."
        "setup.name=${setup.save_dir}",
        "setup.name: refers to itself (setup.name -> setup.save_dir -> setup.name)."
        "setup.seed=abc", "setup.seed = abc: must be a whole number"
        "setup.seed=-1", "setup.seed = -1: must be a whole number"
        "setup.seed=${setup.sead}", "setup.seed: refers to setup.sead"
        "setup.seed_ref=abc", "setup.seed_ref = abc: must be a whole number"
        "setup.name=a,b",
        "setup.name=a,b: lists values to try one by one, as a sweep does (train -m"
        "agent.optimizers.actor.lr=0,001",
        "[0,001], a text in quotes, a number with a point, 0.001."
        "agent.optimizers.actor.lr=1,05", ", a number with a point, 1.05."
        "agent.actor.hidden_dim=8,16", "[8,16], a text in quotes."
        "setup.name='a", "a quote ' is not closed"
        "env.tasks=[reach", "']' is missing"
        "oops", "oops: has no value; write oops=value."
        "=5", "=5: is not of the form key=value."
        "agent@x=sac",
        "agent@x=sac: names a package of Hydra, which has no use here; write agent=sac."
        "~agent.actor.hidden_dim", "~agent.actor.hidden_dim: cannot be taken away, it is needed."
        "~setup.seed", "~setup.seed: cannot be taken away, it is needed."
        "~setup.seed=5", "~setup.seed = 5: must be the value of the key, 42."
        "logger.mlflow=http://h/#/experiments/1", "without what a page of it has behind # or ?"
        "env.tasks.0=reach",
        "env.tasks.0: names an element of a list; a list is given as a whole, env.tasks=[x, y, …]."
        "setup.name=str(1)",
        "setup.name=str(1): is a cast of Hydra; each key reads what it needs here, write 1."
        "experiment.num_train_steps=int(1e3)", "is a cast of Hydra"
        "~setup.name=other", "~setup.name = other: must be the value of the key, run_name."
        "~agent.actor.hiden_dim", "no such key. Nearest: agent.actor.hidden_dim"
    ]

    // What an agent for each task cannot share.
    refuses "tell what separate agents cannot have" (mt10 @ [ "agent.multitask.model=separate" ]) [
        "agent.encoder.type_to_select=film", "must be identity, feedforward or pixel"
        "agent.multitask.should_use_task_encoder=True",
        "should_use_task_encoder = true: must be false with agent.multitask.model=separate"
        "agent.multitask.should_use_multi_head_policy=True",
        "must be false with agent.multitask.model=separate"
        "agent=pcgrad_state_sac", "must be another model with agent.surgery.method=pcgrad"
    ]

    refuses "tell what an agent needs" mt10 [
        "agent=state_distral agent.multitask.model=by_flags", "separate for Distral"
        "agent=state_distral agent.multitask.model=paco agent.multitask.should_use_task_encoder=True agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=True",
        "separate for Distral"
        "agent.distral_alpha=1", "has no use for it"
        "env=mt-cartpole agent=rl2 agent.rl2.goal_weight=1",
        "agent.rl2.goal_weight = 1.0: must be null with env=mt-cartpole"
        "env=mt-cartpole agent=mtppo agent.context.method=gru agent.multitask.should_use_task_encoder=True agent.context.goal_weight=1",
        "agent.context.goal_weight = 1.0: must be null with env=mt-cartpole"
        "preset=context/ml1-reach agent=mtppo env=metaworld-ml1 agent.context.losses=[policy]",
        "agent.context.losses = [policy]: must be a list with value, with agent.context.goal_weight"
        "env=mt-acrobot agent=mtppo agent.on_policy.bounds_loss_coefficient=0.1",
        "agent.on_policy.bounds_loss_coefficient = 0.1: must be 0 with env=mt-acrobot"
        "agent=mttrpo setup.precision=bf16", "needs second derivatives"
        "agent.multitask.model=heads agent.actor.num_layers=0",
        "agent.actor.num_layers = 0: must be at least 1 with agent.multitask.model=heads"
        "agent.multitask.model=moore agent.critic.num_layers=0",
        "agent.critic.num_layers = 0: must be at least 1"
        "agent.multitask.should_use_multi_head_policy=True agent.multitask.should_use_disjoint_policy=True agent.actor.num_layers=0",
        "agent.actor.num_layers = 0: must be at least 1"
    ]

    // What the coefficients of tasks' entropies cannot learn with.
    refuses "tell what tuned entropies need" (onPolicy @ [ "agent.on_policy.entropy_method=tuned" ]) [
        "agent.on_policy.gae_lambda=0.9",
        "entropy_coefficient = 0.0: must be greater than 0 with agent.on_policy.entropy_method=tuned."
        "agent.on_policy.min_std=0.15",
        "agent.on_policy.target_entropy = -1.0: must be above -0.48, the lowest entropy of an action"
        "agent.on_policy.max_std=0.5",
        "agent.on_policy.max_std = 0.5: must be at least agent.on_policy.min_std and init_std, 1"
        "agent.on_policy.stop_entropy_gradient=True",
        "stop_entropy_gradient = true: must be false with agent.on_policy.entropy_method=tuned"
        "agent.on_policy.observations_per_task=True",
        "observations_per_task = true: must be false without agent.on_policy.normalize_observations=True"
        "behaviour.bootstrap_time_limits=False agent.on_policy.steps_after_success=3",
        "steps_after_success = 3: must be null with agent=rl2"
        "agent.on_policy.target_entropy=nan",
        "agent.on_policy.target_entropy = nan: must be a finite number"
        "agent.on_policy.entropy_lr=-1", "agent.on_policy.entropy_lr = -1: must be at least 0"
        "agent.on_policy.entropy_method=tuend", "Nearest: tuned"
        "agent.optimizers.alpha.lr=1e-3", "What serves here: agent.on_policy.entropy_lr."
    ]

    // What episodes that are divided by success cannot be had with.
    refuses
        "tell what episodes that are divided by success need"
        (onPolicy @ [ "agent.on_policy.min_episodes=2" ])
        [
            "env=dmc-19", "min_episodes = 2: must be null with env=dmc-19"
            "env=mixed env.tasks=[walker-walk,cartpole-swingup]",
            "min_episodes = 2: must be null with env=mixed"
            "agent.on_policy.lag=1", "min_episodes = 2: must be null with a lag, agent=rl2"
            "agent=rl2", "min_episodes = 2: must be null with a lag, agent=rl2"
            "agent=maml", "agent.on_policy.min_episodes: agent=maml has no use for it."
            "behaviour.equal_episodes_per_task=False agent.on_policy.std_per_task=False",
            "min_episodes = 2: must be null with a lag"
            "env.horizon=150 agent.on_policy.batch_size=1500 agent.on_policy.minibatch_size=500",
            "min_episodes = 2: must be at most 1, the mean"
            "agent.on_policy.max_episodes=3", "max_episodes = 3: must be at least 34, the mean"
            "agent.on_policy.min_episodes=null agent.on_policy.max_episodes=50",
            "max_episodes = 50: must be null with agent.on_policy.min_episodes=null"
            "agent.on_policy.min_episodes=null agent.on_policy.episodes_by=failure",
            "episodes_by = failure: must be progress with agent.on_policy.min_episodes=null"
        ]

    // What cannot be played without waiting for updates.
    refuses "tell what asynchronous playing needs" (mt10 @ [ "agent.on_policy.asynchronous=True" ]) [
        "agent=mtppo", "asynchronous = true: must be False with agent.on_policy.lag=0"
        "agent=impala fidelity=original",
        "asynchronous = true: must be False with agent.on_policy.lag=0"
        "agent=maml", "agent.on_policy.asynchronous: agent=maml has no use for it."
        "agent=state_sac", "agent.on_policy.asynchronous: agent=state_sac has no use for it."
        "agent=impala agent.impala.asynchronous=maybe", "agent.on_policy.asynchronous = maybe"
    ]

    testTheory "are none with a lag for asynchronous playing" [
        "agent=impala agent.impala.asynchronous=true"
        "agent=mtppo agent.on_policy.asynchronous=True agent.on_policy.lag=2"
        "agent=mttrpo agent.on_policy.asynchronous=True agent.on_policy.lag=1 agent.multitask.model=separate"
    ]
    <| fun words -> mistakes (Words.split words) |> isEmpty

    refuses "tell what successes and their noise need" onPolicy [
        "agent.on_policy.remembered_successes=4 env=dmc-19",
        "remembered_successes = 4: must be 0 with env=dmc-19"
        "agent.on_policy.remembered_successes=4 agent.on_policy.lag=1",
        "remembered_successes = 4: must be 0 with a lag"
        "agent.on_policy.remembered_successes=4 agent=rl2",
        "remembered_successes = 4: must be 0 with a lag, agent=rl2"
        "agent.on_policy.remembered_successes=4 agent.on_policy.advantages_per_minibatch=true",
        "remembered_successes = 4: must be 0 with agent.on_policy.advantages_per_minibatch=true"
        "agent.on_policy.remembered_successes=4 agent=maml",
        "remembered_successes: agent=maml has no use for it."
        "agent.on_policy.slow_noise_correlation=0.9 agent=rl2",
        "slow_noise_correlation = 0.9: must be null with agent=rl2"
        "agent.on_policy.slow_noise_correlation=1 agent=mttrpo", "slow_noise_correlation = 1"
    ]

    testCase "a missing environment is one of them" (fun () ->
        match Experiment.resolve [ "agent=state_sac" ] with
        | Error [ ConfigError.NotChosen("env", names) ] -> names |> includes "metaworld-mt10"
        | other -> failtest $"{other}")

    testCase "an empty list of tasks is one mistake" (fun () ->
        mistakes [ "env.tasks=[]" ]
        |> equals [ "env.tasks = []: must be a list of at least one task." ])

    testCase "a default that does not fit is told as one" (fun () ->
        let words = [ "agent=mtppo"; "agent.on_policy.batch_size=1500" ]

        mistakes words
        |> List.exactlyOne
        |> startsWith
            "agent.on_policy.minibatch_size = 2500: must be at most 1500, the steps of an iteration. Its default is 2500. Set it"

        mistakes (words @ [ "agent.on_policy.minibatch_size=2500" ])
        |> List.exactlyOne
        |> lacks "default")

    testCase "known keys without effect are accepted with one line" (fun () ->
        warnings [ "logbook.write_to_console=True" ]
        |> equals [ "logbook.write_to_console: has no effect here: there is no logbook here." ])

    testCase "one seed in place of several is told" (fun () ->
        warnings [ "setup.num_seeds=5"; "setup.seed=3" ]
        |> equals [
            "setup.seed: is one seed, in place of setup.num_seeds=5 before it. setup.seed_ref=3 is the first of 5."
        ]

        warnings [ "setup.seed=3"; "setup.num_seeds=5" ] |> isEmpty)

    testCase "several presets are joined with one line" (fun () ->
        Resolving.warnings [ "preset=fast/mt10"; "preset=fast/mt10-brief" ]
        |> equals [
            "preset: fast/mt10 and fast/mt10-brief are joined: a key that several of them set has the value of the last."
        ])

    testCase "a folder is named so that a command takes it" (fun () ->
        let e = resolve (mt10 @ [ "setup.base_path=-runs"; "setup.name=a" ])
        e.Setup.SaveDir |> equals "./-runs/a")

    testTheory "the words of a folder that is given otherwise are named" [
        [ "setup.save_dir=there"; "setup.name=a" ], [ "setup.name" ]
        [ "setup.save_dir=there"; "setup.base_path=here" ], [ "setup.base_path" ]
        [ "setup.save_dir=there"; "setup.name=a"; "logger.mlflow=http://127.0.0.1:1" ], []
        [ "setup.save_dir=there/${setup.name}"; "setup.name=a" ], []
        [ "setup.save_dir=runs/a/b"; "setup.name=a" ], []
        [ "setup.base_path=there"; "setup.name=a" ], []
    ]
    <| fun (words, keys) ->
        warnings words
        |> equals [
            for key in keys ->
                key
                + ": has no effect without a setup.save_dir that follows it, as the default does, ${setup.base_path}/${setup.name}."
        ]

    testCase "a new key is accepted with a warning" (fun () ->
        warnings [ "+agent.actor.hiden_dim=5" ]
        |> List.exactlyOne
        |> startsWith
            "agent.actor.hiden_dim: is new, and nothing here reads it. Nearest: agent.actor.hidden_dim")

    testCase "long input is shortened" (fun () ->
        let told = mistakes [ String.replicate 100_000 "x" + "=1" ]
        told.Head.Length |> isBelow 400)

    testTheory "of a file are told" [
        "a: [1\nb: 2", "line "
        "a:\n  b: 1\n\tc: 2", "line 3: "
        "- 1", "there is no table"
        "a: &x [*x]", "line "
        "", "line 1: it is empty"
        "defaults: {env: metaworld-mt10}\nagent: {actor: {hidden: 3}}", "agent.actor.hidden:"
    ]
    <| fun (yaml, part) -> Experiment.load yaml |> refused |> List.map string |> hasWith part

    testCase "no depth of nesting ends the program" (fun () ->
        for opening in [ "["; "- "; "{a: " ] do
            match Experiment.load (String.replicate 100_000 opening) with
            | Error [ ConfigError.BadYaml _ ] -> ()
            | other -> failtest $"{other}"

        mistakes [ "env.tasks=" + String.replicate 100_000 "[" ] |> isNotEmpty)
]

/// Parts of a network that do not fit each other.
let ``networks that do not fit together`` = [
    let mt10 = [ "env=metaworld-mt10"; "agent=state_sac" ]
    let taskEncoder = "agent.multitask.should_use_task_encoder=True"
    let width = "agent.multitask.task_encoder_cfg.model_cfg.output_dim"
    let moe = "agent.encoder.type_to_select=moe"
    let mode = "agent.encoder.moe.task_id_to_encoder_id_cfg.mode"

    let pretrained =
        "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg"

    refuses "are told" mt10 [
        $"{moe} {mode}=attention", $"{mode} = attention: must be another one without"
        $"{moe} {mode}=gate {taskEncoder} {width}=20",
        "gate.embedding_dim = 50: must be 20, the width of the task encoding."
        $"{moe} {mode}=gate {taskEncoder} agent.encoder.moe.num_experts=3 agent.encoder.moe.task_id_to_encoder_id_cfg.gate.topk=5",
        "gate.topk = 5: must be at most 3, the number of experts."
        $"{moe} {mode}=identity", "num_experts = 9: must be 10, an expert for each task."
        $"{moe} {mode}=cluster agent.encoder.moe.num_experts=40",
        "num_experts = 40: must be at most 9, the number of lists of words."
        "agent.encoder.type_to_select=film", "agent.encoder.type_to_select = film: must be another"
        $"agent.encoder.type_to_select=film {taskEncoder} {width}=5",
        "output_dim = 5: must be at least 6, two for each layer of the FiLM encoder."
        "agent.multitask.actor_cfg.moe_cfg.should_use=True",
        "moe_cfg.should_use = true: must be with a task encoder that conditions the model"
        "agent.multitask.should_use_pal=True agent.multitask.pal_cfg.residual_mode=sum fidelity=original",
        "pal_dim = 50: must be so small that every layer keeps its projections, with a residual."
        $"{taskEncoder} {pretrained}.should_use=True {pretrained}.ordered_task_list=[reach,push]",
        "must be a list of 10 tasks."
    ]

    // Whatever resolves can be built.
    testCase "are the only ones" (fun () ->
        for selection, experts in
            [ "attention", 4; "gate", 4; "cluster", 9; "identity", 10; "ensemble", 4 ] do
            for model in
                [
                    ""
                    "should_use_pal=True"
                    "should_use_pal=True pal_cfg.residual_mode=project pal_cfg.shared_projection=False"
                    "should_use_multi_head_policy=True"
                    "should_use_multi_head_policy=True should_use_disjoint_policy=True"
                ] do
                for fidelity in [ "original"; "corrected" ] do
                    let e =
                        resolve (
                            mt10
                            @ [
                                $"fidelity={fidelity}"
                                moe
                                taskEncoder
                                $"{mode}={selection}"
                                $"agent.encoder.moe.num_experts={experts}"
                                for word in Words.split model do
                                    $"agent.multitask.{word}"
                            ]
                        )

                    let agent =
                        SacSetup.ofExperiment Precision.Full None 39 (ActionSpace.Box 4) e
                        |> SacAgent.create (Shards.serial 1)

                    agent.ActorLayout.Length |> isAbove 0L)

    testCase "leave heads behind soft modules, by the original's names" (fun () ->
        let e =
            resolve [
                "preset=ptsl/soft-modularization-mt10"
                "agent.multitask.should_use_multi_head_policy=True"
            ]

        let agent =
            SacSetup.ofExperiment Precision.Full None 39 (ActionSpace.Box 4) e
            |> SacAgent.create (Shards.serial 1)

        [
            for slot in agent.ActorLayout.Slots do
                if slot.Parameter.Path.EndsWith "weight" then
                    RecordedNames.ofParameter false RecordedNames.Part.Actor slot.Parameter
        ]
        |> String.concat "\n"
        |> containsAll [
            "actor.model.0.routing_network.W_d.0.weight"
            "actor.model.0.layers.1.weight"
            "actor.model.2._model.2.weight"
        ])
]
