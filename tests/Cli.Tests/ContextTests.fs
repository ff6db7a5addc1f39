namespace MtrlFunctional.Cli.Tests

open System.IO
open System.Text.Json
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Tests

/// A small run of soft actor-critic that infers which of two tasks it is in.
[<TestFixture; NonParallelizable>]
type ``a run that infers its tasks``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-context-").FullName
    let run = Path.Combine(folder, "tiny", "seed-1")

    let words =
        SmallRun.words folder "tiny"
        @ [
            "env=metaworld-mt10"
            "agent=state_sac"
            "env.tasks=[reach, push]"
            "env.goal_selection=random"
            "agent.context.method=set"
            "agent.multitask.should_use_task_encoder=True"
        ]

    let refused (given: string list) (messages: string list) =
        let said = Capture.refusal ("train" :: words @ given @ [ "--plain" ])

        for message in messages do
            Assert.That(said, Does.Contain message)

    [<OneTimeSetUp>]
    member _.Train() =
        Capture.finished ("train" :: words @ [ "--plain" ]) |> ignore

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``is evaluated after some episodes, of other tasks, too``() =
        for tasks in [ []; [ "--tasks"; "sweep,reach,drawer-close" ] ] do
            let json = Path.Combine(folder, "result.json")

            let printed =
                [
                    "eval"
                    run
                    "--adapt"
                    "context"
                    "--shots"
                    "0,1,5"
                    "--episodes"
                    "1"
                    "--json"
                    json
                ]
                @ tasks
                |> Capture.mtrl

            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
            Assert.That(printed.Out, Does.Contain "0 shots     1 shot    5 shots")

            let protocol =
                (JsonDocument.Parse(File.ReadAllText json)).RootElement.GetProperty "protocol"

            Assert.That(protocol.GetProperty("method").GetString(), Is.EqualTo "context")

    [<Test>]
    member _.``is what its configuration says``() =
        let printed = Capture.mtrl ("config" :: words @ [ "--network" ])
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
        Assert.That(printed.Out, Does.Contain "context encoder")
        Assert.That(printed.Out, Does.Contain "exploring_context")
        Assert.That(printed.Out, Does.Contain "inferred from transitions")

    [<Test>]
    member _.``has no parts for each task``() =
        refused [ "agent.multitask.model=separate" ] [
            "agent.multitask.model = separate: must be by_flags, paco, moore or hypernetwork with agent.context.method=set"
        ]

        refused [ "agent.multitask.should_use_multi_head_policy=True" ] [
            "agent.multitask.should_use_multi_head_policy = true: must be false with agent.context.method=set"
        ]

        refused [
            "agent.encoder.type_to_select=moe"
            "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=identity"
        ] [ "agent.encoder.moe.task_id_to_encoder_id_cfg.mode" ]

    [<Test>]
    member _.``needs a task encoder, and an agent that learns from replay``() =
        refused [ "agent.multitask.should_use_task_encoder=False" ] [
            "agent.multitask.should_use_task_encoder = false: must be true with agent.context.method=set"
        ]

        refused [ "agent=hipbmdp"; "agent.encoder.type_to_select=feedforward" ] [
            "agent.context.method"
        ]

        refused [ "env.reward_normalization=running" ] [ "env.reward_normalization" ]
        refused [ "agent.context.method=sets" ] [ "Nearest: set" ]

        refused [ "agent.multitask.task_encoder_cfg.losses_to_train=[task_encoder]" ] [
            "a list with critic"
        ]

        refused [ "fidelity=original" ] [ "No original program infers tasks." ]

        refused [ "agent.surgery.method=pcgrad" ] [ "agent.surgery.method = pcgrad: must be none" ]

    [<Test>]
    member _.``has one goal or state in each entry of its tasks``() =
        let refused (given: string list) (message: string) =
            let printed =
                Capture.mtrl (
                    [
                        "config"
                        "agent=state_sac"
                        "agent.context.method=set"
                        "agent.multitask.should_use_task_encoder=True"
                    ]
                    @ given
                )

            Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
            Assert.That(printed.Err, Does.Contain message)

        refused
            [ "env=metaworld-ml1" ]
            "agent.context.method = set: must be none with env=metaworld-ml1"

        refused
            [ "env=mt-cartpole"; "env.num_task_states=7" ]
            "env.num_envs = 1: must be 7, env.num_task_states"

