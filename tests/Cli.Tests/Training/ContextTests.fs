module MtrlFunctional.Cli.Tests.Training.ContextTests

open Expecto
open System.IO
open MtrlFunctional.Storage
open MtrlFunctional.Training
open MtrlFunctional.Tests
open MtrlFunctional.Cli.With
open MtrlFunctional.Cli.Tests

/// A small run of soft actor-critic that infers which of two tasks it is in.
let ``a run that infers its tasks`` =
    let folder = TestFolder.create "context"
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

    let refuses name (cases: (string * string) list) =
        Capture.refusalsOf ("train" :: words @ [ "--plain" ]) name cases

    let made = lazy Capture.finished ("train" :: words @ [ "--plain" ])

    after made [
        testCase "is evaluated after some episodes, of other tasks, too" (fun () ->
            for tasks in [ []; [ "--tasks"; "sweep,reach,drawer-close" ] ] do
                let json = Path.Combine(folder, "result.json")

                let printed =
                    Capture.words
                        $"eval {run} --adapt context --shots 0,1,5 --episodes 1 --json {json}"
                    @ tasks
                    |> Capture.finished

                printed |> contains "0 shots     1 shot    5 shots"
                Json.read json |> Json.text "protocol.method" |> equals "context")

        testCase "is what its configuration says" (fun () ->
            Capture.finished ("config" :: words @ [ "--network" ])
            |> containsAll [ "context encoder"; "exploring_context"; "inferred from transitions" ])

        refuses "has no parts for each task" [
            "agent.multitask.model=separate",
            "agent.multitask.model = separate: must be by_flags, paco, moore or hypernetwork with agent.context.method=set"
            "agent.multitask.should_use_multi_head_policy=True",
            "agent.multitask.should_use_multi_head_policy = true: must be false with agent.context.method=set"
            "agent.encoder.type_to_select=moe agent.encoder.moe.task_id_to_encoder_id_cfg.mode=identity",
            "agent.encoder.moe.task_id_to_encoder_id_cfg.mode"
        ]

        refuses "needs a task encoder, and an agent that learns from replay" [
            "agent.multitask.should_use_task_encoder=False",
            "agent.multitask.should_use_task_encoder = false: must be true with agent.context.method=set"
            "agent=hipbmdp agent.encoder.type_to_select=feedforward", "agent.context.method"
            "env.reward_normalization=running", "env.reward_normalization"
            "agent.context.method=sets", "Nearest: set"
            "agent.multitask.task_encoder_cfg.losses_to_train=[task_encoder]", "a list with critic"
            "fidelity=original", "No original program infers tasks."
            "agent.surgery.method=pcgrad", "agent.surgery.method = pcgrad: must be none"
        ]

        Capture.refusalsOf
            (Capture.words
                "config agent=state_sac agent.context.method=set agent.multitask.should_use_task_encoder=True")
            "has one goal or state in each entry of its tasks"
            [
                "env=metaworld-ml1",
                "agent.context.method = set: must be none with env=metaworld-ml1"
                "env=mt-cartpole env.num_task_states=7",
                "env.num_envs = 1: must be 7, env.num_task_states"
            ]
    ]

