namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open MtrlFunctional.Experiments

/// Keys of parts that are not selected.
[<TestFixture>]
module ``keys without effect`` =
    let private off = [ "env=metaworld-mt10"; "agent=state_sac" ]
    let private on = [ "env=metaworld-mt10"; "agent=mtppo" ]

    let private warnings words =
        match Experiment.resolve words with
        | Ok(_, warnings) -> warnings |> List.map string
        | Error mistakes -> failwith $"{mistakes}"

    let private listed (words: string) = List.ofArray (words.Split ' ')

    [<TestCase("agent.surgery.cagrad.radius=0.5", "agent.surgery.method=cagrad")>]
    [<TestCase("agent.gradnorm.alpha=0.5", "agent.surgery.method=gradnorm")>]
    [<TestCase("agent.multitask.pal_cfg.pal_dim=8", "agent.multitask.should_use_pal=True")>]
    [<TestCase("agent.multitask.moore_cfg.num_experts=3", "agent.multitask.model=moore")>]
    [<TestCase("agent.multitask.actor_cfg.should_condition_encoder_on_task_info=False",
               "agent.multitask.should_use_task_encoder=True")>]
    [<TestCase("agent.multitask.actor_cfg.moe_cfg.num_experts=3",
               "agent.multitask.actor_cfg.moe_cfg.should_use=True")>]
    [<TestCase("agent.multitask.task_encoder_cfg.model_cfg.output_dim=6",
               "agent.multitask.should_use_task_encoder=True")>]
    [<TestCase("agent.encoder.feedforward.hidden_dim=9", "agent.encoder.type_to_select=feedforward")>]
    [<TestCase("agent.encoder.moe.num_experts=3", "agent.encoder.type_to_select=moe")>]
    [<TestCase("agent.context.window=9", "agent.context.method=set")>]
    [<TestCase("env.benchmark.env_name=push",
               "env=metaworld-mt1 or env=metaworld-ml1; env.tasks chooses tasks here")>]
    let ``are told with what selects them`` (word: string, needs: string) =
        let key = word.Substring(0, word.IndexOf '=')
        let told = warnings (off @ [ word ])
        Assert.That((told = [ $"{key}: has no effect without {needs}." ]), $"{told}")

    [<TestCase("agent.on_policy.lr_decay_start=0.5", "agent.on_policy.lr_schedule=linear")>]
    [<TestCase("agent.on_policy.entropy_coefficient=0.1",
               "agent.on_policy.entropy_method=regularized, or another one")>]
    [<TestCase("agent.on_policy.target_entropy=-2", "agent.on_policy.entropy_method=tuned")>]
    [<TestCase("agent.on_policy.workers=2", "behaviour.equal_episodes_per_task=False")>]
    [<TestCase("agent.on_policy.rho_bar=2", "agent.on_policy.lag=1 or more")>]
    let ``of on-policy agents are told with what selects them`` (word: string, needs: string) =
        let key = word.Substring(0, word.IndexOf '=')
        let told = warnings (on @ [ word ])
        Assert.That((told = [ $"{key}: has no effect without {needs}." ]), $"{told}")

    [<TestCase "agent.surgery.method=cagrad agent.surgery.cagrad.radius=0.5">]
    [<TestCase "agent=gradnorm_state_sac agent.gradnorm.alpha=0.5">]
    [<TestCase "agent.multitask.should_use_pal=True agent.multitask.pal_cfg.pal_dim=8">]
    [<TestCase "agent.encoder.type_to_select=feedforward agent.encoder.feedforward.hidden_dim=9">]
    // Another key follows it.
    [<TestCase "agent.multitask.pal_cfg.pal_dim=8 agent.actor.hidden_dim=${agent.multitask.pal_cfg.pal_dim}">]
    let ``are not told where they have one`` (words: string) =
        Assert.That(warnings (off @ listed words), Is.Empty)

    [<Test>]
    let ``are not told of a preset`` () =
        let preset = "preset=small/mt-sac-mt10"
        let flag = "agent.multitask.pal_cfg.pal_dim"

        Assert.That(
            warnings [ "preset=small/care-ptsl-mt10"; "agent.multitask.should_use_pal=False" ],
            Is.Empty
        )

        Assert.That(warnings [ preset ], Is.Empty)

        let told = warnings [ preset; $"{flag}=8" ] |> List.exactlyOne
        Assert.That(told, Does.StartWith flag)

    [<Test>]
    let ``are not told of a stored configuration, but of its changes`` () =
        match Experiment.resolve on with
        | Error mistakes -> Assert.Fail $"{mistakes}"
        | Ok(e, _) ->
            let revised words =
                match Experiment.revise (Experiment.render e) words with
                | Ok(_, warnings) -> warnings |> List.map _.Key
                | Error mistakes -> failwith $"{mistakes}"

            let radius = "agent.surgery.cagrad.radius"
            Assert.That(revised [ "setup.name=other" ], Is.Empty)
            Assert.That((revised [ "setup.id=other"; $"{radius}=1" ] = [ "setup.id"; radius ]))

    [<Test>]
    let ``that a stored agent has no use for are mistakes where they are changed`` () =
        match Experiment.resolve on with
        | Error mistakes -> Assert.Fail $"{mistakes}"
        | Ok(e, _) ->
            match Experiment.revise (Experiment.render e) [ "replay_buffer.batch_size=9" ] with
            | Error [ ConfigError.NoUse("replay_buffer.batch_size", _, _) ] -> ()
            | other -> Assert.Fail $"{other}"

    [<TestCase("experiment.num_train_steps=1500", true)>]
    [<TestCase("experiment.num_train_steps=1501", false)>]
    let ``random actions to the end of a run are told`` (word: string, isTold: bool) =
        let told =
            warnings (off @ [ word ]) |> List.filter _.StartsWith("experiment.init_steps: ")

        Assert.That(told.Length, Is.EqualTo(if isTold then 1 else 0))

    [<Test>]
    let ``another configuration is described by keys with both values`` () =
        let experiment words =
            match Experiment.resolve (off @ words) with
            | Ok(e, _) -> e
            | Error mistakes -> failwith $"{mistakes}"

        let stored = experiment [ "experiment.num_train_steps=2000" ]

        Assert.That(Experiment.differencesFrom stored stored, Is.Empty)

        Assert.That(
            Experiment.differencesFrom
                stored
                (experiment [ "experiment.num_train_steps=1999"; "agent.builder.discount=0.9" ]),
            Is.EqualTo
                "experiment.num_train_steps is 2000 there and 1999 here; agent.builder.discount is 0.99 there and 0.9 here"
        )

        Assert.That(
            Experiment.differencesFrom
                stored
                (experiment [
                    "experiment.num_train_steps=3000"
                    "agent.actor.hidden_dim=9"
                    "setup.seed=3"
                    "agent.builder.discount=0.9"
                ]),
            Does.Match "^setup.seed_ref is 42 there and 3 here; .*; and [0-9]+ more$"
        )
