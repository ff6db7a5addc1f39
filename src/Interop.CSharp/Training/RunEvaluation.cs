using MtrlFunctional.Storage;

namespace MtrlFunctional.Training;

/// <summary>Measures the policy of a run on environments of their own, without training it.</summary>
public static class RunEvaluation
{
    /// <summary>Plays episodes with the policy of a checkpoint, greedily.</summary>
    /// <param name="folder">The folder of the run; it may be training at the same time.</param>
    /// <param name="episodes">For each task, at least 1; null: as the run's configuration says.</param>
    /// <param name="step">Vector steps of the checkpoint; null: the newest whole one.</param>
    /// <param name="notice">Told what the user should know, such as a damaged checkpoint that was skipped.</param>
    /// <param name="stop">Ends the evaluation early.</param>
    /// <returns>Success rates and mean returns. The same goals as in the run's own evaluations.</returns>
    /// <exception cref="MtrlException">No such run or checkpoint, or one of other networks.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static EvaluationProgress Evaluate(
        string folder,
        int? episodes = null,
        long? step = null,
        Action<string>? notice = null,
        CancellationToken stop = default)
    {
        if (episodes is { } count)
            ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(episodes));
        var run = RunFolder.Existing(folder);
        var experiment = RunIdentity.Read(run);
        var checkpoint = step is { } wanted ? Checkpoint.Open(run.Checkpoints.FolderOf(wanted)) : run.Checkpoints.Latest(notice);
        if (checkpoint is null)
            throw new MtrlException($"{folder}: has no checkpoint yet, so there is no policy to evaluate.");
        using var environments = ExperimentEnvironments.Create(experiment, "evaluate", checkpoint.Info.Threads);
        using var learner = SacLearner.Create(experiment, checkpoint.Info.Threads);
        RunState.LoadAgent(checkpoint, learner);
        return Evaluator.Run(
            learner,
            environments,
            episodes ?? experiment.Schedule.NumEvalEpisodes,
            checkpoint.Info.Step,
            rewarded: null,
            stop);
    }
}
