namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open MtrlFunctional.Experiments

/// What wrong words lead to.
[<TestFixture>]
module ``configuration mistakes`` =
    let private mt10 = [ "env=metaworld-mt10"; "agent=state_sac" ]

    /// The mistakes in further words, as printed.
    let private mistakes words =
        match Experiment.resolve (mt10 @ words) with
        | Ok _ -> []
        | Error mistakes -> mistakes |> List.map string

    let private warnings words =
        match Experiment.resolve (mt10 @ words) with
        | Ok(_, warnings) -> warnings |> List.map string
        | Error mistakes -> failwith $"{mistakes}"

    [<TestCase("agent.mutlitask.num_envs=10",
               "agent.mutlitask.num_envs: no such key. Nearest: agent.multitask.num_envs")>]
    [<TestCase("hidden_dim=3", "hidden_dim: no such key. Nearest: ")>]
    [<TestCase("agent.builder.discount=1.2",
               "agent.builder.discount = 1.2: must be in [0, 1]. The default is 0.99.")>]
    [<TestCase("replay_buffer.batch_size=0",
               "replay_buffer.batch_size = 0: must be a whole number from 1 to 10,000,000. The default is 128.")>]
    [<TestCase("agent.actor.hidden_dim=-5",
               "agent.actor.hidden_dim = -5: must be a whole number from 1 to 100,000. The default is 326.")>]
    [<TestCase("agent.actor.hidden_dim=many", "agent.actor.hidden_dim = many: must be a whole")>]
    [<TestCase("agent.actor.hidden_dim=1e400", "agent.actor.hidden_dim = 1e400: must be a whole")>]
    [<TestCase("agent.builder.discount=nan", "agent.builder.discount = nan: must be in [0, 1]")>]
    [<TestCase("experiment.save_freq=99999999999999999999",
               "experiment.save_freq = 99999999999999999999: must be a whole number")>]
    [<TestCase("env=metaworld-mt11",
               "env = metaworld-mt11: must be a name that 'mtrl list envs' prints. Nearest: metaworld-mt1, metaworld-mt10")>]
    [<TestCase("agent=state_sca",
               "agent = state_sca: must be one of state_sac, sac, sac_ae, state_deepmdp, deepmdp, hipbmdp, ")>]
    [<TestCase("agent.surgery.method=pcgard", "Nearest: pcgrad.")>]
    [<TestCase("agent.surgery.method=nash-mtl", "Nearest: nash_mtl.")>]
    [<TestCase("agent.surgery.cagrad.radios=1",
               "agent.surgery.cagrad.radios: no such key. Nearest: agent.surgery.cagrad.radius")>]
    [<TestCase("agent.surgery.cosine_gate.main_tasks=[bin-picking]",
               "agent.surgery.cosine_gate.main_tasks = bin-picking-v3: must be names of env.tasks.")>]
    [<TestCase("agent.builder.loss_reduction=none",
               "agent.builder.loss_reduction = none: must be mean without surgery.")>]
    [<TestCase("agent.ppo.clip=0.1", "agent.ppo.clip: agent=state_sac has no use for it.")>]
    [<TestCase("agent.encoder.type_to_select=pixel",
               "agent.encoder.type_to_select = pixel: must be another encoder for observations of")>]
    [<TestCase("env.tasks=[reach,pusch]", "pusch is none. Nearest: push")>]
    [<TestCase("env.tasks=[reach,nosuch]", "(mtrl list envs). nosuch is none.")>]
    [<TestCase("env.tasks=[reach,1,nosuch]", "1, nosuch are none.")>]
    [<TestCase("env.tasks=reach,push",
               "env.tasks=reach,push: lists values to try one by one: add -m. One list is written in brackets, [reach,push]")>]
    [<TestCase("presets=fast/mt10", "presets: no such key. Nearest: preset.")>]
    [<TestCase("env.tasks=[reach,reach-v2]", "env.tasks = [reach-v3, reach-v3]: must be without")>]
    [<TestCase("env.test_tasks=[reach]",
               "env.test_tasks = [reach-v3]: must be env.tasks where observations have one-hot task columns.")>]
    [<TestCase("env.test_tasks=[walker-walk]",
               "env.test_tasks = [walker-walk]: must be tasks of Meta-World with env=metaworld-…")>]
    [<TestCase("agent.multitask.num_envs=50",
               "agent.multitask.num_envs = 50: must be 10, the number of tasks.")>]
    [<TestCase("replay_buffer.batch_size=7", "replay_buffer.batch_size = 7: must be at least 10")>]
    [<TestCase("setup.name=${setup.nmae}",
               "setup.name: refers to setup.nmae, and there is no such key. Nearest: setup.name")>]
    [<TestCase("setup.name=${setup.save_dir}",
               "setup.name: refers to itself (setup.name -> setup.save_dir -> setup.name).")>]
    [<TestCase("setup.seed=abc", "setup.seed = abc: must be a whole number")>]
    [<TestCase("setup.seed=-1", "setup.seed = -1: must be a whole number")>]
    [<TestCase("setup.seed=${setup.sead}", "setup.seed: refers to setup.sead")>]
    [<TestCase("setup.seed_ref=abc", "setup.seed_ref = abc: must be a whole number")>]
    [<TestCase("setup.name=a,b", "setup.name=a,b: lists values to try one by one: add -m")>]
    [<TestCase("setup.name='a", "a quote ' is not closed")>]
    [<TestCase("env.tasks=[reach", "']' is missing")>]
    [<TestCase("oops", "oops: has no value; write oops=value.")>]
    [<TestCase("=5", "=5: is not of the form key=value.")>]
    [<TestCase("~agent.actor.hidden_dim",
               "~agent.actor.hidden_dim: cannot be taken away, it is needed.")>]
    [<TestCase("~agent.actor.hiden_dim", "no such key. Nearest: agent.actor.hidden_dim")>]
    let ``are told`` (word: string, part: string) =
        let told = mistakes [ word ]
        Assert.That(told |> List.exists _.Contains(part), Is.True, $"{told}")

    /// What an agent for each task cannot share.
    [<TestCase("agent.encoder.type_to_select=film", "must be identity, feedforward or pixel")>]
    [<TestCase("agent.multitask.should_use_task_encoder=True",
               "should_use_task_encoder = true: must be false with agent.multitask.model=separate")>]
    [<TestCase("agent.multitask.should_use_multi_head_policy=True",
               "must be false with agent.multitask.model=separate")>]
    [<TestCase("agent=pcgrad_state_sac", "must be another model with agent.surgery.method=pcgrad")>]
    let ``tell what separate agents cannot have`` (word: string, part: string) =
        let told = mistakes [ "agent.multitask.model=separate"; word ]
        Assert.That(told |> List.exists _.Contains(part), Is.True, $"{told}")

    [<Test>]
    let ``tell that Distral has an agent for each task`` () =
        let told = mistakes [ "agent=state_distral"; "agent.multitask.model=by_flags" ]
        Assert.That(told |> List.exists _.Contains("separate for Distral"), Is.True, $"{told}")

        Assert.That(
            mistakes [ "agent.distral_alpha=1" ]
            |> List.exists _.Contains("has no use for it"),
            Is.True
        )

    /// What the coefficients of tasks' entropies cannot learn with.
    [<TestCase("agent.on_policy.gae_lambda=0.9",
               "entropy_coefficient = 0.0: must be greater than 0 with agent.on_policy.entropy_method=tuned.")>]
    [<TestCase("agent.on_policy.min_std=0.15",
               "agent.on_policy.target_entropy = -1.0: must be above -0.48, the lowest entropy of an action")>]
    [<TestCase("agent.on_policy.max_std=0.5",
               "agent.on_policy.max_std = 0.5: must be at least agent.on_policy.min_std and init_std, 1")>]
    [<TestCase("agent.on_policy.stop_entropy_gradient=True",
               "stop_entropy_gradient = true: must be false with agent.on_policy.entropy_method=tuned")>]
    [<TestCase("agent.on_policy.observations_per_task=True",
               "observations_per_task = true: must be false without agent.on_policy.normalize_observations=True")>]
    [<TestCase("behaviour.bootstrap_time_limits=False agent.on_policy.steps_after_success=3",
               "steps_after_success = 3: must be null with agent=rl2")>]
    [<TestCase("agent.on_policy.target_entropy=nan",
               "agent.on_policy.target_entropy = nan: must be a finite number")>]
    [<TestCase("agent.on_policy.entropy_lr=-1",
               "agent.on_policy.entropy_lr = -1: must be at least 0")>]
    [<TestCase("agent.on_policy.entropy_method=tuend", "Nearest: tuned")>]
    [<TestCase("agent.optimizers.alpha.lr=1e-3", "What serves here: agent.on_policy.entropy_lr.")>]
    let ``tell what tuned entropies need`` (word: string, part: string) =
        let told =
            mistakes (
                [ "agent=mtppo"; "agent.on_policy.entropy_method=tuned" ]
                @ List.ofArray (word.Split ' ')
            )

        Assert.That(told |> List.exists _.Contains(part), Is.True, $"{told}")

    /// What episodes that are divided by success cannot be had with.
    [<TestCase("env=dmc-19", "min_episodes = 2: must be null with env=dmc-19")>]
    [<TestCase("env=mixed env.tasks=[walker-walk,cartpole-swingup]",
               "min_episodes = 2: must be null with env=mixed")>]
    [<TestCase("agent.on_policy.lag=1", "min_episodes = 2: must be null with a lag, agent=rl2")>]
    [<TestCase("agent=rl2", "min_episodes = 2: must be null with a lag, agent=rl2")>]
    [<TestCase("agent=maml", "agent.on_policy.min_episodes: agent=maml has no use for it.")>]
    [<TestCase("behaviour.equal_episodes_per_task=False agent.on_policy.std_per_task=False",
               "min_episodes = 2: must be null with a lag")>]
    [<TestCase("env.horizon=150 agent.on_policy.batch_size=1500 agent.on_policy.minibatch_size=500",
               "min_episodes = 2: must be at most 1, the mean")>]
    [<TestCase("agent.on_policy.max_episodes=3", "max_episodes = 3: must be at least 34, the mean")>]
    [<TestCase("agent.on_policy.min_episodes=null agent.on_policy.max_episodes=50",
               "max_episodes = 50: must be null with agent.on_policy.min_episodes=null")>]
    [<TestCase("agent.on_policy.min_episodes=null agent.on_policy.episodes_by=failure",
               "episodes_by = failure: must be progress with agent.on_policy.min_episodes=null")>]
    let ``tell what episodes that are divided by success need`` (word: string, part: string) =
        let told =
            mistakes (
                [ "env=metaworld-mt10"; "agent=mtppo"; "agent.on_policy.min_episodes=2" ]
                @ List.ofArray (word.Split ' ')
            )

        Assert.That(told |> List.exists _.Contains(part), Is.True, $"{told}")

    /// What cannot be played without waiting for updates.
    [<TestCase("agent=mtppo", "asynchronous = true: must be False with agent.on_policy.lag=0")>]
    [<TestCase("agent=impala fidelity=original",
               "asynchronous = true: must be False with agent.on_policy.lag=0")>]
    [<TestCase("agent=mtppo agent.context.method=cadm",
               "asynchronous = true: must be False with agent.on_policy.lag=0")>]
    [<TestCase("agent=maml", "agent.on_policy.asynchronous: agent=maml has no use for it.")>]
    [<TestCase("agent=state_sac", "agent.on_policy.asynchronous: agent=state_sac has no use for it.")>]
    [<TestCase("agent=impala agent.impala.asynchronous=maybe",
               "agent.on_policy.asynchronous = maybe")>]
    let ``tell what asynchronous playing needs`` (words: string, part: string) =
        let told =
            mistakes (
                [ "env=metaworld-mt10"; "agent.on_policy.asynchronous=True" ]
                @ List.ofArray (words.Split ' ')
            )

        Assert.That(told |> List.exists _.Contains(part), Is.True, $"{told}")

    [<TestCase("agent=impala agent.impala.asynchronous=true")>]
    [<TestCase("agent=mtppo agent.on_policy.asynchronous=True agent.on_policy.lag=2")>]
    [<TestCase("agent=mttrpo agent.on_policy.asynchronous=True agent.on_policy.lag=1 agent.multitask.model=separate")>]
    let ``are none with a lag for asynchronous playing`` (words: string) =
        Assert.That(mistakes ("env=metaworld-mt10" :: List.ofArray (words.Split ' ')), Is.Empty)

    /// What a σ that is held up cannot be had with.
    [<TestCase("env=dmc-19", "unsolved_std = 0.5: must be null with env=dmc-19")>]
    [<TestCase("agent.on_policy.std_per_task=False",
               "unsolved_std = 0.5: must be null with agent.on_policy.std_per_task=False")>]
    [<TestCase("agent=rl2",
               "unsolved_std = 0.5: must be null with agent.on_policy.std_per_task=False, agent=rl2")>]
    [<TestCase("agent.on_policy.min_std=0.6",
               "unsolved_std = 0.5: must be above 0.6, agent.on_policy.min_std")>]
    [<TestCase("agent=maml", "agent.on_policy.unsolved_std: agent=maml has no use for it.")>]
    let ``tell what a deviation that is held up needs`` (word: string, part: string) =
        let told =
            mistakes [
                "env=metaworld-mt10"
                "agent=mtppo"
                "agent.on_policy.unsolved_std=0.5"
                word
            ]

        Assert.That(told |> List.exists _.Contains(part), Is.True, $"{told}")

    [<TestCase("agent=rl2", "agent.rl2")>]
    [<TestCase("agent=mtppo agent.context.method=gru agent.multitask.should_use_task_encoder=True",
               "agent.context")>]
    let ``tell whose goals training may know`` (words: string, place: string) =
        let told =
            mistakes [ "env=mt-cartpole"; yield! words.Split ' '; $"{place}.goal_weight=1" ]

        Assert.That(
            told,
            Has.Some.Contains $"{place}.goal_weight = 1.0: must be null with env=mt-cartpole"
        )

    [<Test>]
    let ``tell that a value function needs an encoder to read goals`` () =
        let told = mistakes [ "preset=context/ml1-reach"; "agent.context.losses=[policy]" ]

        Assert.That(
            told,
            Has.Some.Contains
                "agent.context.losses = [policy]: must be a list with value, with agent.context.goal_weight"
        )

    [<Test>]
    let ``tell that discrete actions exceed no bounds`` () =
        let told =
            mistakes [
                "env=mt-acrobot"
                "agent=mtppo"
                "agent.on_policy.bounds_loss_coefficient=0.1"
            ]

        let part =
            "agent.on_policy.bounds_loss_coefficient = 0.1: must be 0 with env=mt-acrobot"

        Assert.That(told |> List.exists _.Contains(part), Is.True, $"{told}")

    [<Test>]
    let ``tell why TRPO does without bfloat16`` () =
        let told = mistakes [ "agent=mttrpo"; "setup.precision=bf16" ]
        Assert.That(told |> List.exists _.Contains("needs second derivatives"), Is.True, $"{told}")

    [<Test>]
    let ``tasks that are not here yet are named`` () =
        for absent in TaskNames.mt50 |> List.except Available.tasks do
            let told = mistakes [ $"env.tasks=[reach,{absent}]" ]
            Assert.That(told.Head, Does.StartWith $"env.tasks={absent} is not available yet")

    [<Test>]
    let ``are told all at once`` () =
        let told =
            mistakes [
                "agent.builder.discount=2"
                "replay_buffer.batch_size=-1"
                "agent.actr.hidden_dim=3"
                "setup.name=[1"
                "setup.id=${nothing}"
            ]

        Assert.That(told.Length, Is.EqualTo 5, String.concat "\n" told)

    [<Test>]
    let ``a missing environment is one of them`` () =
        match Experiment.resolve [ "agent=state_sac" ] with
        | Error [ ConfigError.NotChosen("env", names) ] ->
            Assert.That(names, Contains.Item "metaworld-mt10")
        | other -> Assert.Fail $"{other}"

    [<Test>]
    let ``an empty list of tasks is one mistake`` () =
        let told = mistakes [ "env.tasks=[]" ]
        Assert.That((told = [ "env.tasks = []: must be a list of at least one task." ]), $"{told}")

    [<Test>]
    let ``a default that does not fit is told as one`` () =
        let words = [ "agent=mtppo"; "agent.on_policy.batch_size=1500" ]
        let told = mistakes words |> List.exactlyOne

        Assert.That(
            told,
            Does.StartWith
                "agent.on_policy.minibatch_size = 2500: must be at most 1500, the steps of an iteration. Its default is 2500. Set it"
        )

        let given = mistakes (words @ [ "agent.on_policy.minibatch_size=2500" ])
        Assert.That(given |> List.exactlyOne, Does.Not.Contain "default")

    [<Test>]
    let ``known keys without effect are accepted with one line`` () =
        let told = warnings [ "logbook.write_to_console=True" ]
        let line = "logbook.write_to_console: has no effect here: there is no logbook here."
        Assert.That((told = [ line ]), $"{told}")

    [<Test>]
    let ``a new key is accepted with a warning`` () =
        let told = warnings [ "+agent.actor.hiden_dim=5" ] |> List.exactlyOne

        let line =
            "agent.actor.hiden_dim: is new, and nothing here reads it. Nearest: agent.actor.hidden_dim"

        Assert.That(told, Does.StartWith line)

    [<Test>]
    let ``long input is shortened`` () =
        let told = mistakes [ String.replicate 100_000 "x" + "=1" ]
        Assert.That(told.Head.Length, Is.LessThan 400)

    [<TestCase("a: [1\nb: 2", "line ")>]
    [<TestCase("- 1", "there is no table")>]
    [<TestCase("a: &x [*x]", "line ")>]
    [<TestCase("", "one document is needed")>]
    [<TestCase("defaults: {env: metaworld-mt10}\nagent: {actor: {hidden: 3}}", "agent.actor.hidden:")>]
    let ``of a file are told`` (yaml: string, part: string) =
        match Experiment.load yaml with
        | Ok _ -> Assert.Fail "accepted"
        | Error mistakes ->
            Assert.That(mistakes |> List.exists (fun m -> (string m).Contains part), $"{mistakes}")

    [<Test>]
    let ``no depth of nesting ends the program`` () =
        for opening in [ "["; "- "; "{a: " ] do
            match Experiment.load (String.replicate 100_000 opening) with
            | Error [ ConfigError.BadYaml _ ] -> ()
            | other -> Assert.Fail $"{other}"

        Assert.That(mistakes [ "env.tasks=" + String.replicate 100_000 "[" ], Is.Not.Empty)

