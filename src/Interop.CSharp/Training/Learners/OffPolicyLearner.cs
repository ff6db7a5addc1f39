using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using MtrlFunctional.Environments;
using MtrlFunctional.Experiments;
using MtrlFunctional.Networks;
using MtrlFunctional.Randomness;
using MtrlFunctional.Replay;
using MtrlFunctional.Surgery;
using MtrlFunctional.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Key = MtrlFunctional.Randomness.Key;

namespace MtrlFunctional.Training;

/// <summary>
/// Holds the state of an off-policy agent and replaces it at each update. The computation is in the core
/// (<see cref="IAgent{TSample}"/>); this class manages batch memory and the keys of random draws.
/// </summary>
/// <remarks>The caller disposes it. Not thread-safe.</remarks>
internal sealed class OffPolicyLearner : ILearner
{
    private static readonly SampleAccess<ReplaySample> _samples = new(
        SampleTensors.OfReplay, (sample, task) => OptionModule.ToObj(SampleTensors.OnlyTask(task, sample)));

    private readonly AgentDescription _agent;
    private readonly ReplayDraws _sample;
    private readonly TensorOptions _options;
    private readonly bool _frequenciesInUpdates;
    private readonly int _tasks;
    private readonly int[]? _trainedPlaces;
    private readonly int[]? _evaluatedPlaces;
    private readonly Key _draws;
    private readonly ReplaySampler _sampler;
    private readonly LearnerState<ReplaySample> _state;

    /// <summary>A learner before its first update.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="agent">The agent and the specification of its replay samples.</param>
    /// <param name="options">Element type and device of its tensors.</param>
    /// <param name="workers">Threads of the data-parallel update, disposed with it; null: none.</param>
    internal OffPolicyLearner(
        Experiment experiment, AnyAgent.OffPolicy agent, TensorOptions options, DataParallel? workers)
    {
        (_agent, _sample, _options) = (agent.Description, agent.draws, options);
        (_frequenciesInUpdates, _tasks) = (experiment.Behaviour.FrequenciesInUpdates, NetworkTasks.Count(experiment));
        if (OptionModule.ToObj(NetworkTasks.Evaluated(experiment)) is { } evaluated)
            (_trainedPlaces, _evaluatedPlaces) = ([.. NetworkTasks.Trained(experiment)], [.. evaluated]);
        _sampler = new ReplaySampler(experiment, options, _agent.ObsSize);
        _draws = KeyModule.ForPurpose("update", KeyModule.OfSeed(experiment.Setup.SeedRef));
        _state = new LearnerState<ReplaySample>(experiment, agent.agent, options, workers, _samples);
    }

    /// <inheritdoc/>
    public long Updates => _state.Updates;

    /// <inheritdoc/>
    public DataParallel? Workers => _state.Workers;

    /// <summary>Samples an exploratory action in every task.</summary>
    /// <param name="observations">[training tasks * observations], task by task.</param>
    /// <param name="noise">Key of the noise.</param>
    /// <param name="actions">[training tasks * actions], filled; each in [−1, 1].</param>
    internal void Explore(ObservationRows observations, Key noise, Span<float> actions) =>
        Act(Exploring(noise), observations, actions, _trainedPlaces);

    /// <summary>Samples an exploratory action in every evaluated task.</summary>
    /// <param name="observations">[evaluated tasks * observations], task by task.</param>
    /// <param name="noise">Key of the noise.</param>
    /// <param name="actions">[evaluated tasks * actions], filled; each in [−1, 1].</param>
    internal void ExploreEvaluated(ObservationRows observations, Key noise, Span<float> actions) =>
        Act(Exploring(noise), observations, actions, _evaluatedPlaces);

    /// <inheritdoc/>
    public void ActGreedily(ObservationRows observations, Span<float> actions) =>
        Act(_state.Value.ActGreedily, observations, actions, _evaluatedPlaces);

    /// <inheritdoc/>
    public FSharpResult<FSharpList<RowStep>, string> RowLayers(int observation) =>
        PolicyRows.Of(_state.Value.RowLayers(), _agent.ObsSize, observation, _evaluatedPlaces);

