using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Mtrl.Algorithms;
using Mtrl.Experiments;
using Mtrl.Random;
using Mtrl.Spaces;
using Mtrl.Tensors;
using MtrlFunctional.Replay;
using MtrlFunctional.Tensors;
using static TorchSharp.torch;
using Key = Mtrl.Random.Key;

namespace MtrlFunctional.Training;

/// <summary>
/// Holds the state of a Distral agent and swaps it at each update. All that is computed is in the core
/// (<see cref="Distral"/>).
/// </summary>
/// <remarks>Whoever makes it disposes it. One thread at a time.</remarks>
internal sealed class DistralLearner : IReplayLearner
{
    private readonly DistralAgent _agent;
    private readonly Place _place;
    private readonly DataParallel? _workers;
    private readonly Behaviour _behaviour;
    private readonly Key _draws;
    private readonly ReplayRows _rows;
    private readonly LearnedState<DistralState> _state;

    private DistralLearner(Experiment experiment, EnvironmentSpec spec, Place place, DataParallel? workers)
    {
        (_place, _workers, _behaviour) = (place, workers, experiment.Behaviour);
        var config = DistralSetup.OfExperiment(
            TrainingPlace.PrecisionOf(experiment.Setup),
            EnvironmentSpecModule.ObservationSize(spec), EnvironmentSpecModule.ActionSize(spec), experiment);
        _agent = DistralAgentModule.create((IShards?)workers ?? Shards.serial(1), config);
        _rows = new ReplayRows(experiment, place, config.Agents.ObsSize);

        var key = KeyModule.OfSeed(experiment.Setup.SeedRef);
        _draws = KeyModule.ForPurpose("update", key);
        using var scope = Ops.Scope();
        _state = new LearnedState<DistralState>(
            place, DistralStateModule.owns,
            state => DistralNames.ToNamed(_agent, state), find => DistralNames.OfNamed(_agent, place, find!),
            DistralStateModule.create(_agent, KeyModule.ForPurpose("networks", key), place));
    }

    /// <inheritdoc/>
    public long Updates => _state.Updates;

    private SacConfig Agents => _agent.Config.Agents;

    /// <summary>A learner before its first update.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="spec">Of the environments.</param>
    /// <param name="threads">Parts into which a batch is split on the CPU; part of the run's identity.</param>
    /// <exception cref="MtrlException">A GPU is asked for and there is none.</exception>
    internal static DistralLearner Create(Experiment experiment, EnvironmentSpec spec, int threads)
    {
        var place = TrainingPlace.Of(experiment.Setup);
        return new DistralLearner(experiment, spec, place, TrainingPlace.Workers(place, threads));
    }

    /// <inheritdoc/>
    public void Explore(ReadOnlySpan<float> observations, Key noise, Span<float> actions) =>
        Act(
            rows => Distral.act(
                _agent, _state.Value, rows, Draw.normal(_place, noise, [Agents.Tasks, 1, Agents.ActionSize])),
            observations, actions);

    /// <inheritdoc/>
    public void ActGreedily(ReadOnlySpan<float> observations, Span<float> actions) =>
        Act(rows => Distral.actGreedily(_agent, _state.Value, rows), observations, actions);

    /// <inheritdoc/>
    public Reading[] Update(TaskReplay replay, long step)
    {
        using var scope = Ops.Scope();
        var key = KeyModule.At(Updates, _draws);
        var count = _behaviour.CountsUpdates ? Updates : step;
        var outcome = _behaviour.OwnTaskRows
            ? Distral.update(_agent, _state.Value, Told(_rows.Balanced(replay, key, count), key))
            : Distral.updateInTurn(_agent, _state.Value, ListModule.OfSeq(InTurn(replay, key, count)));
        return _state.Advance(outcome, $"update {Updates:N0} (step {step:N0})");
    }

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
        PolicyRows.Act(rows => policy(_state.Placed(rows)), [Agents.Tasks, 1, Agents.ObsSize], Agents.ActionSize, observations, actions);

    /// <summary>A batch of all tasks' rows for each agent.</summary>
    private IEnumerable<DistralBatch> InTurn(TaskReplay replay, Key key, long count)
    {
        for (var agent = 0; agent < Agents.Tasks; agent++)
        {
            var own = KeyModule.ForPurpose($"agent/{agent}", key);
            yield return Told(_rows.Together(replay, own, count), own);
        }
    }

    private DistralBatch Told(Batch batch, Key key) => new(
        batch,
        _behaviour.PaysDivergence
            ? FSharpOption<Tensor>.None
            : FSharpOption<Tensor>.Some(_rows.Noise("noise/distilled", key, batch)));
}