/// A small run of MT-PPO that infers which of two tasks it is in from the trial so far.
[<TestFixture; NonParallelizable>]
type ``a run that infers its task from a trial``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-trials-").FullName
    let run = Path.Combine(folder, "tiny", "seed-1")

    let method' = [
        "agent=mtppo"
        "agent.context.method=gru"
        "agent.multitask.should_use_task_encoder=True"
    ]

    let words =
        [
            "env=metaworld-mt10"
            "env.tasks=[reach, push]"
            "env.horizon=10"
            "setup.name=tiny"
            "setup.seed=1"
            $"setup.base_path={folder}"
            "setup.threads=1"
            "experiment.num_train_steps=80"
            "experiment.eval_freq=80"
            "experiment.num_eval_episodes=1"
            "agent.context.episodes_per_trial=2"
            "agent.context.exploration_episodes=1"
            "agent.context.units=6"
            "agent.actor.hidden_dim=8"
            "agent.critic.hidden_dim=8"
            "agent.on_policy.batch_size=40"
            "agent.on_policy.minibatch_size=40"
        ]
        @ method'

    let refused command (given: string list) =
        Capture.refused (command :: words @ given)

    [<OneTimeSetUp>]
    member _.Train() =
        Capture.finished ("train" :: words @ [ "--plain" ]) |> ignore

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``is evaluated in trials, in other tasks, too``() =
        for tasks, first in [ [], "reach-v3 2"; [ "--tasks"; "sweep,drawer-close" ], "sweep-v3 2" ] do
            let printed = Capture.finished ([ "eval"; run; "--episodes"; "1" ] @ tasks)
            Assert.That(printed, Does.Contain "episode of a trial")
            Assert.That(printed, Does.Contain first)

    [<TestCase("", 1, 1, "any", "a trial has 1 episode of exploration, then 1 that count")>]
    [<TestCase("--trial 2,3",
               2,
               3,
               "mean",
               "a trial has 2 episodes of exploration, then 3 that count; above, success is the mean over these")>]
    member _.``is evaluated in trials that the table and the file name``
        (options: string, exploration: int, counted: int, success: string, heading: string)
        =
        let json = Path.Combine(folder, "trials.json")

        let printed =
            Capture.finished (
                [ "eval"; run; "--json"; json ]
                @ List.ofArray (options.Split(' ', System.StringSplitOptions.RemoveEmptyEntries))
            )

        Assert.That(printed, Does.Contain heading)

        let trial =
            (JsonDocument.Parse(File.ReadAllText json))
                .RootElement.GetProperty("protocol")
                .GetProperty
                "trial"

        Assert.That(trial.GetProperty("explorationEpisodes").GetInt32(), Is.EqualTo exploration)
        Assert.That(trial.GetProperty("evaluationEpisodes").GetInt32(), Is.EqualTo counted)
        Assert.That(trial.GetProperty("success").GetString(), Is.EqualTo success)

    [<TestCase("--trial 10", "--trial 10: must be a number of episodes of exploration and one")>]
    [<TestCase("--trial 3,0", "at least 1")>]
    [<TestCase("--trial 1,1 --adapt finetune --shots 1", "leave --trial or --adapt out")>]
    member _.``is not evaluated in trials that cannot be``(options: string, message: string) =
        Capture.refused ("eval" :: run :: List.ofArray (options.Split ' ')) message

    [<Test>]
    member _.``is what its configuration says``() =
        let printed = Capture.finished ("config" :: words @ [ "--network" ])

        Assert.That(
            printed,
            Does.Contain
                "6 gated recurrent units, task encoding 6 → 50 → 50 → 50, beside the observation"
        )

        Assert.That(printed, Does.Contain "memory/encoding/0/weight")

        Assert.That(
            Capture.finished ("config" :: words @ [ "agent.context.losses=[policy]"; "--network" ]),
            Does.Contain "memory of the policy"
        )

    /// With 39 + 4 + 3 numbers of an observation and no columns of tasks.
    [<TestCase("env=metaworld-ml1 env.benchmark.env_name=reach")>]
    [<TestCase("env=metaworld-ml10")>]
    [<TestCase("env=metaworld-mt10")>]
    [<TestCase("env=metaworld-ml10 agent.encoder.type_to_select=film")>]
    [<TestCase("env=metaworld-ml10 agent.multitask.model=paco")>]
    [<TestCase("env=metaworld-ml10 agent.multitask.model=moore agent.actor.hidden_dim=32")>]
    [<TestCase("env=metaworld-ml10 agent.multitask.should_use_pal=True")>]
    [<TestCase("env=metaworld-ml10 agent.encoder.type_to_select=moe agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention")>]
    member _.``knows hidden goals and tasks by their trials alone``(given: string) =
        let printed =
            Capture.finished (
                "config" :: (List.ofArray (given.Split ' ')) @ method' @ [ "--network" ]
            )

        Assert.That(printed, Does.Contain "observation of 46")

    [<TestCase("agent.multitask.model=separate",
               "agent.multitask.model = separate: must be by_flags, paco, moore or hypernetwork with agent.context.method=gru")>]
    [<TestCase("agent.multitask.should_use_multi_head_policy=True",
               "agent.multitask.should_use_multi_head_policy = true: must be false with agent.context.method=gru")>]
    [<TestCase("agent.multitask.should_use_task_encoder=False",
               "agent.multitask.should_use_task_encoder = false: must be true with agent.context.method=gru")>]
    [<TestCase("agent.context.method=set",
               "agent.context.method = set: must be none, gru or cadm with agent=mtppo")>]
    [<TestCase("agent=mttrpo", "agent=mttrpo has no use for it.")>]
    [<TestCase("agent.context.losses=[value]",
               "agent.context.losses = [value]: must be a list with policy")>]
    [<TestCase("agent.context.transitions=5", "agent=mtppo has no use for it.")>]
    [<TestCase("agent.context.exploration_episodes=2",
               "agent.context.exploration_episodes = 2: must be below 2, agent.context.episodes_per_trial.")>]
    [<TestCase("fidelity=original", "No original program infers tasks.")>]
    [<TestCase("agent.context.method=gruu", "Nearest: gru")>]
    [<TestCase("agent.on_policy.steps_after_success=3",
               "agent.on_policy.steps_after_success = 3: must be null")>]
    member _.``refuses what it cannot have``(word: string, message: string) =
        refused "config" [ word ] message

    [<Test>]
    member _.``refuses tasks of different spaces, images, and agents of replay``() =
        refused
            "config"
            [ "env=mixed"; "env.tasks=[reach,walker-walk]" ]
            "tasks of equal spaces with agent.context.method=gru"

        refused
            "config"
            [
                "env=dmc-walker-walk"
                "env.tasks=[walker-walk]"
                "env.builder.make_kwargs.from_pixels=True"
            ]
            "false with agent=mtppo"

        let printed =
            Capture.mtrl ([ "config"; "env=metaworld-mt10" ] @ method' @ [ "agent=state_sac" ])

        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)

        Assert.That(
            printed.Err,
            Does.Contain "agent.context.method = gru: must be none or set with agent=state_sac"
        )

