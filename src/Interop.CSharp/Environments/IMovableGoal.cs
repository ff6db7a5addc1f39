namespace MtrlFunctional.Environments;

/// <summary>An environment of which the goal may move while an episode runs.</summary>
internal interface IMovableGoal
{
    /// <summary>Index of the body that is the goal; null: this task has none that moves.</summary>
    int? GoalBody { get; }

    /// <summary>Moves the goal, and counts the steps anew: an episode that ended at its time limit goes on.</summary>
    /// <param name="position">Three numbers, metres.</param>
    void MoveGoal(ReadOnlySpan<double> position);
}
