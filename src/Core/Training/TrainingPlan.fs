namespace MtrlFunctional.Training

/// What a run does next.
[<RequireQualifiedAccess>]
type internal TrainingPiece =
    /// Advances the loop by a piece of a step, or of an iteration.
    | Train
    /// Writes a line of the training log.
    | Log
    | Evaluate
    | Save
    /// All is done and saved.
    | End

/// Where a run stands.
type internal TrainingPosition = {
    Loop: LoopState
    /// Step of the newest checkpoint; 0: none yet.
    SavedStep: int64
    /// Whether the newest checkpoint has this state.
    IsSaved: bool
    /// Whether the loop is within a step.
    IsUnderway: bool
    /// Whether a callback asked for the end.
    EndsEarly: bool
}

/// The order of a run's pieces: steps or iterations, and after each of them a line in the log, an evaluation and a
/// checkpoint where due.
module internal TrainingPlan =
    /// Whether all of so many steps are done.
    [<CompiledName("IsDone")>]
    let isDone steps (loop: LoopState) = loop.Step >= int64 (steps: int)

    /// The next piece of a run of so many steps. A run that ends has its last line and evaluation before its last checkpoint.
    [<CompiledName("Next")>]
    let next boundaries steps position =
        let loop = position.Loop

        let due before recurrence =
            Recurrence.isDue before loop.Step recurrence

        let isDone = isDone steps loop

        if position.IsUnderway then
            TrainingPiece.Train
        elif due loop.LoggedStep boundaries.Log then
            TrainingPiece.Log
        elif
            due loop.EvaluatedStep boundaries.Evaluate
            || isDone && due loop.EvaluatedStep boundaries.EvaluateLast
        then
            TrainingPiece.Evaluate
        elif due position.SavedStep boundaries.Save then
            TrainingPiece.Save
        elif not isDone && not position.EndsEarly then
            TrainingPiece.Train
        elif position.IsSaved then
            TrainingPiece.End
        else
            TrainingPiece.Save
