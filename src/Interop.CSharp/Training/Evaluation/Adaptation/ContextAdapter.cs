namespace MtrlFunctional.Training;

/// <summary>
/// Adapts a policy to tasks by their context: all episodes that were played in them. Networks stay as they are. Before each episode
/// an encoding of each task is drawn from the belief so far, at first from the prior; the policy explores with it (posterior
/// sampling, as in PEARL). Evaluations have the mean of the belief from all episodes.
/// </summary>
internal sealed class ContextAdapter
{
    private readonly RunPolicy _policy;
    private readonly OffPolicyLearner _learner;
    private readonly Key _exploration;

    /// <summary>An adapter of a policy.</summary>
    /// <param name="policy">The policy of a run; its learner is changed.</param>
    /// <exception cref="MtrlException">Its agent infers no tasks from contexts.</exception>
    internal ContextAdapter(RunPolicy policy)
    {
        if (policy.Trained.Agent.Context.Method.IsGru)
            throw new MtrlException(
                $"{policy.Folder}: infers its task in each trial (agent.context.method=gru), from its first step on. Leave --adapt and --shots out.");
        if (AgentMemory.TryHistory(policy.Trained.Agent) is not null)
            throw new MtrlException(
                $"{policy.Folder}: finds out its task from the last steps of each episode. Leave --adapt and --shots out.");
        _policy = policy;
        _learner = policy.Policy is OffPolicyLearner learner && !policy.Trained.Agent.Context.Method.IsNone
            ? learner
            : throw new MtrlException(
                $"{policy.Folder}: --adapt context needs a policy that infers its task from transitions, and this one was trained with "
                + "agent.context.method=none. Train with agent=state_sac agent.context.method=set.");
        _exploration = KeyModule.ForPurpose("adapt", KeyModule.OfSeed(policy.Trained.Setup.SeedRef));
    }

    /// <summary>Discards inferred encodings, then infers the tasks from episodes of each.</summary>
    /// <param name="shots">Episodes of each task; with 0, encodings are the mean of the prior.</param>
    /// <param name="environments">Environments of as many tasks as the policy's evaluation; played.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    internal void Learn(int shots, VectorEnvironment environments, CancellationToken stop)
    {
        using var played = new PlayedTransitions(
            _policy.Experiment, environments, PlayedTransitions.CapacityFor(shots, environments));
        _learner.AdaptContext(played.Replay, 0);
        for (var episode = 0; episode < shots; episode++)
        {
            var (noise, step) = (KeyModule.At(episode, _exploration), 0);
            played.PlayEpisode(
                episode, actions => _learner.ExploreEvaluated(environments.Rows, KeyModule.At(step++, noise), actions), stop);
            _learner.AdaptContext(played.Replay, episode + 1);
        }
    }
}
