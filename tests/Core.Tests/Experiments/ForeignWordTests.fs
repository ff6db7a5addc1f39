module MtrlFunctional.Tests.Experiments.ForeignWordTests

open Expecto
open Expecto.Flip
open MtrlFunctional.Experiments
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Experiments.Resolving

/// Words of other programs get the line that does the same.
let ``words of Hydra and of forks`` = [
    let mistakes word =
        mistakes [ "env=mt-bandit"; "agent=mtppo"; word ]

    testTheory "name what serves here" [
        "hydra.run.dir=out", "setup.base_path"
        "++hydra.sweep.subdir=x", "setup.base_path"
        "hydra.job.name=x", "setup.name"
        "hydra/launcher=submitit_slurm", "a launcher of Hydra is not loaded here"
        "hydra.launcher.timeout_min=5", "a launcher of Hydra is not loaded here"
        "hydra/sweeper=optuna", "train -m"
        "+hydra.verbose=true", "--verbose"
        "agent/optimizers=adam", "agent.optimizers.actor.lr"
        "agent/optimisers=adam", "its keys are set here one by one"
        "setup.name=${oc.env:USER}", "$USER"
        "setup.name='${oc.env:RUN,none}'", "$RUN"
        "setup.name='${now:%Y-%m-%d}'", "$(date +%Y-%m-%d)"
        "setup.base_path=${HOME}/runs", "$HOME"
        "setup.name='${hydra:job.num}'", "${setup.seed}"
        "setup.name='${hydra.job.override_dirname}'", "${setup.seed}"
        "setup/seed=1", "its keys are set here one by one: setup.seed."
        "setup.base_path=~bob/runs", "homes of others"
        "setup.name=~/x", "the name of a folder"
        "agent.builder.gamma=0.01", "agent.surgery.famo.decay=0.01"
        "agent.builder.w_lr=0.025", "agent.surgery.famo.rate=0.025"
        "agent.builder.agent_cfg.sdmgrad_lmbda=0.6", "agent.surgery.sdmgrad.pull=0.6"
        "agent.builder.agent_cfg.cagrad_c=0.9", "agent.surgery.cagrad.radius=0.9"
        "agent.builder.agent_cfg.cagrad_method=cagrad", "agent.surgery.method=cagrad"
        "agent.builder.update_weights_every=1", "agent.surgery.method=nash_mtl"
        "agent=famo_state_sac", "agent=state_sac agent.surgery.method=famo"
        "agent=nashmtl_state_sac", "agent.surgery.method=nash_mtl"
        "agent=cagrad_sac", "agent=sac agent.surgery.method=cagrad"
        "agent=uw", "agent.surgery.method=uncertainty"
        "agent=mtsac", "The same here: agent=state_sac."
        "agent=MT-SAC", "The same here: agent=state_sac."
        "agent=multi_task_sac", "The same here: agent=state_sac."
        "agent=ppo", "The same here: agent=mtppo."
        "agent=care", "preset=ptsl/care-mt10"
        "env=reach-v2", "env=metaworld-mt1 env.benchmark.env_name=reach-v3"
    ]
    <| fun (word, part) ->
        mistakes word
        |> List.filter _.Contains(part)
        |> Expect.hasLength $"{mistakes word}" 1

    testTheory "say how a configuration is printed" [
        "--cfg"
        "--resolve"
        "--info"
        "--config-name"
    ]
    <| fun option -> HydraWords.ofOption option |> Option.exists _.Contains("mtrl config") |> isTrue

    testTheory "begin with a launch that is dropped" [
        "nohup python -u main.py"
        "PYTHONPATH=. python3 main.py"
        "CUDA_VISIBLE_DEVICES=1 nohup time python -u -O main.py"
        "srun --gres=gpu:1 -n 1 python main.py"
        "xvfb-run -a python3.8 main.py"
        "poetry run python -m mtrl.main"
        "conda run -n mtrl python main.py"
        "torchrun --nproc_per_node 1 main.py"
        "export CUDA_VISIBLE_DEVICES=0 && /usr/bin/python3 -u main.py"
        "$ /usr/bin/env python main.py"
        "!python main.py"
        "singularity exec --nv image.sif python main.py"
        "docker run --gpus all -v /data:/data image python3 -u main.py"
        "./main.py"
    ]
    <| fun launch ->
        let words = [ "setup=metaworld"; "env=metaworld-mt10"; "agent=state_sac" ]
        let given = Words.split launch @ words @ [ "&" ]
        Overrides.dropLauncher given |> equals words

        Overrides.dropLauncher ("setup.seed=1" :: given)
        |> equals ("setup.seed=1" :: words)

    testTheory "are names of papers that resolve" [
        "mtmhsac"
        "paco"
        "moore"
        "soft-modularization"
    ]
    <| fun agent ->
        let words = Words.split (ForkWords.ofAgent agent).Value
        Resolving.mistakes ("env=metaworld-mt10" :: words) |> isEmpty

    testCase "tell of variables among the words, and of several processes" (fun () ->
        for words, late in
            [
                "CUDA_VISIBLE_DEVICES=1 nohup python main.py env=a", "CUDA_VISIBLE_DEVICES=1"
                "mpirun -n 2 python main.py env=a", "mpirun"
            ] do
            snd (Overrides.launched (Words.split words)) |> equals [ late ])

    testTheory "may be a module of garage's examples" [
        "-m garage.examples.torch.mtppo_metaworld_mt10 --seed 1", "preset=garage/mtppo-mt10"
        "-u examples/torch/mttrpo_metaworld_mt50.py --seed=1", "preset=garage/mttrpo-mt50"
    ]
    <| fun (launch, preset) ->
        GarageCommand.ofPapers ("python" :: Words.split launch)
        |> equals [ preset; "setup.seed=1" ]

    testTheory
        "of garage's other examples, and of metaworld-algorithms, name the nearest preset, which resolves"
        [
            "rl2_ppo_metaworld_ml10.py", "preset=rl2/ml10"
            "rl2_ppo_metaworld_ml1_push.py", "preset=rl2/ml1-reach env.benchmark.env_name=push"
            "maml_trpo_metaworld_ml45.py", "preset=maml/ml10 env=metaworld-ml45"
            "pearl_metaworld_ml1_push.py", "preset=context/ml1-reach"
            "te_ppo_metaworld_mt10.py", "preset=garage/mtppo-mt10"
            // Of metaworld-algorithms.
            "mtppo_mt10.py", "preset=metaworld-plus/mtppo-mt10"
            "softmodules_mt50.py", "preset=metaworld-plus/soft-modularization-mt50"
            "paco_mt10.py", "preset=beyond/paco-mt10"
            "maml_trpo_ml45.py", "preset=maml/ml10 env=metaworld-ml45"
        ]
    <| fun (file, words) ->
        let error =
            GarageCommand.errorIn [ "python"; "examples/torch/" + file ]
            |> Option.map string

        error |> Option.exists _.Contains(words) |> Expect.isTrue $"{error}"
        Resolving.mistakes (Words.split words) |> isEmpty
]
