/// When things happen in a run: what is valid, and probably not what was meant.
module internal MtrlFunctional.Experiments.ScheduleCheck

let private count (steps: int) =
    steps.ToString("N0", System.Globalization.CultureInfo.InvariantCulture)

/// An agent with a replay that ends before its first update.
let warnings (e: Experiment) : Warning list =
    let schedule = e.Schedule

    // The first update precedes the step after the random ones.
    if
        not (Choices.isOnPolicy e.Choices)
        && schedule.NumTrainSteps <= schedule.InitSteps
    then
        [
            {
                Key = "experiment.init_steps"
                Text =
                    $"is {count schedule.InitSteps}, and experiment.num_train_steps is {count schedule.NumTrainSteps}: all actions are random and nothing is learned. Raise experiment.num_train_steps, or lower experiment.init_steps."
            }
        ]
    else
        []
