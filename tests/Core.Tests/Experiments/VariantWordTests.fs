namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open MtrlFunctional.Experiments
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tests.Experiments.Resolving

[<TestFixture>]
module ``words of variants`` =
    let private original = [
        "setup=hipbmdp"
        "env=dmcontrol-finger-spin-distribution-v0"
        "agent=state_sac"
        "env.builder.make_kwargs.from_pixels=False"
    ]

    [<Test>]
    let ``the original's word trains from states and evaluates in three modes`` () =
        let e = resolve original

        Assert.That((e.Environment.Tasks = [ for i in [ 4; 5; 8; 9 ] -> $"finger-spin-size-{i}" ]))

        let modes = [
            for mode in Experiment.evaluationModes e -> mode.Name, List.map fst mode.Variants
        ]

        Assert.That(
            (modes = [
                "base", [ 3; 4; 7; 8 ]
                "interpolation", [ 5; 6 ]
                "extrapolation", [ 2; 9 ]
            ])
        )

        let names = (List.last (Experiment.evaluationModes e)).Variants |> List.map snd
        Assert.That((names = [ "finger-spin-size-3"; "finger-spin-size-10" ]))
        Assert.That((Experiment.evaluatedTasks e).Length, Is.EqualTo 8)
        Assert.That(e.Environment.Horizon, Is.EqualTo 500)
        Assert.That((Observed.size e = Some 9))
        Assert.That((e.Agent.Encoder.Kind = EncoderKind.Identity))
        Assert.That((Experiment.caveat e).Value, Does.Contain "identical dynamics")

    [<Test>]
    let ``an agent for states needs the word for states`` () =
        let found = mistakes (List.take 3 original) |> String.concat "\n"
        Assert.That(found, Does.Contain "agent = state_sac: must be one with convolutions")
        Assert.That(found, Does.Contain "env.builder.make_kwargs.from_pixels=False")

    [<Test>]
    let ``each family has a word whose variants exist`` () =
        let words = [
            for env in EnvChoice.all do
                if env.Name.Contains "-vary-" then
                    env.Name
        ]

        Assert.That(words.Length, Is.EqualTo Variations.all.Length)
        Assert.That((List.contains "dmc-walker-walk-vary-len" words))

        for word in words do
            let e = resolve [ $"env={word}"; "agent=state_sac" ]
            let all = e.Environment.Tasks @ e.Environment.TestTasks
            Assert.That((all |> List.forall (DmControlTasks.find >> _.IsOk)), word)
            Assert.That((Experiment.caveat e).IsSome, Is.EqualTo(word.Contains "finger"), word)

    [<Test>]
    let ``other tasks of a domain are chosen by the original's keys`` () =
        let e =
            resolve [
                "env=dmc-walker-walk-vary-friction"
                "env.builder.task_name=run"
                "env.train=[0]"
                "env.eval.interpolation=[]"
                "env.eval.extrapolation=[9]"
            ]

        Assert.That((e.Environment.Tasks = [ "walker-run-friction-1" ]))

        Assert.That(
            (e.Environment.TestTasks = [ "walker-run-friction-1"; "walker-run-friction-10" ])
        )

        Assert.That((Experiment.evaluationModes e).Length, Is.EqualTo 2)

    [<TestCase("env.train=[3,10]", "a whole number from 0 to 9")>]
    [<TestCase("env.eval.extrapolation=[-1]", "a whole number from 0 to 9")>]
    [<TestCase("env.train=[3,3]", "env.train = [3, 3]: must be without repetition")>]
    [<TestCase("env.train=[]", "env.train = []: must be a list of at least one variant")>]
    [<TestCase("env.builder.domain_name=walkr", "Nearest: walker")>]
    [<TestCase("env.builder.task_name=run", "must be one of spin, turn_easy, turn_hard")>]
    [<TestCase("env.builder.prefix=len", "env.builder.prefix = len: must be one of size")>]
    [<TestCase("env.tasks=[finger-spin]", "the variants of env.train")>]
    [<TestCase("agent.multitask.num_envs=7", "must be 4, the number of tasks")>]
    [<TestCase("env.builder.make_kwargs.sticky_observation_cfg.sticky_probability=1.1",
               "must be in [0, 1]")>]
    [<TestCase("env.builder.make_kwargs.sticky_observation_cfg.last_k=0",
               "a whole number from 1 to 1,000")>]
    let ``wrong sets are refused`` (word: string) (message: string) =
        let found = mistakes [ "env=dmc-finger-spin-vary-size"; "agent=state_sac"; word ]
        Assert.That(String.concat "\n" found, Does.Contain message)

    [<TestCase("state_sac")>]
    [<TestCase("state_deepmdp")>]
    let ``a repeated variant is one message`` (agent: string) =
        let found =
            mistakes [ "env=dmc-finger-spin-vary-size"; $"agent={agent}"; "env.train=[3,3]" ]

        Assert.That(found.Length, Is.EqualTo 1, String.concat "\n" found)

    let private model agent words =
        mistakes (
            [
                "setup=hipbmdp"
                "env=dmc-walker-walk-vary-len"
                $"agent={agent}"
                "agent.encoder.type_to_select=feedforward"
            ]
            @ words
        )

    [<TestCase("deepmdp")>]
    [<TestCase("hipbmdp")>]
    let ``an ensemble of transition models is refused`` (agent: string) =
        let found = model agent [ "agent.transition_model.transition_cfg.type=ensemble" ]

        Assert.That(
            (found = [
                "agent.transition_model.transition_cfg.type = ensemble: must be deterministic or probabilistic. mtrl names an ensemble and has none."
            ])
        )

    [<Test>]
    let ``a contrastive loss of fewer than two variants is refused`` () =
        let found = model "hipbmdp" [ "env.train=[3]" ]
        Assert.That(found.Length, Is.EqualTo 1)
        Assert.That(found.Head, Does.Contain "must be false with fewer than two tasks of training")

        let without = "agent.multitask.contrastive.should_use=False"
        Assert.That(model "hipbmdp" [ "env.train=[3]"; without ], Is.Empty)
        Assert.That(model "deepmdp" [ "env.train=[3]" ], Is.Empty)

    [<Test>]
    let ``HiP-BMDP without task encodings is warned of`` () =
        let warnings words =
            match
                Experiment.resolve ([ "env=dmc-walker-walk-vary-len"; "agent=hipbmdp" ] @ words)
            with
            | Ok(_, warnings) -> warnings |> List.map string |> String.concat "\n"
            | Error mistakes -> failwith $"%A{mistakes}"

        let without = "agent.multitask.should_use_task_encoder=False"
        Assert.That(warnings [], Does.Not.Contain "contrastive")
        Assert.That(warnings [ without ], Does.Contain "there is no contrastive loss")

        Assert.That(
            warnings [ without; "agent.multitask.contrastive.should_use=False" ],
            Does.Not.Contain "contrastive loss"
        )

    [<Test>]
    let ``variants of training among the unseen ones are a warning`` () =
        let warnings words =
            match
                Experiment.resolve ([ "env=dmc-walker-walk-vary-len"; "agent=state_sac" ] @ words)
            with
            | Ok(_, warnings) -> warnings |> List.map string
            | Error mistakes -> failwith $"{mistakes}"

        Assert.That(warnings [], Is.Empty)

        let found = warnings [ "env.train=[3,5,9]" ] |> String.concat "\n"
        Assert.That(found, Does.Contain "env.eval.interpolation")
        Assert.That(found, Does.Contain "has variants of env.train, [5]")
        Assert.That(found, Does.Contain "has variants of env.train, [9]")
        Assert.That(found, Does.Not.Contain "env.eval.base")

    [<Test>]
    let ``an evaluation without variants is refused`` () =
        let empty = [
            for mode in [ "base"; "interpolation"; "extrapolation" ] -> $"env.eval.{mode}=[]"
        ]

        let found =
            mistakes ([ "env=dmc-finger-spin-vary-size"; "agent=state_sac" ] @ empty)

        Assert.That(String.concat "\n" found, Does.Contain "a variant in at least one mode")

    [<TestCase("env=dmc-finger-spin", "env.train=[1]")>]
    [<TestCase("env=mt-cartpole", "env.eval.base=[1]")>]
    [<TestCase("env=metaworld-mt10",
               "env.builder.make_kwargs.sticky_observation_cfg.should_use=True")>]
    let ``other environments have no use for their keys`` (env: string) (word: string) =
        let found = mistakes [ env; "agent=state_sac"; word ]
        Assert.That(String.concat "\n" found, Does.Contain $"{env} has no use for it")

    /// The original's Distral needs them.
    [<Test>]
    let ``Meta-World accepts sets of variants without effect`` () =
        let words = [ "env=metaworld-mt10"; "agent=distral" ]
        Assert.That(mistakes (words @ [ "env.train=[0,1,2]"; "env.eval.base=[1]" ]), Is.Empty)

    [<TestCase("agent.multitask.should_use_task_encoder=True", 10)>]
    [<TestCase("agent.multitask.should_use_multi_head_policy=True", 10)>]
    [<TestCase("agent.multitask.model=paco", 10)>]
    [<TestCase("agent.multitask.should_use_disentangled_alpha=True", 4)>]
    let ``networks with parts for tasks have one for each variant`` (word: string) (count: int) =
        let e = resolve (original @ [ word ])
        Assert.That(NetworkTasks.count e, Is.EqualTo count)

        let trained = if count = 10 then [ 3; 4; 7; 8 ] else [ 0; 1; 2; 3 ]
        Assert.That((NetworkTasks.trained e = trained))

    [<TestCase("agent=mtppo", "agent.multitask.should_use_multi_head_policy=True")>]
    [<TestCase("agent=state_sac", "agent.multitask.model=separate")>]
    let ``parts for variants without training are refused where they cannot be``
        (agent: string)
        (word: string)
        =
        let found = mistakes [ "env=dmc-walker-walk-vary-len"; agent; word ]
        Assert.That(String.concat "\n" found, Does.Contain "where other tasks are tested")

    [<Test>]
    let ``Distral's agents are refused in variants without training, its distilled policy is not``
        ()
        =
        let words = [ "env=dmc-walker-walk-vary-len"; "agent=state_distral" ]

        Assert.That(
            mistakes (words @ [ "behaviour.evaluate_distral_agents=True" ])
            |> String.concat "\n",
            Does.Match
                "^behaviour.evaluate_distral_agents = true: must be false where other tasks are tested"
        )

        // The distilled policy is evaluated unless the words say otherwise.
        Assert.That(mistakes words, Is.Empty)

        Assert.That(
            mistakes (
                words
                @ [ "behaviour.evaluate_distral_agents=False"; "agent.multitask.num_envs=10" ]
            )
            |> String.concat "\n",
            Does.Contain "4 with Distral"
        )

    [<Test>]
    let ``the original's behaviour evaluates in environments of its own`` () =
        let e = resolve (original @ [ "fidelity=original" ])
        Assert.That(e.Behaviour.SeparateEvaluation)

    [<Test>]
    let ``a configuration is read back from its text`` () =
        let e =
            resolve (
                original
                @ [
                    "env.train=[1,2]"
                    "env.builder.make_kwargs.sticky_observation_cfg.sticky_probability=0.3"
                    "agent.multitask.should_use_task_encoder=True"
                ]
            )

        Assert.That((Experiment.load (Experiment.render e) = Ok e))
