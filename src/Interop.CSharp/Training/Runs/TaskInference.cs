using Microsoft.FSharp.Core;
using MtrlFunctional.Environments;
using MtrlFunctional.Experiments;
using MtrlFunctional.Replay;

namespace MtrlFunctional.Training;

/// <summary>Adapts a policy to the tasks of its evaluation by a few transitions of each: the greedy policy plays, then
/// task encodings are inferred from what it met, with all networks frozen.</summary>
internal static class TaskInference
{
    /// <summary>Episodes of an evaluation begin at 0 and go up: those that are played here are others.</summary>
    private const int FirstEpisode = 1_000_000;

    /// <summary>Plays and adapts.</summary>
    /// <param name="policy">Its learner is changed.</param>
    /// <param name="transitions">Of each task, at least 1.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="MtrlException">The agent infers no task encodings, or its rewards are normalised.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    internal static void Adapt(RunPolicy policy, int transitions, CancellationToken stop)
    {
        if (!policy.Experiment.Environment.RewardNormalization.IsNone)
            throw new MtrlException(
                "Task encodings are inferred from rewards as the environments give them; this run was trained with "
                + "env.reward_normalization.");
        using var replay = Collect(policy, transitions, stop);
        if (policy.Learner is not OffPolicyLearner learner || !learner.Adapt(replay))
            throw new MtrlException(
                "The agent of this run infers no task encodings. Agents with a task encoder and a transition "
                + "model do: agent=hipbmdp, or agent=state_deepmdp with agent.multitask.should_use_task_encoder=True.");
    }

    private static TaskReplay Collect(RunPolicy policy, int transitions, CancellationToken stop)
    {
        var (environments, experiment) = (policy.Environments, policy.Experiment);
        var places = OptionModule.ToObj(NetworkTasks.Evaluated(experiment))?.ToArray()
            ?? [.. Enumerable.Range(0, environments.Count)];
        if (places.Length > NetworkTasks.Count(experiment))
            throw new MtrlException(
                $"{environments.Count} tasks are evaluated, and the networks have {NetworkTasks.Count(experiment)}.");
        var replay = new TaskReplay(new ReplayShape
        {
            Tasks = NetworkTasks.Count(experiment),
            Observation = ObservationLayout.Of(environments.Spec),
            ActionWidth = environments.ActionSize,
            CapacityPerTask = transitions,
            EpisodeLength = environments.Spec.Horizon,
        });
        var actions = new float[environments.Count * environments.ActionSize];
        environments.ResetTo(FirstEpisode);
        for (var i = 0; i < environments.Count; i++)
            replay.BeginEpisode(places[i], environments.Rows.Row(i, environments.ObservationSize));
        for (var step = 0; step < transitions; step++)
        {
            stop.ThrowIfCancellationRequested();
            policy.Learner.ActGreedily(environments.Rows, actions);
            environments.Step(actions);
            for (var i = 0; i < environments.Count; i++)
                Store(i);
            bool[] ended = [.. Enumerable.Range(0, environments.Count).Select(environments.Ended)];
            environments.ResetFinished();
            for (var i = 0; i < environments.Count; i++)
                if (ended[i])
                    replay.BeginEpisode(places[i], environments.Rows.Row(i, environments.ObservationSize));
        }

        return replay;

        void Store(int i)
        {
            if (environments.Unstable[i])
                replay.AbandonEpisode(places[i]);
            else
                replay.Add(
                    places[i],
                    actions.AsSpan(i * environments.ActionSize, environments.ActionSize),
                    (float)environments.Rewards[i],
                    environments.NextRows.Row(i, environments.ObservationSize),
                    environments.Terminated[i]);
        }
    }
}
