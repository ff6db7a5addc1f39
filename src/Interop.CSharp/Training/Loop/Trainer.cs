using System.Security.Cryptography;
using MtrlFunctional.Processes;

namespace MtrlFunctional.Training;

/// <summary>Training between two boundaries: off-policy by steps with a replay, or on-policy by iterations.</summary>
/// <remarks>Each of several processes has one. Where they share updates all do the same: each plays a share of the tasks or episodes, of
/// which all get the results, computes a share of every gradient, and takes the step of all. Else the others play their share of
/// iterations and evaluations by the policies of rank 0. Rank 0 orders the pieces. The caller disposes it. Not thread-safe.</remarks>
/// <param name="experiment">A resolved experiment.</param>
/// <param name="checkpoint">The checkpoint to resume, which fixes threads and replay; null: a new run.</param>
/// <param name="crew">Processes that train together; null: this one alone.</param>
internal abstract class Trainer(Experiment experiment, Checkpoint? checkpoint, Crew? crew) : IDisposable
{
    private readonly Dictionary<string, double> _losses = [];
    private SentenceEvaluation? _sentences;

    /// <summary>What all processes do at the same time.</summary>
    private protected enum Piece : byte
    {
        Begin,
        Advance,
        Evaluate,
        Save,
    }

    private protected Crew? Crew { get; } = crew;

    /// <summary>The processes that share updates; null: this one updates alone.</summary>
    private protected Crew? Sharing { get; } =
        crew is not null && UpdateShares.AreShared(crew.Size, experiment) ? crew : null;

    /// <summary>Builds the trainer of an experiment, resumed from a checkpoint if there is one. Processes of a crew train
    /// together; null: this one alone.</summary>
    /// <exception cref="MtrlException">A task or GPU is not available, or too little memory or space on the disk.</exception>
    internal static Trainer Create(
        Experiment experiment, Checkpoint? checkpoint, Extensions extensions, string folder, Crew? crew) =>
        ChoicesModule.IsOnPolicy(experiment.Choices)
            ? new OnPolicyTrainer(experiment, checkpoint, extensions, folder, crew)
            : new OffPolicyTrainer(experiment, checkpoint, extensions, folder, crew);

    /// <summary>Does a piece that rank 0 does at the same time; in the other processes.</summary>
    internal virtual void Do(BinaryReader order)
    {
        switch ((Piece)order.ReadByte())
        {
            case Piece.Begin:
                Begin();
                break;
            case Piece.Advance:
                Advance(() => { }, CancellationToken.None);
                break;
            case Piece.Evaluate:
                Evaluate(CancellationToken.None);
                break;
            default:
                SaveTogether();
                break;
        }
    }

    /// <summary>Does a piece in all processes that share updates: rank 0 orders it of the others.</summary>
    private protected T Lead<T>(Piece piece, Func<T> work) => Sharing is { Rank: 0 }
        ? Sharing.Together($"step {Text.Count(State.Step)}", order => order.Write((byte)piece), work)
        : work();

    /// <summary>What all processes do before rank 0 saves: they have the same parameters.</summary>
    /// <returns>The state of the training environments, if it is saved.</returns>
    private protected virtual EnvironmentState? SaveTogether()
    {
        RequireSameParameters();
        return null;
    }

    /// <summary>Rejects processes whose copies of the agent differ: their gradients would be of different agents.</summary>
    private void RequireSameParameters()
    {
        if (Sharing is null)
            return;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (_, tensor) in Learner.Named())
            hash.AppendData(tensor.cpu().contiguous().bytes);
        var all = Sharing.Share(hash.GetHashAndReset());
        if (Array.FindIndex(all, other => !other.AsSpan().SequenceEqual(all[0])) is >= 0 and var rank)
            throw new MtrlException(
                $"step {Text.Count(State.Step)}: rank {rank} has other parameters than rank 0 after the same updates; its processor or its libraries compute "
                + "differently. Nothing of it is saved: train on machines of one kind.",
                ExitCode.Stopped);
    }

    internal Experiment Experiment { get; } = experiment;

    /// <summary>Threads of the update and of the environments; part of the run's identity.</summary>
    internal int Threads { get; } = Training.Learner.ThreadsOf(experiment, checkpoint);

    /// <summary>Counters and sums of the run.</summary>
    internal LoopState State { get; set; } = LoopStateModule.Start(experiment.Environment.NumEnvs);

    internal Throughput Speed { get; } = new();
    internal abstract ILearner Learner { get; }

    /// <summary>The environments of training.</summary>
    internal abstract VectorEnvironment Environments { get; }

    /// <summary>One environment a task, to evaluate in, of which each process steps its share; null if the training episodes are
    /// evaluated.</summary>
    internal VectorEnvironment? EvaluationEnvironments { get; private set; }

    /// <summary>The learner that plays the tasks of the evaluations, with the present parameters.</summary>
    internal ILearner EvaluatedLearner => _sentences?.With(Learner) ?? Learner;

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

    /// <summary>Evaluates the present policy.</summary>
    /// <exception cref="OperationCanceledException">Stopped; the state is unchanged.</exception>
    internal EvaluationResult Evaluate(CancellationToken stop) => EvaluateAdapted(stop)
        ?? (EvaluationEnvironments is null ? EvaluateInTraining(stop) : LeadEvaluation(() => EvaluateApart(stop)));

    /// <summary>Evaluates policies that are adapted to each task first, in environments of their own.</summary>
    /// <returns>Null: the policy is evaluated as it is.</returns>
    /// <exception cref="OperationCanceledException">Stopped; the state is unchanged.</exception>
    private protected virtual EvaluationResult? EvaluateAdapted(CancellationToken stop) => null;

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

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        _sentences?.Dispose();
        EvaluationEnvironments?.Dispose();
    }

    /// <summary>Creates what evaluations need that are not of training episodes.</summary>
    private protected void PrepareEvaluation(Extensions extensions)
    {
        if (!Experiment.Behaviour.SeparateEvaluation)
            return;
        EvaluationEnvironments = ExperimentEnvironments.Create(Experiment, evaluate: true, Threads, extensions);
        if (Crew is not null)
            EvaluationEnvironments.PlayShareOf(Crew);
        _sentences = SentenceEvaluation.Of(Experiment, EvaluationEnvironments, Threads, extensions);
    }

    /// <summary>Evaluates in environments of evaluations, together with the other processes.</summary>
    private protected EvaluationResult EvaluateApart(CancellationToken stop) => Evaluator.Run(
        EvaluatedLearner, EvaluationEnvironments!, Experiment.Schedule.NumEvalEpisodes, State.Step, stop: stop, crew: Crew);

    /// <summary>Does an evaluation in all processes.</summary>
    private protected virtual EvaluationResult LeadEvaluation(Func<EvaluationResult> evaluate) => Lead(Piece.Evaluate, evaluate);

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
