using MtrlFunctional.Experiments;
using MtrlFunctional.Training;
using MtrlFunctional.Environments;
using MtrlFunctional.Replay;
using MtrlFunctional.Storage;

namespace MtrlFunctional.Training;

/// <summary>Steps environments, stores what they do, and learns from all that is stored.</summary>
internal sealed class OffPolicyTrainer : ITrainer
{
    private const string EnvironmentsFile = "environments.safetensors";

    private readonly RunParts _parts;
    private readonly LoopProgress _progress;
    private readonly TrainingStep _steps;
    private readonly Experiment _experiment;

    /// <summary>Builds all parts.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="checkpoint">What the run goes on from; null: a fresh start.</param>
    /// <param name="progress">The run's counters and sums, which it moves on.</param>
    /// <param name="speed">Told of each step and update.</param>
    /// <param name="families">Makes the environments; null: as the experiment says.</param>
    /// <exception cref="MtrlException">Something that is not here (a task, a GPU), or too little memory.</exception>
    internal OffPolicyTrainer(
        Experiment experiment, Checkpoint? checkpoint, LoopProgress progress, Throughput speed, FamilyOf? families = null)
    {
        (_experiment, _progress) = (experiment, progress);
        _parts = RunParts.Build(experiment, checkpoint, families);
        _steps = new TrainingStep(experiment, _parts, progress, speed);
    }

    /// <inheritdoc/>
    public int Threads => _parts.Threads;

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => _parts.Names;

    /// <inheritdoc/>
    public ILearner Learner => _parts.Learner;

    /// <inheritdoc/>
    public VectorEnvironment? EvaluationEnvironments => _parts.EvaluationEnvironments;

    /// <inheritdoc/>
    public bool IsWarmingUp => _progress.Step < _experiment.Schedule.InitSteps;

    /// <inheritdoc/>
    public long StepsUnderway => 0;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Losses() => _steps.Losses();

    /// <inheritdoc/>
    public void Begin() => _steps.Begin();

    /// <inheritdoc/>
    public void Advance(Action pulse, CancellationToken stop) => _steps.Advance(pulse);

    /// <inheritdoc/>
    public EvaluationProgress EvaluateInTraining(long step, CancellationToken stop)
    {
        var before = _parts.Environments.Save();
        var rewards = _progress.Rewards.ToArray();
        try
        {
            var evaluation = Evaluator.Run(_parts.Learner, _parts.Environments, 1, step, Counted, stop);
            _parts.Environments.Restore(EvaluateInPlace.After(before, _parts.Environments.Save()));
            return evaluation;
        }
        catch (OperationCanceledException)
        {
            _parts.Environments.Restore(before);
            rewards.CopyTo(_progress.Rewards, 0);
            throw;
        }
    }

    /// <inheritdoc/>
    public long BytesToSave(Checkpoint? earlier) =>
        _experiment.Schedule.SaveBuffer ? ReplayStore.BytesToSave(_parts.Replay, earlier) : 0;

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer, Checkpoint? earlier)
    {
        writer.WriteTensors(EnvironmentsFile, Entries(_parts.Environments.Save()));
        if (_experiment.Schedule.SaveBuffer)
            ReplayStore.Save(_parts.Replay, writer, earlier);
    }

    /// <inheritdoc/>
    public void Load(Checkpoint checkpoint)
    {
        using (var environments = checkpoint.OpenTensors(EnvironmentsFile))
            _parts.Environments.Restore(new EnvironmentState(
                environments.Tensors.Where(t => t.Type == SafetensorsType.F64)
                    .ToDictionary(t => t.Name, t => environments.ReadDoubles(t.Name)),
                environments.Tensors.Where(t => t.Type == SafetensorsType.I64)
                    .ToDictionary(t => t.Name, t => environments.ReadLongs(t.Name))));
        if (ReplayStore.IsIn(checkpoint))
            return;

        // Without the replay of the running episodes, new ones begin.
        _progress.Tally.Abandon();
        _steps.Begin();
    }

    /// <inheritdoc/>
    public void Dispose() => _parts.Dispose();

    /// <summary>In the original, the statistics of rewards also follow those of an evaluation.</summary>
    private double Counted(int task, double reward)
    {
        var normalized = _parts.Normalized(task, reward, _progress);
        return _experiment.Behaviour.RawReturns ? reward : normalized;
    }

    private static IEnumerable<SafetensorsEntry> Entries(EnvironmentState state) =>
    [
        .. state.Numbers.Select(named => SafetensorsEntry.Of(named.Key, named.Value)),
        .. state.Counters.Select(named => SafetensorsEntry.Of(named.Key, named.Value)),
    ];
}
