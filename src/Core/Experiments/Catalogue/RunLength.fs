/// How many steps a run trains: an iteration is always whole.
module MtrlFunctional.Experiments.RunLength

/// Steps of each task at the end of a run that has done some: those of the experiment, or the end of the iteration that
/// reaches them. Where episodes are cut after a success, at most so many.
[<CompiledName("LastStep")>]
let lastStep (step: int64) (e: Experiment) =
    let wanted = int64 e.Schedule.NumTrainSteps

    if step >= wanted then
        step
    elif Choices.isOnPolicy e.Choices then
        let iteration = int64 (SamplingPlan.stepsOfTask e)
        step + (wanted - step + iteration - 1L) / iteration * iteration
    else
        wanted
