namespace MtrlFunctional.Training;

/// <summary>Adapts a policy to the tasks of its evaluation by transitions of each, with all networks frozen.</summary>
internal static class TaskInference
{
    /// <summary>Plays the greedy policy for some transitions of each task, then infers task encodings from them.</summary>
    internal static void OfTransitions(RunPolicy policy, int transitions, CancellationToken stop)
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
        using var played = new PlayedTransitions($"--infer-theta {transitions}", transitions, policy.Experiment, policy.Environments);
        played.PlaySteps(transitions, actions => learner.ActGreedily(policy.Environments.Rows, actions), stop);
        learner.Adapt(played.Replay);
    }

    /// <summary>Rejects a policy that does not infer its tasks from episodes.</summary>
    internal static void RequireContext(RunPolicy policy)
    {
        if (policy.Trained.Agent.Context.Method.IsGru)
            throw new MtrlException(
                $"{policy.Folder}: infers its task in each trial (agent.context.method=gru), from its first step on. Leave --adapt and --shots out.");
        if (AgentMemory.TryHistory(policy.Trained.Agent) is not null)
            throw new MtrlException(
                $"{policy.Folder}: finds out its task from the last steps of each episode. Leave --adapt and --shots out.");
        if (policy.Policy is not OffPolicyLearner || policy.Trained.Agent.Context.Method.IsNone)
            throw new MtrlException(
                $"{policy.Folder}: --adapt context needs a policy that infers its task from transitions, and this one was trained with "
                + "agent.context.method=none. Train with agent=state_sac agent.context.method=set.");
    }

    /// <summary>Discards inferred encodings, then infers the tasks by their context: all episodes that were played in them.
    /// Before each episode an encoding of each task is drawn from the belief so far, at first from the prior; the policy
    /// explores with it (posterior sampling, as in PEARL). Evaluations have the mean of the belief from all episodes; without
    /// episodes, of the prior.</summary>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    internal static void OfEpisodes(RunPolicy policy, int shots, VectorEnvironment environments, CancellationToken stop)
    {
        var learner = (OffPolicyLearner)policy.Policy;
        var exploration = KeyModule.ForPurpose("adapt", KeyModule.OfSeed(policy.Trained.Setup.SeedRef));
        using var played = PlayedTransitions.OfEpisodes(shots, policy.Experiment, environments);
        learner.AdaptContext(played.Replay, 0);
        for (var episode = 0; episode < shots; episode++)
        {
            var (noise, step) = (KeyModule.At(episode, exploration), 0);
            played.PlayEpisode(
                episode, actions => learner.ExploreEvaluated(environments.Rows, KeyModule.At(step++, noise), actions), stop);
            learner.AdaptContext(played.Replay, episode + 1);
        }
    }
}
