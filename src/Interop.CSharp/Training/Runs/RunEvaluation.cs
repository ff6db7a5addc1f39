using MtrlFunctional.Experiments;
using MtrlFunctional.Policies;
using MtrlFunctional.Storage;

namespace MtrlFunctional.Training;

/// <summary>Evaluates the policy of a run in new environments, without training.</summary>
public static class RunEvaluation
{
    /// <summary>The experiment of a run or of a policy's file.</summary>
    /// <param name="path">The folder of the run, or the file, or the name of a shipped policy.</param>
    /// <exception cref="MtrlException">No such run or file, or its configuration cannot be read.</exception>
    public static Experiment ExperimentOf(string path) =>
        PolicySource.FileOf(path) is { } file
            ? RunIdentity.Parse(path, PolicyFile.Read(file).Config)
            : RunIdentity.Read(RunFolder.Existing(path));

    /// <summary>Evaluates the greedy policy of a checkpoint or of a file.</summary>
    /// <param name="folder">The folder of the run, which may be training at the same time; or the file, or the name of a shipped policy.</param>
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
        if (inferFrom is not null && PolicySource.FileOf(folder) is not null)
            throw new MtrlException(
                $"{folder}: a file of a policy holds no transition model, from which task encodings could be inferred. Name the folder of the run.");
        using var policy = RunPolicy.Open(folder, step, notice);
        if (inferFrom is { } played)
            TaskInference.Adapt(policy, played, stop);
        var result = Evaluator.Run(
            policy.Policy,
            policy.Environments,
            allGoals ? Enumerable.Range(0, policy.Environments.Count).Max(policy.Environments.InstancesOf) : episodes ?? policy.Episodes,
            policy.Step,
            returnTerm: null,
            stop,
            allGoals);
        return EvaluationParts.Divide(policy.Experiment, result);
    }
}
