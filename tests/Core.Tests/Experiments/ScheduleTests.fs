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
