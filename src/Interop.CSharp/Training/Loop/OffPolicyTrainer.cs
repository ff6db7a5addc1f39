using MtrlFunctional.Replay;

namespace MtrlFunctional.Training;

/// <summary>Steps environments, stores the transitions in a replay, and updates from it.</summary>
internal sealed partial class OffPolicyTrainer : ITrainer
{
    private const string EnvironmentsFile = "environments.safetensors";

    private const string UnfinishedFile = "step.safetensors";

    private const string FramesName = "frames";

    private readonly Experiment _experiment;
    private readonly LoopProgress _progress;
    private readonly Throughput _speed;
    private readonly OffPolicyLearner _learner;
    private readonly string? _replayFolder;
    private readonly int[] _places;
    private readonly bool[] _stored;

    /// <summary>Builds environments, replay and learner.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="checkpoint">The checkpoint to resume, which fixes threads and replay; null: a new run.</param>
    /// <param name="progress">The run's counters and sums; updated.</param>
    /// <param name="speed">Counts steps and updates.</param>
    /// <param name="families">Creates the environments.</param>
    /// <param name="agents">Creates the agent.</param>
    /// <param name="folder">The folder of the run, for a replay on a disk; null: the folder that the experiment names.</param>
    /// <exception cref="MtrlException">A task or GPU is not available, or too little memory or space on the disk.</exception>
    internal OffPolicyTrainer(
        Experiment experiment, Checkpoint? checkpoint, LoopProgress progress, Throughput speed, FamilyOf families,
        AgentOf agents, string? folder = null)
    {
        (_experiment, _progress, _speed) = (experiment, progress, speed);
        _replayFolder = ReplayFolder(experiment, folder);
        _schedule = new UpdateSchedule(experiment.Schedule.InitSteps, experiment.Schedule.UpdatesPerStep);
        _exploration = KeyModule.ForPurpose("explore", KeyModule.OfSeed(experiment.Setup.SeedRef));
        Threads = TrainingDevice.ThreadsOf(experiment, checkpoint);
        Environments = ExperimentEnvironments.Create(experiment, "train", Threads, families);
        try
        {
            var excluded = experiment.Schedule.EnvsToExclude;
            _places = [.. NetworkTasks.Trained(experiment)];
            _stored = [.. Names.Select(name => !excluded.Contains(name))];
            _ended = new bool[Environments.Count];
            _actions = new float[Environments.Count * Environments.ActionSize];
            if (experiment.Behaviour.SeparateEvaluation)
                EvaluationEnvironments = ExperimentEnvironments.Create(experiment, ExperimentEnvironments.Evaluate, Threads, families);
            var shape = Shape();
            Replay = checkpoint is not null && ReplayStore.IsIn(checkpoint)
                ? ReplayStore.Load(shape, checkpoint, _replayFolder)
                : new TaskReplay(shape, _replayFolder);
            _learner = (OffPolicyLearner)Training.Learner.Create(
                experiment, Environments.Spec, Threads, agents);
        }
        catch
        {
            DisposeReplay();
            EvaluationEnvironments?.Dispose();
            Environments.Dispose();
            throw;
        }
    }

    /// <summary>The replay; the place of a task in it is its place in the networks.</summary>
    internal TaskReplay Replay { get; }

