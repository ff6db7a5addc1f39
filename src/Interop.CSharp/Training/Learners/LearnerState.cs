using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using MtrlFunctional.Experiments;
using MtrlFunctional.Randomness;
using MtrlFunctional.Surgery;
using MtrlFunctional.Tensors;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>State of a learner: ownership, updates and restoring.</summary>
/// <typeparam name="TSample">Sample of one update.</typeparam>
/// <remarks>The caller disposes it. Not thread-safe.</remarks>
internal sealed class LearnerState<TSample> : IDisposable
{
    private readonly IAgent<TSample> _agent;
    private readonly TensorOptions _options;
    private readonly IDisposable? _workers;
    private readonly OwnedState<IAgentState<TSample>> _state;
    private readonly ConflictRecorder _conflicts;

    /// <summary>Creates the initial state.</summary>
    /// <param name="experiment">Its seed determines the initial state.</param>
    /// <param name="agent">The agent.</param>
    /// <param name="options">Element type and device of its tensors.</param>
    /// <param name="workers">Disposed with the state; null: none.</param>
    internal LearnerState(Experiment experiment, IAgent<TSample> agent, TensorOptions options, IDisposable? workers)
    {
        (_agent, _options, _workers) = (agent, options, workers);
        _conflicts = new ConflictRecorder(experiment);
        var key = KeyModule.ForPurpose("networks", KeyModule.OfSeed(experiment.Setup.SeedRef));
        using var scope = Ops.Scope();
        _state = new OwnedState<IAgentState<TSample>>(state => state.Owns, agent.Start(key, options));
    }

    /// <summary>The newest state.</summary>
    internal IAgentState<TSample> Value => _state.Value;

    /// <summary>Updates done.</summary>
    internal long Updates { get; private set; }

    /// <summary>Performs an update.</summary>
    /// <param name="sample">The sample of the update.</param>
    /// <param name="step">Environment steps of each task so far, for the record of conflicts.</param>
    /// <param name="when">Name of the update in messages, such as "iteration 12".</param>
    /// <returns>The measured metrics.</returns>
    /// <exception cref="MtrlException">A loss is not finite or too large; the state is unchanged.</exception>
    internal Reading[] Advance(TSample sample, long step, string when)
    {
        var (next, metrics) = Updated(sample, step);
        var readings = MetricsModule.read(metrics);
        if (MetricsModule.diverged(readings) is { } loss)
            throw new MtrlException(
                $"{when}: {loss.Value.Metric} is {loss.Value.Number:G4}; training stopped. "
                + "Lower the learning rates (agent.optimizers.*) or check the rewards.", ExitCode.Stopped);

        _state.Replace(next);
        Updates++;
        return readings;
    }

    /// <summary>Replaces the state by one with an adapted policy.</summary>
    /// <param name="adapted">Of <see cref="IAgentState{TSample}.Adapt"/>.</param>
    internal void Adapt(IAgentState<TSample> adapted) => _state.Replace(adapted);

    /// <inheritdoc cref="ILearner.TakeConflicts"/>
    internal IReadOnlyList<ConflictRecord> TakeConflicts() => _conflicts.Take();

    /// <inheritdoc cref="ILearner.Restore"/>
    internal IReadOnlyList<string> Restore(FSharpFunc<string, FSharpOption<Tensor>?> find, long updates)
    {
        var state = _agent.OfNamed(_options, find!);
        if (state.IsError)
            return [.. state.ErrorValue];
        _state.Replace(state.ResultValue);
        Updates = updates;
        return [];
    }

    /// <summary>Converts a tensor to the device and element type of the state; bytes stay bytes.</summary>
    internal Tensor Placed(Tensor x) => TensorOptionsModule.Place(_options, x);

    /// <inheritdoc/>
    public void Dispose()
    {
        _state.Dispose();
        _workers?.Dispose();
    }

    private (IAgentState<TSample> Next, FSharpList<MtrlFunctional.Algorithms.Metric> Metrics) Updated(TSample sample, long step)
    {
        if (!_conflicts.IsDue(Updates))
        {
            var (next, metrics) = Value.Update(sample);
            return (next, metrics);
        }
        else
        {
            var (next, metrics, conflicts) = Value.UpdateWithConflicts(step, Updates, sample);
            _conflicts.Add(conflicts);
            return (next, metrics);
        }
    }
}
