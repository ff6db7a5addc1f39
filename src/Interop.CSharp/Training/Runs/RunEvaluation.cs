namespace MtrlFunctional.Training;

/// <summary>Evaluates the policy of a run in new environments, without training.</summary>
public static class RunEvaluation
{
    /// <summary>Evaluates the greedy policy of a checkpoint.</summary>
    /// <param name="folder">The folder of the run; it may be training at the same time.</param>
    /// <param name="episodes">For each task, at least 1; null: the run's configuration.</param>
    /// <param name="step">Vector steps of the checkpoint; null: the newest whole one.</param>
    /// <param name="notice">Receives messages for the user, such as a damaged checkpoint that was skipped.</param>
    /// <param name="stop">Ends the evaluation early.</param>
    /// <param name="allGoals">Plays each of the task's goals once, in place of episodes with drawn ones.</param>
    /// <param name="inferFrom">Transitions of each task, played before by the greedy policy, from which task encodings
    /// are inferred with all networks frozen; null: encodings as the run's configuration has them.</param>
    /// <returns>Success rates and mean returns. The same goals as in the run's own evaluations.</returns>
    /// <exception cref="MtrlException">No such run or checkpoint, or the networks do not match.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static EvaluationResult Evaluate(
        string folder,
        int? episodes = null,
        long? step = null,
        Action<string>? notice = null,
        CancellationToken stop = default,
        bool allGoals = false,
        int? inferFrom = null)
    {
        if (inferFrom is { } transitions)
            ArgumentOutOfRangeException.ThrowIfLessThan(transitions, 1, nameof(inferFrom));
        if (episodes is { } count)
            ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(episodes));
        using var policy = RunPolicy.Open(folder, step, notice);
        if (inferFrom is { } played)
            TaskInference.Adapt(policy, played, stop);
        var result = Evaluator.Run(
            policy.Learner,
            policy.Environments,
            allGoals ? Enumerable.Range(0, policy.Environments.Count).Max(policy.Environments.InstancesOf) : episodes ?? policy.Episodes,
            policy.Step,
            returnTerm: null,
            stop,
            allGoals);
        return EvaluationParts.Divide(policy.Experiment, result);
    }
}
