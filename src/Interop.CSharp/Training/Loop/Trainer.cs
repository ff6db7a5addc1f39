namespace MtrlFunctional.Training;

/// <summary>Training between two boundaries: off-policy by steps with a replay, or on-policy by iterations.</summary>
/// <remarks>The caller disposes it. Not thread-safe.</remarks>
/// <param name="experiment">A resolved experiment.</param>
/// <param name="checkpoint">The checkpoint to resume, which fixes threads and replay; null: a new run.</param>
internal abstract class Trainer(Experiment experiment, Checkpoint? checkpoint) : IDisposable
{
    private readonly Dictionary<string, double> _losses = [];
    internal Experiment Experiment { get; } = experiment;

    /// <summary>Threads of the update and of the environments; part of the run's identity.</summary>
    internal int Threads { get; } = Training.Learner.ThreadsOf(experiment, checkpoint);

    /// <summary>Counters and sums of the run.</summary>
    internal LoopState State { get; set; } = LoopStateModule.Start(experiment.Environment.NumEnvs);

    internal Throughput Speed { get; } = new();
    internal abstract ILearner Learner { get; }

    /// <summary>The environments of training.</summary>
    internal abstract VectorEnvironment Environments { get; }

    /// <summary>One environment a task, to evaluate in; null if the training episodes are evaluated.</summary>
    internal VectorEnvironment? EvaluationEnvironments { get; private protected init; }

    internal virtual IReadOnlyList<string> Names => Environments.TaskNames;

    /// <summary>Whether updates have not started yet.</summary>
    internal virtual bool IsWarmingUp => false;

    /// <summary>Steps of each task in the current iteration, not yet in the step counter.</summary>
    internal long StepsUnderway { get; private protected set; }

    /// <summary>The newest measurement of each kind, by name.</summary>
    internal IReadOnlyDictionary<string, double> Losses => new Dictionary<string, double>(_losses);

    internal virtual void Begin()
    {
    }

    /// <summary>Whether a step is underway, so that boundaries are passed later.</summary>
    internal virtual bool IsUnderway => false;

    /// <summary>Advances by a piece of a step, or by a whole iteration.</summary>
    /// <param name="pulse">Called regularly in an iteration, to publish progress.</param>
    /// <param name="stop">Cancels an iteration and leaves the state unchanged.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    /// <exception cref="MtrlException">A loss diverged.</exception>
    internal abstract void Advance(Action pulse, CancellationToken stop);

    /// <summary>Evaluates policies that are adapted to each task first, in environments of their own.</summary>
    /// <returns>Null: the policy is evaluated as it is.</returns>
    /// <exception cref="OperationCanceledException">Stopped; the state is unchanged.</exception>
    internal virtual EvaluationResult? EvaluateAdapted(CancellationToken stop) => null;

    /// <summary>Evaluates in the training environments or on the training episodes, as the original programs
    /// do.</summary>
    /// <exception cref="OperationCanceledException">Stopped; the state is unchanged.</exception>
    internal abstract EvaluationResult EvaluateInTraining(CancellationToken stop);

    /// <summary>Approximate number of bytes that <see cref="Save"/> writes.</summary>
    internal virtual long BytesToSave(Checkpoint? earlier) => 0;

    /// <summary>Writes all but the learner and the counters of the loop.</summary>
    internal abstract void Save(CheckpointWriter writer, Checkpoint? earlier);

    /// <summary>Restores the files that <see cref="Save"/> wrote. Counters and learner are restored before.</summary>
    internal abstract void Load(Checkpoint checkpoint);

    public abstract void Dispose();

    /// <summary>Progress of each task; NaN before its first whole episode.</summary>
    internal TaskProgress[] TaskProgress =>
    [
        .. Names.Zip(State.Finished, (name, tally) =>
        {
            var (newest, recent) = (TaskTallyModule.Newest(tally), TaskTallyModule.Recent(tally));
            return new TaskProgress(name, newest.Ever, recent.Ever, recent.AtEnd, newest.Return);
        }),
    ];

    private protected void Show(string name, double value) => _losses[name] = value;
}
