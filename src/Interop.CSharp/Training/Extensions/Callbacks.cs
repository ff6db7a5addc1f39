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