/// Parts of a network that do not fit each other.
[<TestFixture>]
module ``networks that do not fit together`` =
    let private taskEncoder = "agent.multitask.should_use_task_encoder=True"
    let private moe = "agent.encoder.type_to_select=moe"
    let private mode = "agent.encoder.moe.task_id_to_encoder_id_cfg.mode"

    let private cases = [
        [ moe; $"{mode}=attention" ], $"{mode} = attention: must be another one without"
        [
            moe
            $"{mode}=gate"
            taskEncoder
            "agent.multitask.task_encoder_cfg.model_cfg.output_dim=20"
        ],
        "gate.embedding_dim = 50: must be 20, the width of the task encoding."
        [
            moe
            $"{mode}=gate"
            taskEncoder
            "agent.encoder.moe.num_experts=3"
            "agent.encoder.moe.task_id_to_encoder_id_cfg.gate.topk=5"
        ],
        "gate.topk = 5: must be at most 3, the number of experts."
        [ moe; $"{mode}=identity" ], "num_experts = 9: must be 10, an expert for each task."
        [ moe; $"{mode}=cluster"; "agent.encoder.moe.num_experts=40" ],
        "num_experts = 40: must be at most 9, the number of lists of words."
        [ "agent.encoder.type_to_select=film" ],
        "agent.encoder.type_to_select = film: must be another"
        [
            "agent.encoder.type_to_select=film"
            taskEncoder
            "agent.multitask.task_encoder_cfg.model_cfg.output_dim=5"
        ],
        "output_dim = 5: must be at least 6, two for each layer of the FiLM encoder."
        [ "agent.multitask.actor_cfg.moe_cfg.should_use=True" ],
        "moe_cfg.should_use = true: must be with a task encoder that conditions the model"
        [
            "agent.multitask.should_use_pal=True"
            "agent.multitask.pal_cfg.residual_mode=sum"
            "fidelity=original"
        ],
        "pal_dim = 50: must be so small that every layer keeps its projections, with a residual."
        [
            taskEncoder
            "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=True"
            "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.ordered_task_list=[reach,push]"
        ],
        "must be a list of 10 tasks."
    ]

    [<Test>]
    let ``are told`` () =
        for words, part in cases do
            match Experiment.resolve ([ "env=metaworld-mt10"; "agent=state_sac" ] @ words) with
            | Ok _ -> Assert.Fail $"{words} was taken."
            | Error mistakes ->
                let told = mistakes |> List.map string
                Assert.That(told |> List.exists _.Contains(part), Is.True, $"{told}")

    /// Whatever resolves can be built.
    [<Test>]
    let ``are the only ones`` () =
        for selection, experts in
            [ "attention", 4; "gate", 4; "cluster", 9; "identity", 10; "ensemble", 4 ] do
            for model in
                [
                    []
                    [ "agent.multitask.should_use_pal=True" ]
                    [
                        "agent.multitask.should_use_pal=True"
                        "agent.multitask.pal_cfg.residual_mode=project"
                        "agent.multitask.pal_cfg.shared_projection=False"
                    ]
                    [ "agent.multitask.should_use_multi_head_policy=True" ]
                    [
                        "agent.multitask.should_use_multi_head_policy=True"
                        "agent.multitask.should_use_disjoint_policy=True"
                    ]
                ] do
                for fidelity in [ "original"; "corrected" ] do
                    let words =
                        [
                            "env=metaworld-mt10"
                            "agent=state_sac"
                            $"fidelity={fidelity}"
                            moe
                            taskEncoder
                            $"{mode}={selection}"
                            $"agent.encoder.moe.num_experts={experts}"
                        ]
                        @ model

                    match Experiment.resolve words with
                    | Error mistakes -> Assert.Fail $"{mistakes}"
                    | Ok(e, _) ->
                        let config =
                            MtrlFunctional.Algorithms.SacSetup.ofExperiment
                                MtrlFunctional.Tensors.Precision.Full
                                None
                                39
                                (MtrlFunctional.Spaces.ActionSpace.Box 4)
                                e

                        let agent =
                            MtrlFunctional.Algorithms.SacAgent.create
                                (MtrlFunctional.Algorithms.Shards.serial 1)
                                config

                        Assert.That(agent.ActorLayout.Length, Is.GreaterThan 0L)
