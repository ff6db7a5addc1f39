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

/// <summary>What every learner does with its state: hold it, update it, take over a saved one.</summary>
/// <typeparam name="TSample">What one update learns from.</typeparam>
/// <remarks>Whoever makes it disposes it. One thread at a time.</remarks>
internal sealed class LearnedState<TSample> : IDisposable
{
    private readonly IAgent<TSample> _agent;
    private readonly TensorOptions _place;
    private readonly IDisposable? _workers;
    private readonly HeldState<IAgentState<TSample>> _held;
    private readonly ConflictRecorder _conflicts;

    /// <summary>Holds the state before the first update.</summary>
    /// <param name="experiment">Its seed names the start.</param>
    /// <param name="agent">Whose state.</param>
    /// <param name="place">Where its tensors are.</param>
    /// <param name="workers">Disposed with it; null: none.</param>
    internal LearnedState(Experiment experiment, IAgent<TSample> agent, TensorOptions place, IDisposable? workers)
    {
        (_agent, _place, _workers) = (agent, place, workers);
        _conflicts = new ConflictRecorder(experiment);
        var key = KeyModule.ForPurpose("networks", KeyModule.OfSeed(experiment.Setup.SeedRef));
        using var scope = Ops.Scope();
        _held = new HeldState<IAgentState<TSample>>(state => state.Owns, agent.Start(key, place));
    }

    /// <summary>The newest state.</summary>
    internal IAgentState<TSample> Value => _held.Value;

    /// <summary>Updates done.</summary>
    internal long Updates { get; private set; }

    /// <summary>Goes on to the next state.</summary>
    /// <param name="sample">What the update learns from.</param>
    /// <param name="step">Environment steps of each task so far, for the record of conflicts.</param>
    /// <param name="when">Which update it is, as in "iteration 12".</param>
    /// <returns>What was measured.</returns>
    /// <exception cref="MtrlException">A loss is no longer a sensible number; the state is the old one.</exception>
    internal Reading[] Advance(TSample sample, long step, string when)
    {
        var (next, metrics) = Updated(sample, step);
        var readings = MetricsModule.read(metrics);
        if (MetricsModule.diverged(readings) is { } loss)
            throw new MtrlException(
                $"{when}: {loss.Value.Metric} is {loss.Value.Number:G4}; training stopped. "
                + "Lower the learning rates (agent.optimizers.*) or check the rewards.", ExitCode.Stopped);

        _held.Replace(next);
        Updates++;
        return readings;
    }

    /// <inheritdoc cref="ILearner.TakeConflicts"/>
    internal IReadOnlyList<ConflictRecord> TakeConflicts() => _conflicts.Take();

    /// <inheritdoc cref="ILearner.Restore"/>
    internal IReadOnlyList<string> Restore(FSharpFunc<string, FSharpOption<Tensor>?> find, long updates)
    {
        var state = _agent.OfNamed(_place, find!);
        if (state.IsError)
            return [.. state.ErrorValue];
        _held.Replace(state.ResultValue);
        Updates = updates;
        return [];
    }

    /// <summary>A tensor where the state is, in its element type.</summary>
    internal Tensor Placed(Tensor x) => TensorOptionsModule.Put(_place, x);

    /// <inheritdoc/>
    public void Dispose()
    {
        _held.Dispose();
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
