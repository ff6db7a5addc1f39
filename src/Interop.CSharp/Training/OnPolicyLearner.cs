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
    private readonly Place _place;
    private readonly DataParallel? _workers;
    private readonly Key _draws;
    private readonly int _tasks;
    private readonly HeldState<OnPolicyState> _state;

    private OnPolicyLearner(Experiment experiment, Place place, DataParallel? workers)
    {
        (_place, _workers, _tasks) = (place, workers, experiment.Environment.NumEnvs);
        var precision = TrainingPlace.PrecisionOf(experiment.Setup);
        var config = OnPolicySetup.OfExperiment(
            precision, TaskEmbeddings.Of(experiment), MetaWorldEnvironment.ObservationSize, MetaWorldEnvironment.ActionSize, experiment);
        _agent = OnPolicyAgentModule.Create((IShards?)workers ?? Shards.serial(1), config);
        var key = KeyModule.OfSeed(experiment.Setup.SeedRef);
        _draws = KeyModule.ForPurpose("update", key);
        using var scope = Ops.Scope();
        _state = new HeldState<OnPolicyState>(
            OnPolicyStateModule.Owns, OnPolicyStateModule.Create(_agent, KeyModule.ForPurpose("networks", key), place));
    }

    /// <inheritdoc/>
    public long Updates { get; private set; }

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
        var (next, metrics) = OnPolicy.Update(_agent, _state.Value, iteration);
        var readings = MetricsModule.read(metrics);
        if (MetricsModule.diverged(readings) is { } loss)
            throw new MtrlException(
                $"iteration {Updates:N0}: {loss.Value.Metric} is {loss.Value.Number:G4}; training stopped. "
                + "Lower the learning rates (agent.optimizers.*) or check the rewards.", ExitCode.Stopped);

        _state.Replace(next);
        Updates++;
        return readings;
    }

    /// <inheritdoc/>
    public FSharpList<Tuple<string, Tensor>> Named() => OnPolicyNames.ToNamed(_agent, _state.Value);

    /// <inheritdoc/>
    public IReadOnlyList<string> Restore(FSharpFunc<string, FSharpOption<Tensor>?> find, long updates)
    {
        var state = OnPolicyNames.OfNamed(_agent, _place, find!);
        if (state.IsError)
            return [.. state.ErrorValue];
        _state.Replace(state.ResultValue);
        Updates = updates;
        return [];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _state.Dispose();
        _workers?.Dispose();
    }

    private Tensor Placed(Tensor x) => Ops.To(Ops.ToType(x, _place.Numeric), _place.Device);
}
