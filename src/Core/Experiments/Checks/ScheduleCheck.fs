/// When things happen in a run, and how much it holds: what is valid, and probably not what was meant.
module internal MtrlFunctional.Experiments.ScheduleCheck

open MtrlFunctional

let private steps = "experiment.num_train_steps"

/// Where a condition does not hold: the key, and what follows.
let private orWarn key text holds : Warning list =
    if holds then [] else [ { Key = key; Text = text } ]

/// The share of the steps that an iteration may add unnoticed.
let private leastExcess = 0.01

/// An iteration is always whole, so that an on-policy run may go on beyond its steps. Where a success cuts episodes, iterations have
/// various lengths, and the last one may begin just before the end.
let private iterations (e: Experiment) =
    let wanted, ofIteration = int64 e.Schedule.NumTrainSteps, SamplingPlan.stepsOfTask e
    let isCut = (AlgorithmKeys.onPolicy e.Agent.Algorithm).StepsAfterSuccess.IsSome

    let reached =
        if isCut then
            wanted + int64 ofIteration - 1L
        else
            RunLength.lastStep e

    let key =
        if e.Agent.Algorithm.Adaptation.IsSome then
            "agent.maml.episodes_per_step"
        else
            "agent.on_policy.batch_size"

    let atMost = if isCut then "up to " else ""
    let further = if isCut then "" else $", or set {steps}={reached}"

    float (reached - wanted) <= leastExcess * float wanted
    |> orWarn
        steps
        $"is {Digits.grouped wanted}, and an iteration has {atMost}{Digits.grouped ofIteration} steps of each task, so that {atMost}{Digits.grouped reached} are trained instead of {Digits.grouped wanted}. Lower {key}{further}."

/// A replay that is too small for what is drawn from it, or an end before the first update.
let private replay (e: Experiment) =
    let schedule, replay, tasks = e.Schedule, e.ReplayBuffer, e.Environment.NumEnvs
    let random = min schedule.InitSteps schedule.NumTrainSteps
    let transitions = int64 schedule.NumTrainSteps * int64 tasks

    List.concat [
        // The first update precedes the step after the random ones.
        schedule.NumTrainSteps > schedule.InitSteps
        |> orWarn
            "experiment.init_steps"
            $"is {Digits.grouped schedule.InitSteps}, and {steps} is {Digits.grouped schedule.NumTrainSteps}: all actions are random and nothing is learned. Raise {steps}, or lower experiment.init_steps."

        replay.Capacity / tasks >= random
        |> orWarn
            "replay_buffer.capacity"
            $"is {Digits.grouped replay.Capacity}, {Digits.grouped (replay.Capacity / tasks)} for each task, and experiment.init_steps is {Digits.grouped schedule.InitSteps}: of the random steps the first are overwritten before the first update. Raise replay_buffer.capacity, or lower experiment.init_steps."

        replay.Capacity >= replay.BatchSize
        |> orWarn
            "replay_buffer.capacity"
            $"is {Digits.grouped replay.Capacity}, and replay_buffer.batch_size is {Digits.grouped replay.BatchSize}: each batch has transitions several times. Raise replay_buffer.capacity, or lower replay_buffer.batch_size."

        transitions >= int64 (min replay.BatchSize replay.Capacity)
        |> orWarn
            "replay_buffer.batch_size"
            $"is {Digits.grouped replay.BatchSize}, and the run has {Digits.grouped transitions} transitions: each batch has some of them several times. Raise {steps}, or lower replay_buffer.batch_size."
    ]

/// Values that cancel each other.
let warnings (e: Experiment) : Warning list =
    if Choices.isOnPolicy e.Choices then
        iterations e
    else
        replay e
