namespace MtrlFunctional.Training

/// When a replay-based agent explores at random and how often it learns.
///
/// Source: the training loop of mtrl. No update happens during the random phase. The first step after it
/// performs the updates that the phase omitted, each later step a fixed number of updates.
[<Struct>]
type internal UpdateSchedule = {
    /// Steps of uniformly random actions, at least 0.
    InitSteps: int64
    /// Updates at each step after the catch-up, at least 1.
    UpdatesPerStep: int64
}

module internal UpdateSchedule =
    /// Whether the action of a step is uniformly random; steps count from 0.
    let actsRandomly step schedule = step < schedule.InitSteps

    /// Updates before the action of a step is applied.
    ///
    /// `stored`: number of transitions in the replay. An empty replay allows no update.
    [<CompiledName("UpdatesAt")>]
    let updatesAt step (stored: int64) schedule =
        if actsRandomly step schedule || stored = 0L then
            0L
        elif step = schedule.InitSteps then
            max 1L schedule.InitSteps
        else
            schedule.UpdatesPerStep
