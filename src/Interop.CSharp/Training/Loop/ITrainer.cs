namespace MtrlFunctional.Training;

/// <summary>Training between two boundaries: off-policy by steps with a replay, or on-policy by iterations.</summary>
/// <remarks>The caller disposes it. Not thread-safe.</remarks>
internal interface ITrainer : IDisposable
{
    /// <summary>Threads of the update and of the environments; part of the run's identity.</summary>
    int Threads { get; }

    /// <summary>Names of the tasks, in order.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>The learner.</summary>
    ILearner Learner { get; }

    /// <summary>One environment a task, to evaluate in; null if the training episodes are evaluated.</summary>
    VectorEnvironment? EvaluationEnvironments { get; }

    /// <summary>The environments of training.</summary>
    VectorEnvironment Environments { get; }

    /// <summary>Whether updates have not started yet.</summary>
    bool IsWarmingUp { get; }

    /// <summary>Steps of each task in the current iteration, not yet in the step counter.</summary>
    long StepsUnderway { get; }

    /// <summary>The newest measurement of each kind, by name.</summary>
    IReadOnlyDictionary<string, double> Losses();

    /// <summary>Starts an episode in every environment.</summary>
    void Begin();

    /// <summary>Advances by a step in every task, or by a whole iteration.</summary>
    /// <param name="pulse">Called regularly, to publish progress.</param>
    /// <param name="stop">Cancels an iteration and leaves the state unchanged, or interrupts a step between two
    /// updates: the next call performs the rest.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    /// <exception cref="MtrlException">A loss diverged.</exception>
    void Advance(Action pulse, CancellationToken stop);

    /// <summary>Evaluates policies that are adapted to each task first, in environments of their own.</summary>
    /// <param name="episodes">Episodes of each task, at least 1.</param>
    /// <param name="step">Vector steps of training before; goes into the result.</param>
    /// <param name="stop">Ends it early, without result.</param>
    /// <returns>Null: the policy is evaluated as it is.</returns>
    /// <exception cref="OperationCanceledException">Stopped; the state is unchanged.</exception>
    EvaluationResult? EvaluateAdapted(int episodes, long step, CancellationToken stop) => null;

    /// <summary>Evaluates in the training environments or on the training episodes, as the original programs
    /// do.</summary>
    /// <exception cref="OperationCanceledException">Stopped; the state is unchanged.</exception>
    EvaluationResult EvaluateInTraining(long step, CancellationToken stop);

    /// <summary>Approximate number of bytes that <see cref="Save"/> writes.</summary>
    long BytesToSave(Checkpoint? earlier);

    /// <summary>Writes all but the learner and the counters of the loop.</summary>
    void Save(CheckpointWriter writer, Checkpoint? earlier);

    /// <summary>Restores the files that <see cref="Save"/> wrote. Counters and learner are restored before.</summary>
    void Load(Checkpoint checkpoint);
}