/// A small run of MT-PPO that observes the context of a model of the dynamics.
[<TestFixture; NonParallelizable>]
type ``a run that observes the context of a model``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-models-").FullName
    let run name = Path.Combine(folder, name, "seed-1")
    let method' = [ "agent=mtppo"; "agent.context.method=cadm" ]

    let small name = [
        "env.horizon=10"
        $"setup.name={name}"
        "setup.seed=1"
        $"setup.base_path={folder}"
        "setup.threads=1"
        "experiment.num_train_steps=80"
        "experiment.save_freq=40"
        "experiment.save.model.retain_last_n=-1"
        "experiment.eval_freq=80"
        "experiment.num_eval_episodes=1"
        "agent.cadm.units=8"
        "agent.cadm.history=4"
        "agent.cadm.future=3"
        "agent.cadm.context=3"
        "agent.actor.hidden_dim=8"
        "agent.critic.hidden_dim=8"
        "agent.on_policy.batch_size=40"
        "agent.on_policy.minibatch_size=40"
    ]

    let words =
        [ "env=metaworld-mt10"; "env.tasks=[reach, push]" ] @ method' @ small "tiny"

    [<OneTimeSetUp>]
    member _.Train() =
        Capture.finished ("train" :: words @ [ "--plain" ]) |> ignore

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``is evaluated in other tasks, too``() =
        for tasks, first in
            [
                [], "reach-v3"
                [ "--tasks"; "sweep,drawer-close" ], "sweep-v3"
                [ "--tasks"; "sweep"; "--adapt"; "finetune"; "--shots"; "1" ], "sweep-v3"
            ] do
            Assert.That(
                Capture.finished ([ "eval"; run "tiny"; "--episodes"; "1" ] @ tasks),
                Does.Contain first
            )

    [<Test>]
    member _.``ends as an uninterrupted one where it is resumed``() =
        let whole = SmallRun.hashes (run "tiny")
        let checkpoints = (Storage.RunFolder(run "tiny")).Checkpoints
        Directory.Delete(checkpoints.FolderOf 80L, true)
        Assert.That((SmallRun.newest (run "tiny")).Info.Step, Is.EqualTo 40L)

        Assert.That(
            Capture.finished [ "resume"; run "tiny"; "--plain" ],
            Does.Contain "done: 80 steps."
        )

        Assert.That((SmallRun.hashes (run "tiny") = whole))

    [<Test>]
    member _.``is what its configuration says``() =
        let printed = Capture.finished ("config" :: words @ [ "--network" ])

        Assert.That(
            printed,
            Does.Contain "encoder of a step: each of 4 steps: state, action, change"
        )

        Assert.That(printed, Does.Contain "policy: state of 39 and context of 3")
        Assert.That(printed, Does.Contain "value: state of 39 and context of 3")
        Assert.That(printed, Does.Contain "context/model/encoder/step/0/weight ")
        Assert.That(printed, Does.Match @"policy/trunk/0/weight +42 × 8")

    [<TestCase("env=mt-cartpole env.task_visible=False env.num_task_states=20")>]
    [<TestCase("env=metaworld-ml1 env.benchmark.env_name=reach", Category = LongForm.only)>]
    [<TestCase("env=dmc-cheetah-run-vary-torso_length", Category = LongForm.only)>]
    member _.``learns in hidden goals and hidden constants``(given: string) =
        let env = List.ofArray (given.Split ' ')
        let name = "of-" + string (given.GetHashCode System.StringComparison.Ordinal)

        let printed =
            Capture.finished (
                "train" :: env
                @ method'
                @ small name
                @ [ "agent.surgery.method=none"; "--plain" ]
            )

        Assert.That(printed, Does.Contain "done: 80 steps.")
        Capture.finished [ "eval"; run name; "--episodes"; "1" ] |> ignore
        let metrics = File.ReadAllText(Path.Combine(run name, "metrics.jsonl"))
        Assert.That(metrics, Does.Contain "\"dynamics_loss\":")

    [<TestCase("agent.multitask.model=separate",
               "agent.multitask.model = separate: must be by_flags with agent.context.method=cadm")>]
    [<TestCase("agent.multitask.model=paco",
               "agent.multitask.model = paco: must be by_flags with agent.context.method=cadm")>]
    [<TestCase("agent.multitask.should_use_multi_head_policy=True",
               "agent.multitask.should_use_multi_head_policy = true: must be false with agent.context.method=cadm")>]
    [<TestCase("agent.multitask.should_use_task_encoder=True",
               "agent.multitask.should_use_task_encoder = true: must be false with agent.context.method=cadm")>]
    [<TestCase("agent.cadm.context=0",
               "agent.cadm.context = 0: must be at least 1 with agent.context.method=cadm")>]
    [<TestCase("agent.on_policy.lag=1",
               "agent.on_policy.lag = 1: must be 0 with agent.context.method=cadm")>]
    [<TestCase("fidelity=original",
               "fidelity = original: must be corrected with agent.context.method=cadm")>]
    [<TestCase("agent.cadm.horizon=5", "agent=mtppo has no use for it.")>]
    [<TestCase("agent=mttrpo", "agent=mttrpo has no use for it.")>]
    member _.``refuses what it cannot have``(word: string, message: string) =
        Capture.refused ("config" :: words @ [ word ]) message

    [<Test>]
    member _.``refuses tasks of different spaces, images, other agents, and uses without a history``
        ()
        =
        Capture.refused
            ("config" :: words @ [ "env=mixed"; "env.tasks=[reach,walker-walk]" ])
            "tasks of equal spaces with agent.context.method=cadm"

        Capture.refused
            ("config" :: words
             @ [
                 "env=dmc-walker-walk"
                 "env.tasks=[walker-walk]"
                 "env.builder.make_kwargs.from_pixels=True"
             ])
            "false with agent"

        Capture.refused
            [
                "config"
                "env=metaworld-mt10"
                "agent=state_sac"
                "agent.context.method=cadm"
            ]
            "agent.context.method = cadm: must be none or set with agent=state_sac"

        Capture.refused
            [ "eval"; run "tiny"; "--adapt"; "context"; "--shots"; "1" ]
            "computes its context from the last steps of each episode"

        let error =
            Assert.Throws<MtrlException>(
                System.Action(fun () -> Training.Policy.Load(run "tiny") |> ignore)
            )

        Assert.That((nonNull error).Message, Does.Contain "the context of the last steps")
