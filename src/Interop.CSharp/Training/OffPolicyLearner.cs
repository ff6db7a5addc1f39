using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using MtrlFunctional.Experiments;
using MtrlFunctional.Randomness;
using MtrlFunctional.Surgery;
using MtrlFunctional.Tensors;
using MtrlFunctional.Replay;
using static TorchSharp.torch;
using Key = MtrlFunctional.Randomness.Key;

namespace MtrlFunctional.Training;

/// <summary>
/// Holds the state of an off-policy agent and swaps it at each update. All that is computed is in the core
/// (<see cref="IAgent{TSample}"/>); here live the memory of batches and the names of random draws.
/// </summary>
/// <remarks>Whoever makes it disposes it. One thread at a time.</remarks>
internal sealed class OffPolicyLearner : ILearner
{
    private readonly AgentDescription _agent;
    private readonly ReplayDraws _sample;
    private readonly TensorOptions _place;
    private readonly bool _countsUpdates;
    private readonly int _tasks;
    private readonly Key _draws;
    private readonly ReplayRows _rows;
    private readonly LearnedState<ReplaySample> _state;

    /// <summary>A learner before its first update.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="agent">What learns, and what its updates draw.</param>
    /// <param name="place">Where its tensors are.</param>
    /// <param name="workers">The threads that share its batches, which it disposes; null: none.</param>
    internal OffPolicyLearner(Experiment experiment, AnyAgent.OffPolicy agent, TensorOptions place, IDisposable? workers)
    {
        (_agent, _sample, _place) = (agent.Description, agent.draws, place);
        (_countsUpdates, _tasks) = (experiment.Behaviour.CountsUpdates, experiment.Environment.NumEnvs);
        _rows = new ReplayRows(experiment, place, _agent.ObsSize);
        _draws = KeyModule.ForPurpose("update", KeyModule.OfSeed(experiment.Setup.SeedRef));
        _state = new LearnedState<ReplaySample>(experiment, agent.agent, place, workers);
    }

    /// <inheritdoc/>
    public long Updates => _state.Updates;

    /// <summary>Chooses an action to explore with in every task.</summary>
    /// <param name="observations">[T * observations], task by task.</param>
    /// <param name="noise">Names the noise.</param>
    /// <param name="actions">[T * actions], filled; each in [−1, 1].</param>
    internal void Explore(ReadOnlySpan<float> observations, Key noise, Span<float> actions) =>
        Act(
            rows => _state.Value.Act(rows, Draw.normal(_place, noise, [_agent.Groups, _tasks / _agent.Groups, _agent.NoiseSize])),
            observations, actions);

    /// <inheritdoc/>
    public void ActGreedily(ReadOnlySpan<float> observations, Span<float> actions) =>
        Act(_state.Value.ActGreedily, observations, actions);

    /// <summary>Draws a sample and learns from it.</summary>
    /// <param name="replay">Where from; not empty.</param>
    /// <param name="step">Environment steps of every task so far.</param>
    /// <returns>What was measured.</returns>
    /// <exception cref="MtrlException">A loss is no longer a sensible number.</exception>
    internal Reading[] Update(TaskReplay replay, long step)
    {
        using var scope = Ops.Scope();
        var sample = _rows.Sample(_sample, replay, KeyModule.At(Updates, _draws), _countsUpdates ? Updates : step);
        return _state.Advance(sample, step, $"update {Updates:N0} (step {step:N0})");
    }

    /// <inheritdoc/>
    public IReadOnlyList<ConflictRecord> TakeConflicts() => _state.TakeConflicts();

    /// <inheritdoc/>
    public FSharpList<Tuple<string, Tensor>> Named() => _state.Value.Named();

    /// <inheritdoc/>
    public IReadOnlyList<string> Restore(FSharpFunc<string, FSharpOption<Tensor>?> find, long updates) =>
        _state.Restore(find, updates);

    /// <inheritdoc/>
    public void Dispose() => _state.Dispose();

    private void Act(Func<Tensor, Tensor> policy, ReadOnlySpan<float> observations, Span<float> actions) =>
        PolicyRows.Act(
            rows => policy(_state.Placed(rows)),
            [_agent.Groups, _tasks / _agent.Groups, _agent.ObsSize], _agent.ActionSize, observations, actions);
}