/// A small run of MT-PPO that infers which of two tasks it is in from the trial so far.
let ``a run that infers its task from a trial`` =
    let folder = TestFolder.create "trials"
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

    let made = lazy Capture.finished ("train" :: words @ [ "--plain" ])

    after made [
        testCase "is evaluated in trials, in other tasks, too" (fun () ->
            for tasks, first in
                [ [], "reach-v3 2"; [ "--tasks"; "sweep,drawer-close" ], "sweep-v3 2" ] do
                let printed = Capture.finished ([ "eval"; run; "--episodes"; "1" ] @ tasks)
                printed |> containsAll [ "episode of a trial"; first ])

        testTheory "is evaluated in trials that the table and the file name" [
            "", 1, 1, "any", "a trial has 1 episode of exploration, then 1 that count"
            "--trial 2,3",
            2,
            3,
            "mean",
            "a trial has 2 episodes of exploration, then 3 that count; above, success is the mean over these"
        ]
        <| fun (options, exploration, counted, success, heading) ->
            let json = Path.Combine(folder, "trials.json")

            Capture.finished ([ "eval"; run; "--json"; json ] @ Capture.words options)
            |> contains heading

            let trial = Json.read json |> Json.at "protocol.trial"
            trial |> Json.whole "explorationEpisodes" |> equals exploration
            trial |> Json.whole "evaluationEpisodes" |> equals counted
            trial |> Json.text "success" |> equals success

        Capture.refusalsOf [ "eval"; run ] "is not evaluated in trials that cannot be" [
            "--trial 10", "--trial 10: must be a number of episodes of exploration and one"
            "--trial 3,0", "at least 1"
            "--trial 1,1 --adapt finetune --shots 1", "leave --trial or --adapt out"
        ]

        testCase "is what its configuration says" (fun () ->
            Capture.finished ("config" :: words @ [ "--network" ])
            |> containsAll [
                "6 gated recurrent units, task encoding 6 → 50 → 50 → 50, beside the observation"
                "memory/encoding/0/weight"
            ]

            Capture.finished ("config" :: words @ [ "agent.context.losses=[policy]"; "--network" ])
            |> contains "memory of the policy")

        /// With 39 + 4 + 3 numbers of an observation and no columns of tasks.
        testTheory "knows hidden goals and tasks by their trials alone" [
            "env=metaworld-ml1 env.benchmark.env_name=reach"
            "env=metaworld-ml10"
            "env=metaworld-mt10"
            "env=metaworld-ml10 agent.encoder.type_to_select=film"
            "env=metaworld-ml10 agent.multitask.model=paco"
            "env=metaworld-ml10 agent.multitask.model=moore agent.actor.hidden_dim=32"
            "env=metaworld-ml10 agent.multitask.should_use_pal=True"
            "env=metaworld-ml10 agent.encoder.type_to_select=moe agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention"
        ]
        <| fun given ->
            Capture.finished ("config" :: Capture.words given @ method' @ [ "--network" ])
            |> contains "observation of 46"

        Capture.refusalsOf ("config" :: words) "refuses what it cannot have" [
            "agent.multitask.model=separate",
            "agent.multitask.model = separate: must be by_flags, paco, moore or hypernetwork with agent.context.method=gru"
            "agent.multitask.should_use_multi_head_policy=True",
            "agent.multitask.should_use_multi_head_policy = true: must be false with agent.context.method=gru"
            "agent.multitask.should_use_task_encoder=False",
            "agent.multitask.should_use_task_encoder = false: must be true with agent.context.method=gru"
            "agent.context.method=set",
            "agent.context.method = set: must be none or gru with agent=mtppo"
            "agent=mttrpo", "agent=mttrpo has no use for it."
            "agent.context.losses=[value]",
            "agent.context.losses = [value]: must be a list with policy"
            "agent.context.transitions=5", "agent=mtppo has no use for it."
            "agent.context.exploration_episodes=2",
            "agent.context.exploration_episodes = 2: must be below 2, agent.context.episodes_per_trial."
            "fidelity=original", "No original program infers tasks."
            "agent.context.method=gruu", "Nearest: gru"
            "agent.on_policy.steps_after_success=3",
            "agent.on_policy.steps_after_success = 3: must be null"
            // Tasks of different spaces, and images.
            "env=mixed env.tasks=[reach,walker-walk]",
            "tasks of equal spaces with agent.context.method=gru"
            "env=dmc-walker-walk env.tasks=[walker-walk] env.builder.make_kwargs.from_pixels=True",
            "false with agent=mtppo"
        ]

        Capture.refusals "is no part of an agent of replay" [
            "config env=metaworld-mt10 agent=state_sac agent.context.method=gru",
            "agent.context.method = gru: must be none or set with agent=state_sac"
        ]
    ]

/// A small run of MT-PPO that observes the context of a model of the dynamics.
let ``a run that observes the context of a model`` =
    let folder = TestFolder.create "models"
    let run name = Path.Combine(folder, name, "seed-1")
    let method' = [ "agent=cadm_mtppo" ]

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

    let made = lazy Capture.finished ("train" :: words @ [ "--plain" ])

    after made [
        testCase "is evaluated in other tasks, too" (fun () ->
            for tasks, first in
                [
                    [], "reach-v3"
                    [ "--tasks"; "sweep,drawer-close" ], "sweep-v3"
                    [ "--tasks"; "sweep"; "--adapt"; "finetune"; "--shots"; "1" ], "sweep-v3"
                ] do
                Capture.finished ([ "eval"; run "tiny"; "--episodes"; "1" ] @ tasks)
                |> contains first)

        testCase "ends as an uninterrupted one where it is resumed" (fun () ->
            let whole = SmallRun.hashes (run "tiny")
            let checkpoints = RunFolder(run "tiny").Checkpoints
            Directory.Delete(checkpoints.FolderOf 80L, true)
            (SmallRun.newest (run "tiny")).Info.Step |> equals 40L

            Capture.finished [ "resume"; run "tiny"; "--plain" ]
            |> contains "done: 80 steps."

            SmallRun.hashes (run "tiny") |> equals whole)

        testCase "is what its configuration says" (fun () ->
            let printed = Capture.finished ("config" :: words @ [ "--network" ])

            printed
            |> containsAll [
                "encoder of a step: each of 4 steps: state, action, change"
                "policy: state of 39 and context of 3"
                "value: state of 39 and context of 3"
                "context/model/encoder/step/0/weight "
            ]

            printed |> matches @"policy/trunk/0/weight +42 × 8")

        testTheory "learns in hidden goals and hidden constants" [
            "env=mt-cartpole env.task_visible=False env.num_task_states=20"
            if LongForm.isAsked then
                "env=metaworld-ml1 env.benchmark.env_name=reach"
                "env=dmc-cheetah-run-vary-torso_length"
        ]
        <| fun given ->
            let name = "of-" + string (given.GetHashCode System.StringComparison.Ordinal)

            Capture.finished (
                "train" :: Capture.words given
                @ method'
                @ small name
                @ [ "agent.surgery.method=none"; "--plain" ]
            )
            |> contains "done: 80 steps."

            Capture.finished [ "eval"; run name; "--episodes"; "1" ] |> ignore
            let metrics = File.ReadAllText(Path.Combine(run name, "metrics.jsonl"))
            metrics |> contains "\"dynamics_loss\":"

        Capture.refusalsOf ("config" :: words) "refuses what it cannot have" [
            "agent.multitask.model=separate",
            "agent.multitask.model: agent=cadm_mtppo has no use for it."
            "agent.encoder.type_to_select=moe",
            "agent.encoder.type_to_select: agent=cadm_mtppo has no use for it."
            "agent.context.method=gru", "agent.context.method: agent=cadm_mtppo has no use for it."
            "agent.cadm.context=0",
            "agent.cadm.context = 0: must be at least 1 with agent=cadm_mtppo"
            "agent.on_policy.lag=1", "agent.on_policy.lag = 1: must be 0 with agent=cadm_mtppo"
            "fidelity=original", "fidelity = original: must be corrected with agent=cadm_mtppo"
            "agent.cadm.horizon=5", "agent=cadm_mtppo has no use for it."
            "agent=mttrpo", "agent=mttrpo has no use for it."
            // Tasks of different spaces, and images.
            "env=mixed env.tasks=[reach,walker-walk]", "agent = cadm_mtppo: must be"
            "env=dmc-walker-walk env.tasks=[walker-walk] env.builder.make_kwargs.from_pixels=True",
            "false with agent"
        ]

        testCase "is not loaded or adapted by what has no history of steps" (fun () ->
            Capture.refused
                [ "eval"; run "tiny"; "--adapt"; "context"; "--shots"; "1" ]
                "finds out its task from the last steps of each episode"

            (fun () -> Policy.Load(run "tiny", extensions = Given.extensions ()))
            |> isExplained "depend on the last steps of an episode")
    ]
