using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Mtrl.Algorithms;
using Mtrl.Experiments;
using Mtrl.Random;
using Mtrl.Spaces;
using Mtrl.Surgery;
using Mtrl.Tensors;
using MtrlFunctional.Replay;
using MtrlFunctional.Tensors;
using static TorchSharp.torch;
using Key = Mtrl.Random.Key;

namespace MtrlFunctional.Training;

/// <summary>
/// Holds the state of a soft actor-critic agent and swaps it at each update. All that is computed is
/// in the core (<see cref="Sac"/>); here live the memory of batches and the names of random draws.
/// </summary>
/// <remarks>Whoever makes it disposes it. One thread at a time.</remarks>
internal sealed class SacLearner : IReplayLearner
{
    private readonly SacAgent _agent;
    private readonly Place _place;
    private readonly DataParallel? _workers;
    private readonly bool _countsUpdates;
    private readonly Key _draws;
    private readonly ReplayRows _rows;
    private readonly ConflictWatch _conflicts;
    private readonly LearnedState<SacState> _state;

    private SacLearner(Experiment experiment, EnvironmentSpec spec, Place place, DataParallel? workers)
    {
        (_place, _workers, _countsUpdates) = (place, workers, experiment.Behaviour.CountsUpdates);
        var config = SacSetup.OfExperiment(
            TrainingPlace.PrecisionOf(experiment.Setup), TaskEmbeddings.Of(experiment),
            EnvironmentSpecModule.ObservationSize(spec), EnvironmentSpecModule.ActionSize(spec), experiment);
        _agent = SacAgentModule.create((IShards?)workers ?? Shards.serial(1), config);
        _rows = new ReplayRows(experiment, place, config.ObsSize);
        _conflicts = new ConflictWatch(experiment);

        var key = KeyModule.OfSeed(experiment.Setup.SeedRef);
        _draws = KeyModule.ForPurpose("update", key);
        using var scope = Ops.Scope();
        _state = new LearnedState<SacState>(
            place, SacStateModule.owns,
            state => SacNames.ToNamed(_agent, state), find => SacNames.OfNamed(_agent, place, find!),
            SacStateModule.create(_agent, KeyModule.ForPurpose("networks", key), place));
    }

    /// <inheritdoc/>
    public long Updates => _state.Updates;

    private int Tasks => _agent.Config.Tasks;

    private int Actions => _agent.Config.ActionSize;

    /// <summary>A learner before its first update.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="spec">Of the environments.</param>
    /// <param name="threads">Parts into which a batch is split on the CPU; part of the run's identity.</param>
    /// <exception cref="MtrlException">A GPU is asked for and there is none.</exception>
    internal static SacLearner Create(Experiment experiment, EnvironmentSpec spec, int threads)
    {
        var place = TrainingPlace.Of(experiment.Setup);
        return new SacLearner(experiment, spec, place, TrainingPlace.Workers(place, threads));
    }

    /// <inheritdoc/>
    public void Explore(ReadOnlySpan<float> observations, Key noise, Span<float> actions) =>
        Act(
            rows => Sac.act(_agent, _state.Value, rows, Draw.normal(_place, noise, [Tasks, 1, Actions])),
            observations, actions);

    /// <inheritdoc/>
    public void ActGreedily(ReadOnlySpan<float> observations, Span<float> actions) =>
        Act(rows => Sac.actGreedily(_agent, _state.Value, rows), observations, actions);

    /// <inheritdoc/>
    public Reading[] Update(TaskReplay replay, long step)
    {
        using var scope = Ops.Scope();
        var batch = _rows.Draw(replay, KeyModule.At(Updates, _draws), _countsUpdates ? Updates : step);
        if (_conflicts.IsDue(Updates))
            _conflicts.Add(SacConflicts.Measure(_agent, _state.Value, step, Updates, batch));
        return _state.Advance(Sac.update(_agent, _state.Value, batch), $"update {Updates:N0} (step {step:N0})");
    }

    /// <inheritdoc/>
    public IReadOnlyList<ConflictRecord> TakeConflicts() => _conflicts.Take();

    /// <inheritdoc/>
    public FSharpList<Tuple<string, Tensor>> Named() => _state.Named();

    /// <inheritdoc/>
    public IReadOnlyList<string> Restore(FSharpFunc<string, FSharpOption<Tensor>?> find, long updates) =>
        _state.Restore(find, updates);

    /// <inheritdoc/>
    public void Dispose()
    {
        _state.Dispose();
        _workers?.Dispose();
    }

    private void Act(Func<Tensor, Tensor> policy, ReadOnlySpan<float> observations, Span<float> actions) =>
        PolicyRows.Act(
            rows => policy(_state.Placed(rows)), [Tasks, 1, _agent.Config.ObsSize], Actions, observations, actions);
}
