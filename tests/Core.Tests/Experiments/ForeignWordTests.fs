namespace MtrlFunctional.Tests.Experiments

open System
open NUnit.Framework
open MtrlFunctional.Experiments
open MtrlFunctional.Tests.Experiments.Resolving

/// Words of other programs get the line that does the same.
[<TestFixture>]
module ``words of Hydra and of forks`` =
    let private mistakes word =
        mistakes [ "env=mt-bandit"; "agent=mtppo"; word ]

    [<TestCase("hydra.run.dir=out", "setup.base_path")>]
    [<TestCase("++hydra.sweep.subdir=x", "setup.base_path")>]
    [<TestCase("hydra.job.name=x", "setup.name")>]
    [<TestCase("hydra/launcher=submitit_slurm", "a launcher of Hydra is not loaded here")>]
    [<TestCase("hydra.launcher.timeout_min=5", "a launcher of Hydra is not loaded here")>]
    [<TestCase("hydra/sweeper=optuna", "train -m")>]
    [<TestCase("+hydra.verbose=true", "--verbose")>]
    [<TestCase("agent/optimizers=adam", "agent.optimizers.actor.lr")>]
    [<TestCase("agent/optimisers=adam", "its keys are set here one by one")>]
    [<TestCase("setup.name=${oc.env:USER}", "$USER")>]
    [<TestCase("setup.name='${oc.env:RUN,none}'", "$RUN")>]
    [<TestCase("setup.name='${now:%Y-%m-%d}'", "$(date +%Y-%m-%d)")>]
    [<TestCase("setup.base_path=${HOME}/runs", "$HOME")>]
    [<TestCase("setup.name='${hydra:job.num}'", "${setup.seed}")>]
    [<TestCase("setup.base_path=~bob/runs", "homes of others")>]
    [<TestCase("setup.name=~/x", "the name of a folder")>]
    [<TestCase("agent.builder.gamma=0.01", "agent.surgery.famo.decay=0.01")>]
    [<TestCase("agent.builder.w_lr=0.025", "agent.surgery.famo.rate=0.025")>]
    [<TestCase("agent.builder.agent_cfg.cagrad_c=0.9", "agent.surgery.cagrad.radius=0.9")>]
    [<TestCase("agent.builder.agent_cfg.cagrad_method=cagrad", "agent.surgery.method=cagrad")>]
    [<TestCase("agent.builder.update_weights_every=1", "agent.surgery.method=nash_mtl")>]
    [<TestCase("agent=famo_state_sac", "agent=state_sac agent.surgery.method=famo")>]
    [<TestCase("agent=nashmtl_state_sac", "agent.surgery.method=nash_mtl")>]
    [<TestCase("agent=cagrad_sac", "agent=sac agent.surgery.method=cagrad")>]
    [<TestCase("agent=uw", "agent.surgery.method=uncertainty")>]
    [<TestCase("env=reach-v2", "env=metaworld-mt1 env.benchmark.env_name=reach-v3")>]
    let ``name what serves here`` (word: string, part: string) =
        Assert.That(
            mistakes word |> List.filter _.Contains(part),
            Has.Length.EqualTo 1,
            $"{mistakes word}"
        )

    [<TestCase "--cfg">]
    [<TestCase "--resolve">]
    [<TestCase "--info">]
    [<TestCase "--config-name">]
    let ``say how a configuration is printed`` (option: string) =
        Assert.That(HydraWords.ofOption option |> Option.exists _.Contains("mtrl config"))

    [<TestCase "nohup python -u main.py">]
    [<TestCase "PYTHONPATH=. python3 main.py">]
    [<TestCase "CUDA_VISIBLE_DEVICES=1 nohup time python -u -O main.py">]
    [<TestCase "srun --gres=gpu:1 -n 1 python main.py">]
    [<TestCase "xvfb-run -a python3.8 main.py">]
    [<TestCase "poetry run python -m mtrl.main">]
    [<TestCase "conda run -n mtrl python main.py">]
    [<TestCase "torchrun --nproc_per_node 1 main.py">]
    [<TestCase "export CUDA_VISIBLE_DEVICES=0 && /usr/bin/python3 -u main.py">]
    [<TestCase "$ /usr/bin/env python main.py">]
    [<TestCase "!python main.py">]
    [<TestCase "./main.py">]
    let ``begin with a launch that is dropped`` (launch: string) =
        let words = [ "setup=metaworld"; "env=metaworld-mt10"; "agent=state_sac" ]
        let given = List.ofArray (launch.Split ' ') @ words @ [ "&" ]
        Assert.That((Overrides.dropLauncher given = words))
        Assert.That((Overrides.dropLauncher ("setup.seed=1" :: given) = "setup.seed=1" :: words))

    [<Test>]
    let ``tell of variables among the words`` () =
        let _, variables =
            Overrides.launched [ "CUDA_VISIBLE_DEVICES=1"; "nohup"; "python"; "main.py"; "env=a" ]

        Assert.That((variables = [ "CUDA_VISIBLE_DEVICES=1" ]))

    [<TestCase("-m garage.examples.torch.mtppo_metaworld_mt10 --seed 1", "preset=garage/mtppo-mt10")>]
    [<TestCase("-u examples/torch/mttrpo_metaworld_mt50.py --seed=1", "preset=garage/mttrpo-mt50")>]
    let ``may be a module of garage's examples`` (launch: string, preset: string) =
        let given = "python" :: List.ofArray (launch.Split ' ')
        Assert.That((GarageCommand.ofPapers given = [ preset; "setup.seed=1" ]))

    [<TestCase("rl2_ppo_metaworld_ml10.py", "preset=rl2/ml10")>]
    [<TestCase("rl2_ppo_metaworld_ml1_push.py", "preset=rl2/ml1-reach env.benchmark.env_name=push")>]
    [<TestCase("maml_trpo_metaworld_ml45.py", "preset=maml/ml10 env=metaworld-ml45")>]
    [<TestCase("pearl_metaworld_ml1_push.py", "preset=context/ml1-reach")>]
    [<TestCase("te_ppo_metaworld_mt10.py", "preset=garage/mtppo-mt10")>]
    let ``of garage's other examples name the nearest preset, which resolves``
        (file: string, words: string)
        =
        let error =
            GarageCommand.errorIn [ "python"; "examples/torch/" + file ]
            |> Option.map string

        Assert.That(error |> Option.exists _.Contains(words), $"{error}")
        Assert.That(Resolving.mistakes (List.ofArray (words.Split ' ')), Is.Empty)
