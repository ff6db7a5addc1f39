using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Mtrl.Algorithms;
using Mtrl.Experiments;
using Mtrl.Random;
using Mtrl.Spaces;
using Mtrl.Surgery;
using Mtrl.Tensors;
using MtrlFunctional.Tensors;
using static TorchSharp.torch;
using Key = Mtrl.Random.Key;

namespace MtrlFunctional.Training;

/// <summary>
/// Holds the state of an on-policy agent and swaps it at each iteration. All that is computed is in the core
/// (<see cref="OnPolicy"/>).
/// </summary>
/// <remarks>Whoever makes it disposes it. One thread at a time.</remarks>
internal sealed class OnPolicyLearner : ILearner
{
    private readonly OnPolicyTeam _team;
    private readonly DataParallel? _workers;
    private readonly Key _draws;
    private readonly int _tasks;
    private readonly LearnedState<FSharpList<OnPolicyState>> _state;
    private readonly ConflictWatch _conflicts;

    private OnPolicyLearner(Experiment experiment, EnvironmentSpec spec, Place place, DataParallel? workers)
    {
        (_workers, _tasks) = (workers, experiment.Environment.NumEnvs);
        var precision = TrainingPlace.PrecisionOf(experiment.Setup);
        var config = OnPolicySetup.OfExperiment(
            precision, TaskEmbeddings.Of(experiment),
            EnvironmentSpecModule.ObservationSize(spec), EnvironmentSpecModule.ActionSize(spec), experiment);
        _conflicts = new ConflictWatch(experiment);
        _team = OnPolicyTeamModule.Create(
            (IShards?)workers ?? Shards.serial(1), OnPolicySetup.Members(experiment), config);
        var key = KeyModule.OfSeed(experiment.Setup.SeedRef);
        _draws = KeyModule.ForPurpose("update", key);
        using var scope = Ops.Scope();
        _state = new LearnedState<FSharpList<OnPolicyState>>(
            place, OnPolicyTeamModule.Owns,
            states => OnPolicyTeamModule.ToNamed(_team, states), find => OnPolicyTeamModule.OfNamed(_team, place, find!),
            OnPolicyTeamModule.Start(_team, KeyModule.ForPurpose("networks", key), place));
    }

    /// <inheritdoc/>
    public long Updates => _state.Updates;

    /// <summary>Groups of rows that the networks tell apart: the tasks, or one for all.</summary>
    private int Groups => _team.Members * _team.Agent.Config.Tasks;

    /// <summary>A learner before its first update.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="spec">Of the environments.</param>
    /// <param name="threads">Parts into which a batch is split on the CPU; part of the run's identity.</param>
    /// <exception cref="MtrlException">A GPU is asked for and there is none.</exception>
    internal static OnPolicyLearner Create(Experiment experiment, EnvironmentSpec spec, int threads)
    {
        var place = TrainingPlace.Of(experiment.Setup);
        return new OnPolicyLearner(experiment, spec, place, TrainingPlace.Workers(place, threads));
    }

    /// <summary>Acts to explore; not limited.</summary>
    /// <param name="observations">[groups; rows; numbers], task columns included.</param>
    /// <param name="noise">Standard normal, [groups; rows; actions].</param>
    /// <returns>[groups; rows; actions] in main memory.</returns>
    internal Tensor Explore(Tensor observations, Tensor noise) =>
        Ops.ToType(Ops.ToCpu(OnPolicyTeamModule.Act(_team, _state.Value, Placed(observations), Placed(noise))), Numeric.Float32);

    /// <inheritdoc/>
    public void ActGreedily(ReadOnlySpan<float> observations, Span<float> actions) =>
        PolicyRows.Act(
            rows => OnPolicyTeamModule.ActGreedily(_team, _state.Value, Placed(rows)),
            [Groups, _tasks / Groups, _team.Agent.Config.ObsSize], _team.Agent.Config.ActionSize, observations, actions);

    /// <summary>Learns from the episodes of an iteration.</summary>
    /// <param name="step">Environment steps of each task before the iteration, for the record of conflicts.</param>
    /// <param name="episodes">In main memory.</param>
    /// <param name="progress">How much of the run is done, in [0, 1].</param>
    /// <returns>What was measured.</returns>
    /// <exception cref="MtrlException">A loss is no longer a sensible number.</exception>
    internal Reading[] Update(long step, Episodes episodes, double progress)
    {
        using var scope = Ops.Scope();
        var placed = new Episodes(
            Placed(episodes.Obs), Placed(episodes.Action), Placed(episodes.Reward), Placed(episodes.LastObs),
            episodes.Lengths, episodes.Terminal);
        var key = KeyModule.At(Updates, _draws);
        return _state.Advance(Learned(step, key, progress, placed), $"iteration {Updates:N0}");
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

    private Tuple<FSharpList<OnPolicyState>, FSharpList<Metric>> Learned(
        long step, Key key, double progress, Episodes episodes)
    {
        if (!_conflicts.IsDue(Updates))
            return OnPolicyTeamModule.Update(_team, _state.Value, key, progress, episodes);
        var (states, metrics, conflicts) =
            OnPolicyTeamModule.UpdateWithConflicts(_team, _state.Value, step, Updates, key, progress, episodes);
        _conflicts.Add(conflicts);
        return Tuple.Create(states, metrics);
    }

    private Tensor Placed(Tensor x) => _state.Placed(x);
}
