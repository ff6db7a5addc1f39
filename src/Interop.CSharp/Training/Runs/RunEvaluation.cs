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
    /// <param name="path">The folder of the run, which may be training at the same time; or the file, or the name of a shipped policy.</param>
    /// <param name="options">Null: as the run's own evaluations, of the newest whole checkpoint.</param>
    /// <param name="stop">Ends the evaluation early.</param>
    /// <returns>Success rates and mean returns. The same goals as in the run's own evaluations.</returns>
    /// <exception cref="MtrlException">No such run or checkpoint, or the networks do not match.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static EvaluationResult Evaluate(
        string path, EvaluationOptions? options = null, CancellationToken stop = default)
    {
        options ??= new EvaluationOptions();
        if (options.InferFrom is { } transitions)
            ArgumentOutOfRangeException.ThrowIfLessThan(transitions, 1, nameof(options));
        if (options.Episodes is { } count)
            ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(options));
        if (options.InferFrom is not null && PolicySource.FileOf(path) is not null)
            throw new MtrlException(
                $"{path}: a file of a policy holds no transition model, from which task encodings could be inferred. Name the folder of the run.");
        using var policy = RunPolicy.Open(path, options.Step, options.Notice, options.Extensions);
        if (options.InferFrom is { } played)
            TaskInference.Adapt(policy, played, stop);
        var goals = Enumerable.Range(0, policy.Environments.Count).Max(policy.Environments.InstancesOf);
        var result = Evaluator.Run(
            policy.Policy,
            policy.Environments,
            options.AllGoals ? goals : options.Episodes ?? policy.Episodes,
            policy.Step,
            returnTerm: null,
            stop,
            options.AllGoals);
        return EvaluationParts.Divide(policy.Experiment, result);
    }
}
