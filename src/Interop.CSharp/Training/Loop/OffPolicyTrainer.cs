using MtrlFunctional.Environments;
using MtrlFunctional.Experiments;
using MtrlFunctional.Replay;
using MtrlFunctional.Storage;

namespace MtrlFunctional.Training;

/// <summary>Steps environments, stores the transitions in a replay, and updates from it.</summary>
internal sealed class OffPolicyTrainer : ITrainer
{
    private const string EnvironmentsFile = "environments.safetensors";

    private const string UnfinishedFile = "step.safetensors";

    private const string FramesName = "frames";

    private readonly RunComponents _components;
    private readonly LoopProgress _progress;
    private readonly TrainingStep _steps;
    private readonly Experiment _experiment;

    /// <summary>Builds all components.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="checkpoint">The checkpoint to resume; null: a new run.</param>
    /// <param name="progress">The run's counters and sums; updated.</param>
    /// <param name="speed">Counts steps and updates.</param>
    /// <param name="families">Creates the environments; null: the family that the experiment names.</param>
    /// <param name="agents">Creates the agent; null: by the catalogue.</param>
    /// <param name="folder">The folder of the run; null: the folder that the experiment names.</param>
    /// <exception cref="MtrlException">A task or GPU is not available, or too little memory or space on the disk.</exception>
    internal OffPolicyTrainer(
        Experiment experiment, Checkpoint? checkpoint, LoopProgress progress, Throughput speed, FamilyOf? families = null,
        AgentOf? agents = null, string? folder = null)
    {
        (_experiment, _progress) = (experiment, progress);
        _components = RunComponents.Build(experiment, checkpoint, families, agents, folder);
        _steps = new TrainingStep(experiment, _components, progress, speed);
    }

    /// <summary>Environments, replay and learner.</summary>
    internal RunComponents Components => _components;

    /// <inheritdoc/>
    public int Threads => _components.Threads;

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => _components.Names;

    /// <inheritdoc/>
    public ILearner Learner => _components.Learner;

    /// <inheritdoc/>
    public VectorEnvironment? EvaluationEnvironments => _components.EvaluationEnvironments;

    /// <inheritdoc/>
    public VectorEnvironment Environments => _components.Environments;

    /// <inheritdoc/>
    public bool IsWarmingUp => _progress.Step < _experiment.Schedule.InitSteps;

    /// <inheritdoc/>
    public long StepsUnderway => 0;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Losses() => _steps.Losses();

    /// <inheritdoc/>
    public void Begin() => _steps.Begin();

    /// <inheritdoc/>
    public void Advance(Action pulse, CancellationToken stop) => _steps.Advance(pulse, stop);

    /// <inheritdoc/>
    public EvaluationResult EvaluateInTraining(long step, CancellationToken stop)
    {
        var before = _components.Environments.Save();
        var rewards = _progress.Rewards.ToArray();
        try
        {
            var evaluation = Evaluator.Run(_components.Learner, _components.Environments, 1, step, ReturnTerm, stop);
            _components.Environments.Restore(EvaluateInPlace.After(before, _components.Environments.Save()));
            return evaluation;
        }
        catch (OperationCanceledException)
        {
            _components.Environments.Restore(before);
            rewards.CopyTo(_progress.Rewards, 0);
            throw;
        }
    }

    /// <inheritdoc/>
    public long BytesToSave(Checkpoint? earlier) =>
        _experiment.Schedule.SaveBuffer ? ReplayStore.BytesToSave(_components.Replay, earlier) : 0;

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer, Checkpoint? earlier)
    {
        writer.WriteTensors(EnvironmentsFile, Entries(_components.Environments.Save()));
        if (_experiment.Schedule.SaveBuffer)
            ReplayStore.Save(_components.Replay, writer, earlier);
        if (_steps.Unfinished() is { Count: > 0 } unfinished)
            writer.WriteTensors(UnfinishedFile, unfinished);
    }

    /// <inheritdoc/>
    public void Load(Checkpoint checkpoint)
    {
        using (var environments = checkpoint.OpenTensors(EnvironmentsFile))
            _components.Environments.Restore(new EnvironmentState(
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
                LoadUnfinished(checkpoint);
            return;
        }

        // Without a saved replay, the running episodes are abandoned and new episodes begin.
        _progress.Tally.Abandon();
        _steps.Begin();
    }

    /// <inheritdoc/>
    public void Dispose() => _components.Dispose();

    private void LoadUnfinished(Checkpoint checkpoint)
    {
        using var unfinished = checkpoint.OpenTensors(UnfinishedFile);
        _steps.Restore(unfinished);
    }

    /// <summary>In the original, rewards of an evaluation also update the reward statistics.</summary>
    private double ReturnTerm(int task, double reward)
    {
        var normalized = _components.Normalized(task, reward, _progress);
        return _experiment.Behaviour.RawReturns ? reward : normalized;
    }

    private static IEnumerable<SafetensorsEntry> Entries(EnvironmentState state) =>
    [
        .. state.Numbers.Select(named => SafetensorsEntry.Of(named.Key, named.Value)),
        .. state.Counters.Select(named => SafetensorsEntry.Of(named.Key, named.Value)),
        .. state.Frames is { } frames ? [SafetensorsEntry.Of(FramesName, frames)] : Array.Empty<SafetensorsEntry>(),
    ];
}
