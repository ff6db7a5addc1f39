module MtrlFunctional.Tests.Experiments.ScheduleTests

open Expecto
open MtrlFunctional.Experiments
open MtrlFunctional.Tests

/// Values that are valid and cancel each other.
let ``the schedule of a run`` = [
    let warnings words = Resolving.warnings (Words.split words)

    let onPolicy = "env=mt-bandit agent=mtppo agent.on_policy.minibatch_size=100"

    let offPolicy =
        "env=metaworld-mt10 agent=state_sac experiment.num_train_steps=1000 experiment.init_steps=100"

    testTheory "names how many steps whole iterations train, and tells what cancels it" [
        $"{onPolicy} agent.on_policy.batch_size=20000 experiment.num_train_steps=400",
        "experiment.num_train_steps: is 400, and an iteration has 20,000 steps of each task, so that 20,000 are trained instead of 400. Lower agent.on_policy.batch_size, or set experiment.num_train_steps=20000."
        "env=metaworld-mt10 agent=mtppo experiment.num_train_steps=100",
        "experiment.num_train_steps: is 100, and an iteration has 5,100 steps of each task, so that 5,100 are"
        "preset=fast/mt10-brief experiment.num_train_steps=1000",
        "experiment.num_train_steps: is 1,000, and an iteration has up to 1,000 steps of each task, so that up to 1,999 are trained instead of 1,000. Lower agent.on_policy.batch_size."
        "env=metaworld-ml1 env.benchmark.env_name=reach agent=maml experiment.num_train_steps=100",
        "experiment.num_train_steps: is 100, and an iteration has "
        $"{offPolicy} replay_buffer.capacity=800 replay_buffer.batch_size=100",
        "replay_buffer.capacity: is 800, 80 for each task, and experiment.init_steps is 100: "
        $"{offPolicy} replay_buffer.capacity=1200 replay_buffer.batch_size=1280",
        "replay_buffer.capacity: is 1,200, and replay_buffer.batch_size is 1,280: each batch has transitions several times."
        $"{offPolicy} replay_buffer.batch_size=20000",
        "replay_buffer.batch_size: is 20,000, and the run has 10,000 transitions: "
        $"{offPolicy} experiment.init_steps=1000",
        "experiment.init_steps: is 1,000, and experiment.num_train_steps is 1,000: all actions are random"
    ]
    <| fun (words, starts) -> warnings words |> List.exactlyOne |> startsWith starts

    testTheory "is without remarks where iterations fit, or nearly, and nothing is cancelled" [
        $"{onPolicy} agent.on_policy.batch_size=200 experiment.num_train_steps=400"
        $"{onPolicy} agent.on_policy.batch_size=200 experiment.num_train_steps=99990"
        offPolicy
        $"{offPolicy} experiment.init_steps=999"
    ]
    <| fun words -> warnings words |> isEmpty

    testTheory "end with the iteration that reaches them" [ 550, 600; 600, 600; 100, 200 ]
    <| fun (wanted, last) ->
        $"{onPolicy} agent.on_policy.batch_size=200 experiment.num_train_steps={wanted}"
        |> Words.split
        |> Resolving.resolve
        |> RunLength.lastStep
        |> equals (int64 last)
]

/// Every on-policy agent learns and plays in changed environments.
let ``an evaluated experiment`` = [
    let resolve agent =
        Resolving.resolve [ "env=metaworld-ml10"; $"agent={agent}" ]

    let onPolicy = [ "mtppo"; "mttrpo"; "impala"; "rl2" ]

    testTheory "has the given episodes of each task in an iteration" onPolicy
    <| fun agent ->
        let changed = EvaluatedTasks.withEpisodes 3 (resolve agent)
        SamplingPlan.episodesOfTask changed |> equals 3
        (SamplingPlan.ofExperiment 0L changed).Tasks.Length |> equals 30

    testCase
        "plays episodes to learn from to their length, also where those of training end after a success"
        (fun () ->
            let trained =
                Words.split
                    "env=metaworld-mt10 agent=mtppo agent.on_policy.steps_after_success=0 agent.on_policy.episode_length=100"
                |> Resolving.resolve

            let training = SamplingPlan.ofExperiment 0L trained

            let adaptation =
                trained |> EvaluatedTasks.withEpisodes 3 |> SamplingPlan.ofExperiment 0L

            training.AfterSuccess |> equals (Some 0)
            adaptation.AfterSuccess |> equals None
            (training.Steps, adaptation.Steps) |> equals (100, 100))

    testTheory "cuts the episodes of an iteration at its horizon" onPolicy
    <| fun agent ->
        let before = resolve agent
        let changed = EvaluatedTasks.withHorizon 20 before
        let steps e = (SamplingPlan.ofExperiment 0L e).Steps
        steps changed * before.Environment.Horizon |> equals (steps before * 20)

    testTheory "predicts no goal while it adapts, since its environments hide them" [
        "agent=rl2", "agent.rl2.goal_weight"
        "agent=mtppo agent.context.method=gru agent.multitask.should_use_task_encoder=True",
        "agent.context.goal_weight"
    ]
    <| fun (agent, key) ->
        let trained =
            Resolving.resolve [ "env=metaworld-ml10"; yield! agent.Split ' '; $"{key}=0.5" ]

        let weight (e: Experiment) =
            match e.Agent.Algorithm.Memory with
            | Some memory -> memory.GoalWeight
            | None -> e.Agent.Context.Memory.GoalWeight

        weight trained |> equals (Some 0.5)
        weight (EvaluatedTasks.forAdaptation trained) |> equals (Some 0.0)

    testCase "without a weight of goals adapts as it was trained" (fun () ->
        let trained = resolve "rl2"
        EvaluatedTasks.forAdaptation trained |> equals trained)
]
