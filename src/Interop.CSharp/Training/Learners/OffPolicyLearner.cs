using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using MtrlFunctional.Replay;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>The learner of an off-policy agent: batches of a replay, and actions in tasks.</summary>
internal sealed class OffPolicyLearner : AgentLearner<ReplaySample>
{
    private readonly bool _frequenciesInUpdates;
    private readonly int[]? _trainedPlaces;
    private readonly ReplaySampler _sampler;

    /// <summary>A learner before its first update; the threads of its updates are disposed with it.</summary>
    internal OffPolicyLearner(
        Experiment experiment, AnyAgent.OffPolicy agent, TensorOptions options, DataParallel? workers)
        : base(experiment, agent.agent, NetworkTasks.Count(experiment), options, workers)
    {
        _frequenciesInUpdates = experiment.Behaviour.FrequenciesInUpdates;
        if (OptionModule.ToObj(NetworkTasks.Evaluated(experiment)) is { } evaluated)
            (_trainedPlaces, EvaluatedPlaces) = ([.. NetworkTasks.Trained(experiment)], [.. evaluated]);
        _sampler = new ReplaySampler(experiment, options, agent.draws, Agent.ObsSize);
    }

    /// <summary>Samples an exploratory action in every task.</summary>
    /// <param name="observations">[training tasks * observations], task by task.</param>
    /// <param name="noise">Key of the noise.</param>
    /// <param name="actions">[training tasks * actions], filled; each in [−1, 1].</param>
    internal void Explore(ObservationRows observations, Key noise, Span<float> actions) =>
        Act(Exploring(noise), observations, actions, _trainedPlaces);

    /// <summary>As <see cref="Explore"/>, in every evaluated task.</summary>
    internal void ExploreEvaluated(ObservationRows observations, Key noise, Span<float> actions) =>
        Act(Exploring(noise), observations, actions, EvaluatedPlaces);

    public override void ActGreedily(ObservationRows observations, Span<float> actions) =>
        Act((_, rows) => State.ActGreedily(rows), observations, actions, EvaluatedPlaces);

    /// <summary>Draws a sample from a replay, which is not empty, and performs an update.</summary>
    /// <returns>The measured metrics.</returns>
    /// <exception cref="MtrlException">A number is not finite, or a loss too large.</exception>
    internal Reading[] Update(TaskReplay replay, long step)
    {
        using var scope = torch.NewDisposeScope();
        var sample = _sampler.Sample(replay, Draws(), _frequenciesInUpdates ? Updates : step);
        return Advance(sample, step, $"update {Updates:N0} (step {step:N0})", !_sampler.IsFinite);
    }

    internal bool CanAdapt => State.CanAdapt;

    /// <summary>Adapts the greedy policy to tasks by encodings inferred from their transitions; networks stay as they
    /// are.</summary>
    /// <param name="transitions">Transitions of all tasks of the networks; tasks without transitions keep their encoding.</param>
    /// <exception cref="InvalidOperationException">The agent infers no task encodings.</exception>
    internal void Adapt(TaskReplay transitions)
    {
        using var scope = torch.NewDisposeScope();
        var sample = _sampler.Whole(transitions, Draws("adapt"));
        Replace(
            OptionModule.ToObj(State.Adapt(sample)) ?? throw new InvalidOperationException("The agent infers no task encodings."));
    }

    /// <summary>Infers the tasks from transitions, if the agent infers tasks from contexts; networks stay as they are.</summary>
    /// <param name="transitions">
    /// Transitions of the tasks; a task without transitions has the encoding of the prior.
    /// </param>
    /// <param name="count">How often it adapted before: another number, other noise.</param>
    internal void AdaptContext(TaskReplay transitions, long count)
    {
        using var scope = torch.NewDisposeScope();
        if (_sampler.Context(transitions, KeyModule.At(count, Draws("adapt"))) is { } context
            && OptionModule.ToObj(State.Adapt(context)) is { } adapted)
            Replace(adapted);
    }

    private protected override IEnumerable<Tuple<string, Tensor>> NamedOf(ReplaySample sample) => SampleTensors.OfReplay(sample);

    private protected override FSharpOption<ReplaySample>? OnlyTask(int task, ReplaySample sample) => SampleTensors.OnlyTask(task, sample);

    private protected override ReplaySample SampleOf(IReadOnlyDictionary<string, Tensor> bundle) =>
        SampleTensors.ToReplay(bundle, Placed);

    private Func<int, Tensor, Tensor> Exploring(Key noise) => (_, rows) => State.Act(
        rows, Draw.Normal(Options, noise, [rows.shape[0], rows.shape[1], Agent.NoiseSize]));
}
