namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Tasks
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Experiments.Resolving

/// What words choose so that an agent is that of a paper or of a program.
[<TestFixture>]
module ``words of papers and programs`` =
    let private resolve words = resolve ("env=metaworld-mt10" :: words)

    let private onPolicy words =
        OnPolicySetup.ofExperiment
            Precision.Full
            None
            39
            (ActionSpace.Box 4)
            (Resolving.resolve words)

    let private encoder words =
        (SacNetworks.architecture None (ActionSpace.Box 4) (resolve words)).Encoder

    let private contains expected (spec: Spec) =
        match spec.TrySettings<(string * Spec) list>() with
        | Some parts -> parts |> List.exists (snd >> expected)
        | None -> expected spec

    let private isKind kind (spec: Spec) = spec.Kind = kind

    let private hasMixture expected (spec: Spec) =
        spec.TrySettings<Mixture>()
        |> Option.exists (fun mixture -> expected mixture.Selection)

    let private taskEncoder = "agent.multitask.should_use_task_encoder=True"

    [<Test>]
    let ``score the outputs of CARE's experts where the paper's form is asked for`` () =
        let care switch =
            encoder [
                taskEncoder
                "agent.encoder.type_to_select=moe"
                "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention"
                $"behaviour.dot_product_attention={switch}"
            ]

        let isOf selection = contains (hasMixture selection)

        Assert.That(isOf _.IsScored (care "true"))
        Assert.That(isOf _.IsGated (care "false"))
        Assert.That((resolve [ "fidelity=original" ]).Behaviour.DotProductAttention, Is.False)

    [<Test>]
    let ``modulate features where FiLM's paper is asked for`` () =
        let film switch =
            encoder [
                taskEncoder
                "agent.encoder.type_to_select=film"
                "agent.multitask.task_encoder_cfg.model_cfg.output_dim=8"
                $"behaviour.film_per_feature={switch}"
            ]

        Assert.That(contains (isKind "FeatureFilm") (film "true"))
        Assert.That(contains (isKind "Film") (film "false"))

    [<Test>]
    let ``take the first lists of words for fewer experts than lists`` () =
        let words = [ "agent.encoder.type_to_select=moe"; "agent.encoder.moe.num_experts=4" ]

        Assert.That(mistakes ("env=metaworld-mt10" :: words), Is.Empty)

        let isOfFour =
            contains (
                hasMixture (function
                    | Clusters chosen -> chosen |> List.forall (fun experts -> experts.Length = 4)
                    | _ -> false)
            )

        Assert.That(isOfFour (encoder words))

        Assert.That(
            mistakes [ "env=metaworld-mt10"; words[0]; "agent.encoder.moe.num_experts=40" ]
            |> String.concat " ",
            Does.Contain "at most"
        )

    [<Test>]
    let ``train the original program's benchmark with its behaviour`` () =
        let original = (resolve [ "fidelity=original" ]).Environment
        Assert.That((original.RewardVersion = RewardVersion.V1))
        Assert.That original.RewardNormalization.IsRunning
        Assert.That(((resolve []).Environment.RewardVersion = RewardVersion.V2))

    /// A step of TRPO has no minibatches: its rows are centred all the same.
    [<TestCase("True")>]
    [<TestCase("False")>]
    let ``centre the advantages of MT-TRPO`` perTask =
        let normalised perMinibatch =
            (onPolicy [
                "env=metaworld-mt10"
                "agent=mttrpo"
                $"agent.on_policy.advantages_per_task={perTask}"
                $"agent.on_policy.advantages_per_minibatch={perMinibatch}"
            ])
                .Advantage.NormalisedOver

        Assert.That((normalised "True").IsSome)
        Assert.That(normalised "True", Is.EqualTo(normalised "False"))

    /// Settings of examples/multi_task/ppo_mt10.py of metaworld-algorithms.
    [<Test>]
    let ``have the settings of Meta-World+`` () =
        let config = onPolicy [ "preset=metaworld-plus/mtppo-mt10" ]
        Assert.That(config.Value.IsLinearFeatures)
        Assert.That(config.Advantage.NormalisedOver, Is.EqualTo None)
        Assert.That(config.BootstrapTimeLimits, Is.False)
        Assert.That((config.Discount, config.Lambda), Is.EqualTo((0.99, 0.97)))

        match config.Actions with
        | PolicyKind.Gaussian { MinStd = Some least; MaxStd = Some most } ->
            Assert.That(log least, Is.EqualTo(-20.0).Within 1e-3)
            Assert.That(log most, Is.EqualTo(2.0).Within 1e-3)
        | other -> Assert.Fail $"{other}"

        let agent = OnPolicyAgent.create (Shards.serial 1) config

        let bounds = [
            for slot in agent.PolicyLayout.Slots do
                match slot.Parameter.Initialiser with
                | Uniform bound -> bound
                | _ -> ()
        ]

        // 39 numbers of an observation and ten of the task.
        let he (inputs: float) = sqrt (6.0 / inputs)
        Assert.That((bounds = [ he 49.0; he 400.0; he 400.0; 1e-3; 1e-3 ]), $"{bounds}")
        let experiment = Resolving.resolve [ "preset=metaworld-plus/mtppo-mt10" ]
        Assert.That(experiment.Schedule.NumEvalEpisodes, Is.EqualTo 50)

    [<TestCase("mtppo_metaworld_mt10.py", "", "garage/mtppo-mt10", 75_000L)>]
    [<TestCase("examples/torch/mttrpo_metaworld_mt1_push.py",
               "--epochs 10",
               "garage/mttrpo-mt1-push",
               10_500L)>]
    [<TestCase("mtppo_metaworld_mt10", "--batch_size=4000", "garage/mtppo-mt10", 225_000L)>]
    let ``name garage's examples by their files``
        (file: string)
        (flags: string)
        (preset: string)
        (steps: int64)
        =
        let given =
            "python" :: file :: List.filter ((<>) "") (List.ofArray (flags.Split ' '))

        let words = GarageCommand.ofPapers given
        Assert.That(words.Head, Is.EqualTo $"preset={preset}")

        let experiment = Resolving.resolve (words @ [ "setup.seed=1" ])

        Assert.That(experiment.Schedule.NumTrainSteps, Is.EqualTo(box steps))

    [<TestCase("setup.base_path=runs/mtppo_metaworld_mt10")>]
    [<TestCase("agent.start=runs/mtppo_metaworld_mt10")>]
    let ``leave values that are named like garage's examples`` (word: string) =
        let given = [ "preset=garage/mttrpo-mt50"; word ]
        Assert.That(GarageCommand.words given, Is.EqualTo(box given))

    [<Test>]
    let ``drop a program in a folder that is named like garage's examples`` () =
        let words =
            Overrides.dropLauncher [
                "python3"
                "-u"
                "/home/me/my_metaworld_fork/main.py"
                "env=metaworld-mt10"
            ]

        Assert.That(words, Is.EqualTo(box [ "env=metaworld-mt10" ]))

    [<TestCase("mtsac_metaworld_mt10.py", "nearest: preset=metaworld-plus/mt-sac-mt10.")>]
    [<TestCase("examples/torch/mtsac_metaworld_mt50.py", "preset=metaworld-plus/mt-sac-mt50.")>]
    [<TestCase("mtsac_metaworld_mt1_pick_place.py",
               "env.benchmark.env_name=pick-place agent=state_sac.")>]
    [<TestCase("trpo_metaworld_ml10.py",
               "has a preset: mtppo_metaworld_mt1_push.py, mtppo_metaworld_mt10.py")>]
    [<TestCase("mtppo_metaworld_mt10.py --n_tasks 500",
               "--n_tasks 500: counts goals. This preset has one of each task, 10 in all; env.goal_selection=random")>]
    let ``explain in one message what of garage they lack`` (command: string) (part: string) =
        let given = "python" :: List.ofArray (command.Split ' ')
        Assert.That(string (GarageCommand.errorIn given).Value, Does.Contain part)

        match Experiment.resolve given with
        | Error [ error ] -> Assert.That(string error, Does.Contain part)
        | other -> Assert.Fail $"{other}"

    [<Test>]
    let ``suggest presets and keys that there are`` () =
        for suite in [ 10; 50 ] do
            Resolving.resolve [ $"preset=metaworld-plus/mt-sac-mt{suite}" ] |> ignore

        Resolving.resolve [
            "env=metaworld-mt1"
            "env.benchmark.env_name=pick-place"
            "agent=state_sac"
        ]
        |> ignore

    [<Test>]
    let ``take garage's options`` () =
        let words =
            GarageCommand.words [
                "mtppo_metaworld_mt10.py"
                "--seed"
                "3"
                "--n_workers=2"
                "agent.ppo.clip=0.1"
            ]

        Assert.That(
            words,
            Is.EqualTo(
                box [
                    "preset=garage/mtppo-mt10"
                    "agent.on_policy.workers=2"
                    "setup.seed=3"
                    "agent.ppo.clip=0.1"
                ]
            )
        )

        Assert.That(
            GarageCommand.words [ "mttrpo_metaworld_mt50.py"; "--n_worker"; "2"; "--n_tasks=50" ],
            Is.EqualTo(box [ "preset=garage/mttrpo-mt50"; "agent.on_policy.workers=2" ])
        )

        Assert.That(
            Presets.nameIn "preset=mttrpo_metaworld_mt50.py",
            Is.EqualTo(Some "garage/mttrpo-mt50")
        )