    /// <summary>Draws a sample and performs an update.</summary>
    /// <param name="replay">The replay to draw from; not empty.</param>
    /// <param name="step">Environment steps of every task so far.</param>
    /// <returns>The measured metrics.</returns>
    /// <exception cref="MtrlException">A number is not finite, or a loss too large.</exception>
    internal Reading[] Update(TaskReplay replay, long step)
    {
        using var scope = torch.NewDisposeScope();
        var sample = _sampler.Sample(_sample, replay, KeyModule.At(Updates, _draws), _frequenciesInUpdates ? Updates : step);
        return _state.Advance(sample, step, $"update {Updates:N0} (step {step:N0})", !_sampler.IsFinite);
    }

    /// <inheritdoc/>
    public bool Restrict(FSharpFunc<string, FSharpOption<Tensor>?> mask)
    {
        using var scope = torch.NewDisposeScope();
        return _state.Restrict(mask);
    }

    /// <summary>Whether the agent infers tasks from transitions.</summary>
    internal bool CanAdapt => _state.Value.CanAdapt;

    /// <summary>Adapts the greedy policy to tasks by encodings inferred from their transitions; networks stay as they
    /// are.</summary>
    /// <param name="transitions">Transitions of all tasks of the networks; tasks without transitions keep their encoding.</param>
    /// <exception cref="InvalidOperationException">The agent infers no task encodings.</exception>
    internal void Adapt(TaskReplay transitions)
    {
        using var scope = torch.NewDisposeScope();
        var sample = _sampler.Whole(_sample, transitions, KeyModule.ForPurpose("adapt", _draws));
        _state.Adapt(
            OptionModule.ToObj(_state.Value.Adapt(sample)) ?? throw new InvalidOperationException("The agent infers no task encodings."));
    }

    /// <summary>Infers the tasks from transitions; networks stay as they are.</summary>
    /// <param name="transitions">
    /// Transitions of the tasks; a task without transitions has the encoding of the prior.
    /// </param>
    /// <param name="count">How often it adapted before: another number, other noise.</param>
    /// <returns>False, and no change: the agent infers no tasks from contexts.</returns>
    internal bool AdaptContext(TaskReplay transitions, long count)
    {
        using var scope = torch.NewDisposeScope();
        if (OptionModule.ToObj(_sample.Context) is not { } context)
            return false;
        var key = KeyModule.At(count, KeyModule.ForPurpose("adapt", _draws));
        if (OptionModule.ToObj(_state.Value.Adapt(_sampler.Context(context, transitions, key))) is not { } adapted)
            return false;
        _state.Adapt(adapted);
        return true;
    }

    /// <inheritdoc/>
    public CrashReports? Crashes { set => _state.Crashes = value; }

    /// <inheritdoc/>
    public IEnumerable<Tuple<string, Tensor>> Preview(IReadOnlyDictionary<string, Tensor> sample) =>
        _state.Preview(SampleTensors.ToReplay(sample, x => TensorOptionsModule.Place(_options, x)));

    /// <inheritdoc/>
    public IReadOnlyList<ConflictRecord> TakeConflicts() => _state.TakeConflicts();

    /// <inheritdoc/>
    public FSharpList<Tuple<string, Tensor>> Named() => _state.Value.Named();

    /// <inheritdoc/>
    public IReadOnlyList<string> Restore(FSharpFunc<string, FSharpOption<Tensor>?> find, long updates) =>
        _state.Restore(find, updates);

    /// <inheritdoc/>
    public void Dispose() => _state.Dispose();

    private Func<Tensor, Tensor> Exploring(Key noise) => rows => _state.Value.Act(
        rows, Draw.Normal(_options, noise, [_agent.Groups, _tasks / _agent.Groups, _agent.NoiseSize]));

    private void Act(
        Func<Tensor, Tensor> policy, ObservationRows observations, Span<float> actions, int[]? places) =>
        PolicyInference.Act(
            rows => policy(_state.Placed(rows)),
            [_agent.Groups, _tasks / _agent.Groups, _agent.ObsSize], _agent.ActionSize, observations, actions, places);
}
