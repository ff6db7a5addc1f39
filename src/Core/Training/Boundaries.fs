namespace MtrlFunctional.Training

/// When the training loop repeats something, in environment steps of each task.
[<RequireQualifiedAccess>]
type Recurrence =
    /// Every `Period` steps: at the first step that the loop reaches at or after each multiple. A loop that
    /// goes step by step reaches the multiple itself, one that goes iteration by iteration the end of the
    /// iteration in which it lies.
    | Every of Period: int64
    /// The same, put off to the next multiple of the episode length.
    | EveryAtEpisodeEnd of Period: int64 * EpisodeLength: int64
    /// Only where the step is a multiple of both.
    | AtCommonMultiples of Period: int64 * EpisodeLength: int64

/// Which steps log, evaluate and save.
type Boundaries = {
    /// Lines of the training log.
    Log: Recurrence
    Evaluate: Recurrence
    /// Where the end of the run allows a last evaluation, whether or not one is due.
    EvaluateLast: Recurrence
    Save: Recurrence
}

module Recurrence =
    /// Whether (before, step] contains a multiple of the period; step 0 is one if `before` is −1.
    let private passes period before step =
        before < 0L || step / period > before / period

    /// Whether something happens at a step.
    ///
    /// `before`: the step at which it happened last; −1: never, so that step 0 counts as well.
    [<CompiledName("IsDue")>]
    let isDue before step recurrence =
        before < step
        && match recurrence with
           | Recurrence.Every period -> passes period before step
           | Recurrence.EveryAtEpisodeEnd(period, length) ->
               step % length = 0L && passes period before step
           | Recurrence.AtCommonMultiples(period, length) ->
               step % length = 0L && step % period = 0L
