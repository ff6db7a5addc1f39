using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using MtrlFunctional.Networks;
using MtrlFunctional.Replay;
using MtrlFunctional.Surgery;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>The learner of an off-policy agent: batches of a replay, and actions in tasks.</summary>
internal sealed class OffPolicyLearner : AgentLearner<ReplaySample>
{
    private readonly AgentDescription _agent;
    private readonly ReplayDraws _sample;
    private readonly bool _frequenciesInUpdates;
    private readonly int _tasks;
    private readonly int[]? _trainedPlaces;
    private readonly int[]? _evaluatedPlaces;
    private readonly ReplaySampler _sampler;

    /// <summary>A learner before its first update.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="agent">The agent and the specification of its replay samples.</param>
    /// <param name="options">Element type and device of its tensors.</param>
    /// <param name="workers">Threads of the data-parallel update, disposed with it; null: none.</param>
    internal OffPolicyLearner(
        Experiment experiment, AnyAgent.OffPolicy agent, TensorOptions options, DataParallel? workers)
        : base(experiment, agent.agent, options, workers)
    {
        (_agent, _sample) = (agent.Description, agent.draws);
        (_frequenciesInUpdates, _tasks) = (experiment.Behaviour.FrequenciesInUpdates, NetworkTasks.Count(experiment));
        if (OptionModule.ToObj(NetworkTasks.Evaluated(experiment)) is { } evaluated)
            (_trainedPlaces, _evaluatedPlaces) = ([.. NetworkTasks.Trained(experiment)], [.. evaluated]);
        _sampler = new ReplaySampler(experiment, options, _agent.ObsSize);
    }

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
    public override void ActGreedily(ObservationRows observations, Span<float> actions) =>
        Act(State.ActGreedily, observations, actions, _evaluatedPlaces);

    /// <inheritdoc/>
    public override FSharpResult<FSharpList<RowStep>, string> RowLayers(int observation) =>
        PolicyRows.Of(State.RowLayers(), _agent.ObsSize, observation, _evaluatedPlaces);

    /// <summary>Draws a sample and performs an update.</summary>
    /// <param name="replay">The replay to draw from; not empty.</param>
    /// <param name="step">Environment steps of every task so far.</param>
    /// <returns>The measured metrics.</returns>
    /// <exception cref="MtrlException">A number is not finite, or a loss too large.</exception>
    internal Reading[] Update(TaskReplay replay, long step)
    {
        using var scope = torch.NewDisposeScope();
        var sample = _sampler.Sample(_sample, replay, Draws(), _frequenciesInUpdates ? Updates : step);
        return Advance(sample, step, $"update {Updates:N0} (step {step:N0})", !_sampler.IsFinite);
    }

    /// <summary>Whether the agent infers tasks from transitions.</summary>
    internal bool CanAdapt => State.CanAdapt;

    /// <summary>Adapts the greedy policy to tasks by encodings inferred from their transitions; networks stay as they
    /// are.</summary>
    /// <param name="transitions">Transitions of all tasks of the networks; tasks without transitions keep their encoding.</param>
    /// <exception cref="InvalidOperationException">The agent infers no task encodings.</exception>
    internal void Adapt(TaskReplay transitions)
    {
        using var scope = torch.NewDisposeScope();
        var sample = _sampler.Whole(_sample, transitions, Draws("adapt"));
        Replace(
            OptionModule.ToObj(State.Adapt(sample)) ?? throw new InvalidOperationException("The agent infers no task encodings."));
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
        var key = KeyModule.At(count, Draws("adapt"));
        if (OptionModule.ToObj(State.Adapt(_sampler.Context(context, transitions, key))) is not { } adapted)
            return false;
        Replace(adapted);
        return true;
    }

    private protected override IEnumerable<Tuple<string, Tensor>> NamedOf(ReplaySample sample) => SampleTensors.OfReplay(sample);

    private protected override ReplaySample? OnlyTask(ReplaySample sample, int task) =>
        OptionModule.ToObj(SampleTensors.OnlyTask(task, sample));

    private protected override ReplaySample SampleOf(IReadOnlyDictionary<string, Tensor> bundle) =>
        SampleTensors.ToReplay(bundle, Placed);

    private Func<Tensor, Tensor> Exploring(Key noise) => rows => State.Act(
        rows, Draw.Normal(Options, noise, [_agent.Groups, _tasks / _agent.Groups, _agent.NoiseSize]));

    private void Act(
        Func<Tensor, Tensor> policy, ObservationRows observations, Span<float> actions, int[]? places) =>
        PolicyInference.Act(
            rows => policy(Placed(rows)),
            [_agent.Groups, _tasks / _agent.Groups, _agent.ObsSize], _agent.ActionSize, observations, actions, places);
}
