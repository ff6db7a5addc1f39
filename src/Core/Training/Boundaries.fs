namespace MtrlFunctional.Training

/// Interval of a repeated action of the training loop, in environment steps of each task.
[<RequireQualifiedAccess>]
type internal Recurrence =
    /// Every `Period` steps: at the first step that the loop reaches at or after each multiple. A loop of single steps
    /// reaches the multiple itself, a loop of iterations the end of the iteration that contains the multiple.
    | Every of Period: int64
    /// As `Every`, delayed to the next multiple of the episode length.
    | EveryAtEpisodeEnd of Period: int64 * EpisodeLength: int64
    /// At steps that are multiples of both.
    | AtCommonMultiples of Period: int64 * EpisodeLength: int64

/// Steps at which the loop logs, evaluates and saves.
type internal Boundaries = {
    /// When a line of the training log is written.
    Log: Recurrence
    Evaluate: Recurrence
    /// Whether the end of the run may have a last evaluation, even if none is due.
    EvaluateLast: Recurrence
    Save: Recurrence
}

module internal Recurrence =
    /// Whether (before, step] contains a multiple of the period; step 0 is one if `before` is −1.
    let private passes period before step =
        before < 0L || step / period > before / period

    /// How often the action will be due after a step, until the last step of the run, in a loop of single steps; whole
    /// iterations may pass several multiples at once.
    [<CompiledName("Ahead")>]
    let ahead (step: int64) (last: int64) recurrence =
        let multiples period = max 0L (last / period - step / period)

        match recurrence with
        | Recurrence.Every period -> multiples period
        | Recurrence.EveryAtEpisodeEnd(period, length) ->
            let ended step = step / length * length
            min (multiples length) (max 0L (ended last / period - ended step / period))
        | Recurrence.AtCommonMultiples(period, length) ->
            let rec divisor a b = if b = 0L then a else divisor b (a % b)
            multiples (period / divisor period length * length)

    /// Whether the action is due at a step.
    ///
    /// `before`: the step of the previous action; −1: none, so that it may be due at step 0.
    let isDue before step recurrence =
        before < step
        && match recurrence with
           | Recurrence.Every period -> passes period before step
           | Recurrence.EveryAtEpisodeEnd(period, length) ->
               step % length = 0L && passes period before step
           | Recurrence.AtCommonMultiples(period, length) ->
               step % length = 0L && step % period = 0L
