module MtrlFunctional.Cli.Tests.Training.ContextTests

open Expecto
open System.IO
open MtrlFunctional.Training
open MtrlFunctional.Tests
open MtrlFunctional.Cli.With
open MtrlFunctional.Cli.Tests

/// Soft actor-critic that infers which of two tasks it is in.
let ``a run that infers its tasks`` = [
    let words =
        Words.split
            "config env=metaworld-mt10 agent=state_sac env.tasks=[reach,push] env.goal_selection=random
            agent.context.method=set agent.multitask.should_use_task_encoder=True"

    let refuses name cases = Capture.refusalsOf words name cases

    testCase "is what its configuration says" (fun () ->
        Capture.finished (words @ [ "--network" ])
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
        (Words.split
            "config agent=state_sac agent.context.method=set agent.multitask.should_use_task_encoder=True")
        "has one goal or state in each entry of its tasks"
        [
            "env=metaworld-ml1", "agent.context.method = set: must be none with env=metaworld-ml1"
            "env=mt-cartpole env.num_task_states=7",
            "env.num_envs = 1: must be 7, env.num_task_states"
        ]
]

/// A small run of MT-PPO that infers which of two tasks it is in from the trial so far.
let ``a run that infers its task from a trial`` =
    let folder = TestFolder.create "trials"
    let run = Path.Combine(folder, "tiny", "seed-1")

    let words =
        $"env=metaworld-mt10 env.tasks=[reach,push] agent=mtppo agent.context.method=gru
        agent.multitask.should_use_task_encoder=True env.horizon=10 setup.name=tiny setup.seed=1
        setup.base_path={folder} setup.threads=1 experiment.num_train_steps=80
        experiment.eval_freq=80 experiment.num_eval_episodes=1 agent.context.episodes_per_trial=2
        agent.context.exploration_episodes=1 agent.context.units=6 agent.actor.hidden_dim=8
        agent.critic.hidden_dim=8 agent.on_policy.batch_size=40 agent.on_policy.minibatch_size=40"
        |> Words.split

    let made = lazy Capture.finished ("train" :: words @ [ "--plain" ])

    after made [
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

            Capture.finished ([ "eval"; run; "--json"; json ] @ Words.split options)
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

        Capture.refusalsOf ("config" :: words) "refuses what it cannot have" [
            "agent.multitask.model=separate",
            "agent.multitask.model = separate: must be by_flags, paco, moore or hypernetwork with agent.context.method=gru"
            "agent.multitask.should_use_multi_head_policy=True",
            "agent.multitask.should_use_multi_head_policy = true: must be false with agent.context.method=gru"
            "agent.multitask.should_use_task_encoder=False",
            "agent.multitask.should_use_task_encoder = false: must be true with agent.context.method=gru"
            "agent.context.method=set",
            "agent.context.method = set: must be none or gru with agent=mtppo"
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
    let run = Path.Combine(folder, "tiny", "seed-1")

    let words =
        $"env=metaworld-mt10 env.tasks=[reach,push] agent=cadm_mtppo env.horizon=10 setup.name=tiny
        setup.seed=1 setup.base_path={folder} setup.threads=1 experiment.num_train_steps=80
        experiment.eval_freq=80 experiment.num_eval_episodes=1 agent.cadm.units=8
        agent.cadm.history=4 agent.cadm.future=3 agent.cadm.context=3 agent.actor.hidden_dim=8
        agent.critic.hidden_dim=8 agent.on_policy.batch_size=40 agent.on_policy.minibatch_size=40"
        |> Words.split

    let made = lazy Capture.finished ("train" :: words @ [ "--plain" ])

    after made [
        testCase "learns other tasks from some episodes" (fun () ->
            Words.split $"eval {run} --episodes 1 --tasks sweep --adapt finetune --shots 1"
            |> Capture.finished
            |> contains "sweep-v3")

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

        Capture.refusalsOf ("config" :: words) "refuses what it cannot have" [
            "agent.multitask.model=separate",
            "agent.multitask.model: agent=cadm_mtppo has no use for it."
            "agent.context.method=gru", "agent.context.method: agent=cadm_mtppo has no use for it."
            "agent.cadm.context=0",
            "agent.cadm.context = 0: must be at least 1 with agent=cadm_mtppo"
            "agent.on_policy.lag=1", "agent.on_policy.lag = 1: must be 0 with agent=cadm_mtppo"
            "fidelity=original", "fidelity = original: must be corrected with agent=cadm_mtppo"
            // Tasks of different spaces, and images.
            "env=mixed env.tasks=[reach,walker-walk]", "agent = cadm_mtppo: must be"
            "env=dmc-walker-walk env.tasks=[walker-walk] env.builder.make_kwargs.from_pixels=True",
            "false with agent"
        ]

        testCase "is not loaded or adapted by what has no history of steps" (fun () ->
            Capture.refused
                [ "eval"; run; "--adapt"; "context"; "--shots"; "1" ]
                "finds out its task from the last steps of each episode"

            (fun () -> Policy.Load(run, extensions = Given.extensions ()))
            |> isExplained "depend on the last steps of an episode")
    ]
