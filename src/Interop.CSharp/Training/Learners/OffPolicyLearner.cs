using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>The learner of an off-policy agent: batches of a replay, and actions in tasks.</summary>
internal sealed class OffPolicyLearner : AgentLearner<ReplaySample>
{
    /// <summary>A learner before its first update; the threads of its updates are disposed with it.</summary>
    internal OffPolicyLearner(
        Experiment experiment, AnyAgent.OffPolicy agent, TensorOptions options, DataParallel? workers)
        : base(
            () => LearnerModule.Start(experiment, agent.agent, SampleForm.Replay, options), NetworkTasks.Count(experiment), workers) =>
        Sampling = new ReplaySampling(experiment, agent.draws, options, Agent.ObsSize);

    internal ReplaySampling Sampling { get; }

    /// <summary>Samples an exploratory action in every evaluated task.</summary>
    /// <param name="observations">[tasks * observations], task by task.</param>
    /// <param name="noise">Key of the noise.</param>
    /// <param name="actions">[tasks * actions], filled; each in [−1, 1].</param>
    internal void ExploreEvaluated(ObservationRows observations, Key noise, Span<float> actions) =>
        Act((_, rows) => LearnerModule.Explore(noise, rows, Value), observations, actions, EvaluatedPlaces);

    public override void ActGreedily(ObservationRows observations, Span<float> actions) =>
        Act((_, rows) => State.ActGreedily(rows), observations, actions, EvaluatedPlaces);

    /// <summary>Draws a sample from a replay, which is not empty, and performs an update.</summary>
    /// <inheritdoc cref="AgentLearner{TSample}.Accept"/>
    internal Reading[] Update(IReplay replay, long step) =>
        Update(step, () => ReplaySamplingModule.Update(Sampling, replay, step, Value));

    internal bool CanAdapt => State.CanAdapt;

    /// <summary>Adapts the greedy policy to tasks by encodings inferred from their transitions; networks stay as they
    /// are.</summary>
    /// <param name="transitions">Transitions of all tasks of the networks; tasks without transitions keep their encoding.</param>
    internal void Adapt(IReplay transitions)
    {
        using var scope = torch.NewDisposeScope();
        if (!Replace(OptionModule.ToObj(ReplaySamplingModule.Adapt(Sampling, transitions, Value))))
            throw new InvalidOperationException("The agent infers no task encodings.");
    }

    /// <summary>Infers the tasks from transitions, if the agent infers tasks from contexts; networks stay as they are. A task
    /// without transitions has the encoding of the prior. Another number of adaptations before, other noise.</summary>
    internal void AdaptContext(IReplay transitions, long count)
    {
        using var scope = torch.NewDisposeScope();
        Replace(OptionModule.ToObj(ReplaySamplingModule.AdaptContext(Sampling, transitions, count, Value)));
    }
}
