using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Mtrl.Algorithms;
using Mtrl.Experiments;
using Mtrl.Random;
using Mtrl.Tensors;
using MtrlFunctional.Environments;
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
    private readonly OnPolicyAgent _agent;
    private readonly DataParallel? _workers;
    private readonly Key _draws;
    private readonly int _tasks;
    private readonly LearnedState<OnPolicyState> _state;

    private OnPolicyLearner(Experiment experiment, Place place, DataParallel? workers)
    {
        (_workers, _tasks) = (workers, experiment.Environment.NumEnvs);
        var precision = TrainingPlace.PrecisionOf(experiment.Setup);
        var config = OnPolicySetup.OfExperiment(
            precision, TaskEmbeddings.Of(experiment), MetaWorldEnvironment.ObservationSize, MetaWorldEnvironment.ActionSize, experiment);
        _agent = OnPolicyAgentModule.Create((IShards?)workers ?? Shards.serial(1), config);
        var key = KeyModule.OfSeed(experiment.Setup.SeedRef);
        _draws = KeyModule.ForPurpose("update", key);
        using var scope = Ops.Scope();
        _state = new LearnedState<OnPolicyState>(
            place, OnPolicyStateModule.Owns,
            state => OnPolicyNames.ToNamed(_agent, state), find => OnPolicyNames.OfNamed(_agent, place, find!),
            OnPolicyStateModule.Create(_agent, KeyModule.ForPurpose("networks", key), place));
    }

    /// <inheritdoc/>
    public long Updates => _state.Updates;

    /// <summary>Groups of rows that the networks tell apart: the tasks, or one for all.</summary>
    private int Groups => _agent.Config.Tasks;

    /// <summary>A learner before its first update.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="threads">Parts into which a batch is split on the CPU; part of the run's identity.</param>
    /// <exception cref="MtrlException">A GPU is asked for and there is none.</exception>
    internal static OnPolicyLearner Create(Experiment experiment, int threads)
    {
        var place = TrainingPlace.Of(experiment.Setup);
        return new OnPolicyLearner(experiment, place, TrainingPlace.Workers(place, threads));
    }

    /// <summary>Acts to explore; not limited.</summary>
    /// <param name="observations">[groups; rows; numbers], task columns included.</param>
    /// <param name="noise">Standard normal, [groups; rows; 4].</param>
    /// <returns>[groups; rows; 4] in main memory.</returns>
    internal Tensor Explore(Tensor observations, Tensor noise) =>
        Ops.ToType(Ops.ToCpu(OnPolicy.Act(_agent, _state.Value, Placed(observations), Placed(noise))), Numeric.Float32);

    /// <inheritdoc/>
    public void ActGreedily(ReadOnlySpan<float> observations, Span<float> actions) =>
        PolicyRows.Act(
            rows => OnPolicy.ActGreedily(_agent, _state.Value, Placed(rows)),
            [Groups, _tasks / Groups, _agent.Config.ObsSize], observations, actions);

    /// <summary>Learns from the episodes of an iteration.</summary>
    /// <param name="episodes">In main memory.</param>
    /// <param name="progress">How much of the run is done, in [0, 1].</param>
    /// <returns>What was measured.</returns>
    /// <exception cref="MtrlException">A loss is no longer a sensible number.</exception>
    internal Reading[] Update(Episodes episodes, double progress)
    {
        using var scope = Ops.Scope();
        var placed = new Episodes(
            Placed(episodes.Obs), Placed(episodes.Action), Placed(episodes.Reward), Placed(episodes.LastObs),
            episodes.Lengths, episodes.Terminal);
        var iteration = IterationModule.Create(KeyModule.At(Updates, _draws), progress, placed);
        return _state.Advance(OnPolicy.Update(_agent, _state.Value, iteration), $"iteration {Updates:N0}");
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

    private Tensor Placed(Tensor x) => _state.Placed(x);
}
