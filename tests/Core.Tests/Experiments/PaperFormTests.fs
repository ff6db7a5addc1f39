module MtrlFunctional.Tests.Experiments.PaperFormTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Tasks
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Experiments.Resolving

/// What words choose so that an agent is that of a paper or of a program.
let ``words of papers and programs`` = [
    let resolve words = resolve ("env=metaworld-mt10" :: words)

    let encoder words =
        (SacNetworks.architecture None (ActionSpace.Box 4) (resolve words)).Encoder

    let has expected (spec: Spec) =
        match spec.TrySettings<(string * Spec) list>() with
        | Some parts -> parts |> List.exists (snd >> expected)
        | None -> expected spec

    let isKind kind (spec: Spec) = spec.Kind = kind

    let hasMixture expected (spec: Spec) =
        spec.TrySettings<Mixture>()
        |> Option.exists (fun mixture -> expected mixture.Selection)

    let taskEncoder = "agent.multitask.should_use_task_encoder=True"

    testCase "score the outputs of CARE's experts where the paper's form is asked for" (fun () ->
        let care switch =
            encoder [
                taskEncoder
                "agent.encoder.type_to_select=moe"
                "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention"
                $"behaviour.dot_product_attention={switch}"
            ]

        isTrue (has (hasMixture _.IsScored) (care "true"))
        isTrue (has (hasMixture _.IsGated) (care "false"))
        (resolve [ "fidelity=original" ]).Behaviour.DotProductAttention |> isFalse)

    testCase "modulate features where FiLM's paper is asked for" (fun () ->
        let film switch =
            encoder [
                taskEncoder
                "agent.encoder.type_to_select=film"
                "agent.multitask.task_encoder_cfg.model_cfg.output_dim=8"
                $"behaviour.film_per_feature={switch}"
            ]

        isTrue (has (isKind "FeatureFilm") (film "true"))
        isTrue (has (isKind "Film") (film "false")))

    testCase "take the first lists of words for fewer experts than lists" (fun () ->
        let words = [ "agent.encoder.type_to_select=moe"; "agent.encoder.moe.num_experts=4" ]

        let isOfFour =
            has (
                hasMixture (function
                    | Clusters chosen -> chosen |> List.forall (fun experts -> experts.Length = 4)
                    | _ -> false)
            )

        isTrue (isOfFour (encoder words)))

    testCase "train the original program's benchmark with its behaviour" (fun () ->
        let original = (resolve [ "fidelity=original" ]).Environment
        original.RewardVersion |> equals RewardVersion.V1
        isTrue original.RewardNormalization.IsRunning
        (resolve []).Environment.RewardVersion |> equals RewardVersion.V2)

    // A step of TRPO has no minibatches: its rows are centred all the same.
    testTheory "centre the advantages of MT-TRPO" [ "True"; "False" ] (fun perTask ->
        let normalised perMinibatch =
            let words =
                $"env=metaworld-mt10 agent=mttrpo agent.on_policy.advantages_per_task={perTask} agent.on_policy.advantages_per_minibatch={perMinibatch}"

            (onPolicy (Words.split words)).Advantage.NormalisedOver

        (normalised "True").IsSome |> isTrue
        normalised "True" |> equals (normalised "False"))

    // Settings of examples/multi_task/ppo_mt10.py of metaworld-algorithms.
    testCase "have the settings of Meta-World+" (fun () ->
        let config = onPolicy [ "preset=metaworld-plus/mtppo-mt10" ]
        isTrue config.Value.IsLinearFeatures
        config.Advantage.NormalisedOver |> equals None
        isFalse config.BootstrapTimeLimits
        (config.Discount, config.Lambda) |> equals (0.99, 0.97)

        match config.Actions with
        | PolicyKind.Gaussian { MinStd = Some least; MaxStd = Some most } ->
            log least |> isWithin 1e-3 -20.0
            log most |> isWithin 1e-3 2.0
        | other -> failtest $"{other}"

        let agent = OnPolicyAgent.create (Shards.serial 1) config

        let bounds = [
            for slot in agent.PolicyLayout.Slots do
                match slot.Parameter.Initialiser with
                | Uniform bound -> bound
                | _ -> ()
        ]

        // 39 numbers of an observation and ten of the task.
        let he (inputs: float) = sqrt (6.0 / inputs)
        bounds |> equals [ he 49.0; he 400.0; he 400.0; 1e-3; 1e-3 ]
        let experiment = Resolving.resolve [ "preset=metaworld-plus/mtppo-mt10" ]
        experiment.Schedule.NumEvalEpisodes |> equals 50)

    testTheory "name garage's examples by their files" [
        "mtppo_metaworld_mt10.py", "", "garage/mtppo-mt10", 75_000
        "examples/torch/mttrpo_metaworld_mt1_push.py",
        "--epochs 10",
        "garage/mttrpo-mt1-push",
        10_500
        "mtppo_metaworld_mt10", "--batch_size=4000", "garage/mtppo-mt10", 225_000
    ]
    <| fun (file, flags, preset, steps) ->
        let words = GarageCommand.ofPapers ("python" :: file :: Words.split flags)
        words.Head |> equals $"preset={preset}"
        (Resolving.resolve words).Schedule.NumTrainSteps |> equals steps

    testTheory "leave values that are named like garage's examples" [
        "setup.base_path=runs/mtppo_metaworld_mt10"
        "agent.start=runs/mtppo_metaworld_mt10"
    ]
    <| fun word ->
        let given = [ "preset=garage/mttrpo-mt50"; word ]
        GarageCommand.words given |> equals given

    testCase "drop a program in a folder that is named like garage's examples" (fun () ->
        Words.split "python3 -u /home/me/my_metaworld_fork/main.py env=metaworld-mt10"
        |> Overrides.dropLauncher
        |> equals [ "env=metaworld-mt10" ])

    testTheory "explain in one message what of garage they lack" [
        "mtsac_metaworld_mt10.py", "nearest: preset=metaworld-plus/mt-sac-mt10."
        "examples/torch/mtsac_metaworld_mt50.py", "preset=metaworld-plus/mt-sac-mt50."
        "mtsac_metaworld_mt1_pick_place.py", "env.benchmark.env_name=pick-place agent=state_sac."
        "trpo_metaworld_ml10.py",
        "has a preset: mtppo_metaworld_mt1_push.py, mtppo_metaworld_mt10.py"
        "mtppo_metaworld_mt10.py --n_tasks 500",
        "--n_tasks 500: counts goals. This preset has one of each task, 10 in all; env.goal_selection=random"
    ]
    <| fun (command, part) ->
        let given = "python" :: Words.split command
        string (GarageCommand.errorIn given).Value |> contains part

        Resolving.mistakes given |> List.exactlyOne |> contains part

    testCase "take garage's options" (fun () ->
        for given, expected in
            [
                "mtppo_metaworld_mt10.py --seed 3 --n_workers=2 agent.ppo.clip=0.1",
                "preset=garage/mtppo-mt10 agent.on_policy.workers=2 setup.seed=3 agent.ppo.clip=0.1"
                "mttrpo_metaworld_mt50.py --n_worker 2 --n_tasks=50",
                "preset=garage/mttrpo-mt50 agent.on_policy.workers=2"
            ] do
            GarageCommand.words (Words.split given) |> equals (Words.split expected)

        Presets.nameIn "preset=mttrpo_metaworld_mt50.py"
        |> equals (Some "garage/mttrpo-mt50"))
]
