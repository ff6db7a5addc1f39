namespace MtrlFunctional.Training;

/// <summary>A run between two steps, as callbacks read it.</summary>
/// <remarks>Valid until the callback returns.</remarks>
public sealed class RunMoment
{
    private readonly Lazy<Policy> _policy;

    internal RunMoment(TrainingRun run, Lazy<Policy> policy)
    {
        (Folder, Step, TotalSteps, Evaluation) = (run.Folder, run.Step, run.TotalSteps, run.LastEvaluation);
        _policy = policy;
    }

    /// <summary>The folder of the run.</summary>
    public RunFolder Folder { get; }

    /// <summary>Vector steps done.</summary>
    public long Step { get; }

    /// <summary>Vector steps at the end.</summary>
    public long TotalSteps { get; }

    /// <summary>The newest evaluation; null: none yet.</summary>
    public EvaluationResult? Evaluation { get; }

    /// <summary>The policy as it is now. The run disposes it.</summary>
    /// <exception cref="MtrlException">
    /// The agent plans, or reads a history of its last steps.
    /// </exception>
    public Policy Policy => _policy.Value;
}
