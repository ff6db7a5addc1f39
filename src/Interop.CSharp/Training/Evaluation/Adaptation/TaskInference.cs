namespace MtrlFunctional.Training;

/// <summary>
/// Adapts a policy to the tasks of its evaluation by a few transitions of each: the greedy policy plays, then task
/// encodings are inferred from its transitions, with all networks frozen.
/// </summary>
internal static class TaskInference
{
    /// <summary>Plays and adapts.</summary>
    /// <param name="policy">Its learner is changed.</param>
    /// <param name="transitions">Transitions of each task, at least 1.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="MtrlException">The agent infers no task encodings, or its rewards are normalised.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    internal static void Adapt(RunPolicy policy, int transitions, CancellationToken stop)
    {
        if (!policy.Experiment.Environment.RewardNormalization.IsNone)
            throw new MtrlException(
                $"{policy.Folder}: task encodings are inferred from rewards as the environments give them; this run was trained with "
                + "env.reward_normalization. Leave --infer-theta out.");
        if (policy.Trained.Agent.Context.Method.IsSet)
            throw new MtrlException(
                $"{policy.Folder}: its tasks are inferred from whole episodes: --adapt context --shots 1.");
        if (policy.Policy is not OffPolicyLearner { CanAdapt: true } learner)
            throw new MtrlException(
                $"{policy.Folder}: its agent infers no task encodings: leave --infer-theta out. Agents with a task encoder and a transition "
                + "model do: agent=hipbmdp, or agent=state_deepmdp with agent.multitask.should_use_task_encoder=True.");
        using var played = Collect(policy, transitions, stop);
        learner.Adapt(played.Replay);
    }

    private static PlayedTransitions Collect(RunPolicy policy, int transitions, CancellationToken stop)
    {
        var environments = policy.Environments;
        var played = new PlayedTransitions(policy.Experiment, environments, transitions);
        try
        {
            var actions = new float[environments.Count * environments.ActionSize];
            environments.ResetTo(PlayedTransitions.FirstEpisode);
            for (var i = 0; i < environments.Count; i++)
                played.BeginEpisode(i);
            for (var step = 0; step < transitions; step++)
            {
                stop.ThrowIfCancellationRequested();
                policy.Policy.ActGreedily(environments.Rows, actions);
                environments.Step(actions);
                for (var i = 0; i < environments.Count; i++)
                    played.Store(i, actions);
                bool[] ended = [.. Enumerable.Range(0, environments.Count).Select(environments.Ended)];
                environments.ResetFinished();
                for (var i = 0; i < environments.Count; i++)
                    if (ended[i])
                        played.BeginEpisode(i);
            }

            return played;
        }
        catch
        {
            played.Dispose();
            throw;
        }
    }
}
