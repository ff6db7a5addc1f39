/// How many steps a run trains: an iteration is always whole.
module MtrlFunctional.Experiments.RunLength

/// Steps of each task at the end of a run: the experiment's number, or the end of the iteration that reaches it. Where
/// episodes are cut after a success, iterations are shorter, and the last one ends elsewhere.
[<CompiledName("LastStep")>]
let lastStep (e: Experiment) =
    let wanted = int64 e.Schedule.NumTrainSteps

    if Choices.isOnPolicy e.Choices then
        let iteration = int64 (SamplingPlan.stepsOfTask e)
        (wanted + iteration - 1L) / iteration * iteration
    else
        wanted