    /// <inheritdoc/>
    public int Threads { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => Environments.TaskNames;

    /// <inheritdoc/>
    public ILearner Learner => _learner;

    /// <inheritdoc/>
    public VectorEnvironment? EvaluationEnvironments { get; }

    /// <inheritdoc/>
    public VectorEnvironment Environments { get; }

    /// <inheritdoc/>
    public bool IsWarmingUp => _progress.Step < _experiment.Schedule.InitSteps;

    /// <inheritdoc/>
    public long StepsUnderway => 0;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Losses() => new Dictionary<string, double>(_losses);

    /// <inheritdoc/>
    public EvaluationResult EvaluateInTraining(long step, CancellationToken stop)
    {
        var before = Environments.Save();
        var rewards = _progress.Rewards.ToArray();
        try
        {
            var evaluation = Evaluator.Run(_learner, Environments, 1, step, ReturnTerm, stop);
            Environments.Restore(EvaluateInPlace.After(before, Environments.Save()));
            return evaluation;
        }
        catch (OperationCanceledException)
        {
            Environments.Restore(before);
            rewards.CopyTo(_progress.Rewards, 0);
            throw;
        }
    }

    /// <inheritdoc/>
    public long BytesToSave(Checkpoint? earlier) =>
        _experiment.Schedule.SaveBuffer ? ReplayStore.BytesToSave(Replay, earlier) : 0;

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer, Checkpoint? earlier)
    {
        writer.WriteTensors(EnvironmentsFile, Entries(Environments.Save()));
        if (_experiment.Schedule.SaveBuffer)
            ReplayStore.Save(Replay, writer, earlier);
        if (Unfinished() is { Count: > 0 } unfinished)
            writer.WriteTensors(UnfinishedFile, unfinished);
    }

    /// <inheritdoc/>
    public void Load(Checkpoint checkpoint)
    {
        using (var environments = checkpoint.OpenTensors(EnvironmentsFile))
            Environments.Restore(new EnvironmentState(
                environments.Tensors.Where(t => t.Type == SafetensorsType.F64)
                    .ToDictionary(t => t.Name, t => environments.ReadDoubles(t.Name)),
                environments.Tensors.Where(t => t.Type == SafetensorsType.I64)
                    .ToDictionary(t => t.Name, t => environments.ReadLongs(t.Name)))
            {
                Frames = environments.Contains(FramesName) ? environments.Raw(FramesName) : null,
            });
        if (ReplayStore.IsIn(checkpoint))
        {
            if (checkpoint.Contains(UnfinishedFile))
                RestoreUnfinished(checkpoint);
            return;
        }

        // Without a saved replay, the running episodes are abandoned and new episodes begin.
        _progress.Tally.Abandon();
        Begin();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _learner.Dispose();
        DisposeReplay();
        EvaluationEnvironments?.Dispose();
        Environments.Dispose();
    }

    private void DisposeReplay()
    {
        Replay?.Dispose();
        if (_replayFolder is not null)
            DurableFile.TryDeleteFolder(_replayFolder);
    }

    /// <summary>The folder of the files of the replay; null: main memory.</summary>
    private static string? ReplayFolder(Experiment experiment, string? folder)
    {
        if (!experiment.ReplayBuffer.Backing.IsFile)
            return null;
        var run = folder is null ? RunFolder.OfSeed(experiment.Setup.SaveDir, experiment.Setup.SeedRef) : new RunFolder(folder);
        Directory.CreateDirectory(run.ReplayFolder);
        return run.ReplayFolder;
    }

    private ReplayShape Shape() => new()
    {
        Tasks = NetworkTasks.Count(_experiment),
        Observation = ObservationLayout.Of(Environments.Spec),
        ActionWidth = Environments.ActionSize,
        Own = Environments.OwnSpecs?.Select(ReplayRow.Of).ToArray(),
        CapacityPerTask = Math.Max(1, _experiment.ReplayBuffer.Capacity / Environments.Count),
        EpisodeLength = Environments.Spec.Horizon,
        IsCompressed = _experiment.ReplayBuffer.Backing.IsCompressed,
        Stored = _places.Where((_, i) => _stored[i]).ToHashSet(),
    };

    /// <summary>In the original, rewards of an evaluation also update the reward statistics.</summary>
    private double ReturnTerm(int task, double reward)
    {
        var normalized = Normalized(task, reward);
        return _experiment.Behaviour.RawReturns ? reward : normalized;
    }

    private static IEnumerable<SafetensorsEntry> Entries(EnvironmentState state) =>
    [
        .. state.Numbers.Select(named => SafetensorsEntry.Of(named.Key, named.Value)),
        .. state.Counters.Select(named => SafetensorsEntry.Of(named.Key, named.Value)),
        .. state.Frames is { } frames ? [SafetensorsEntry.Of(FramesName, frames)] : Array.Empty<SafetensorsEntry>(),
    ];
}
