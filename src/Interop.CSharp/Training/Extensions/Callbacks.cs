namespace MtrlFunctional.Training;

/// <summary>The decision of a callback about the run.</summary>
public enum RunDecision
{
    /// <summary>The run goes on.</summary>
    Continue,

    /// <summary>The run saves a checkpoint and ends: early stopping.</summary>
    Stop,
}

/// <summary>Functions that a run calls on the thread that trains, between two steps.</summary>
/// <remarks>An exception of a callback ends the run; its newest checkpoint stays. It is the inner exception of a
/// <see cref="MtrlException"/> with the run and the step.</remarks>
public sealed record Callbacks
{
    /// <summary>Called after each evaluation, when its result is logged.</summary>
    public Func<RunMoment, RunDecision>? OnEvaluation { get; init; }

    /// <summary>Called after each checkpoint, when it is on the disk.</summary>
    public Func<RunMoment, RunDecision>? OnCheckpoint { get; init; }
}

/// <summary>A run between two steps, as callbacks read it.</summary>
/// <remarks>Valid until the callback returns.</remarks>
public sealed class RunMoment
{
    private readonly Lazy<Policy> _policy;
    private bool _isOver;

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
    /// <exception cref="ObjectDisposedException">The callback has returned.</exception>
    /// <exception cref="MtrlException">The agent plans, or reads a history of its last steps.</exception>
    public Policy Policy => Volatile.Read(ref _isOver)
        ? throw new ObjectDisposedException(nameof(RunMoment), "A moment is valid until its callback returns: save or use its policy there.")
        : _policy.Value;

    /// <summary>The callback has returned.</summary>
    internal void End() => Volatile.Write(ref _isOver, true);
}
