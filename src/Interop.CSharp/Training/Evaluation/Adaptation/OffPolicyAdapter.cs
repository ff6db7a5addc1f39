namespace MtrlFunctional.Training;

/// <summary>
/// Learns as in training, from a replay of its own: each step of the episodes has the run's number of updates, from the transitions
/// of the shots so far.
/// </summary>
internal sealed class OffPolicyAdapter : Adapter
{
    private readonly OffPolicyLearner _learner;
    private readonly UpdateSchedule _schedule;
    private readonly Key _exploration;

    /// <inheritdoc cref="Adapter(RunPolicy, ILearner, AdaptationMethod)"/>
    internal OffPolicyAdapter(RunPolicy policy, OffPolicyLearner learner, AdaptationMethod method)
        : base(policy, learner, method)
    {
        _learner = learner;
        _schedule = new UpdateSchedule(0, policy.Trained.Schedule.UpdatesPerStep);
        _exploration = KeyModule.ForPurpose("adapt", KeyModule.OfSeed(policy.Trained.Setup.SeedRef));
    }

    /// <inheritdoc/>
    private protected override void LearnFrom(int shots, FamilyOf families, CancellationToken stop)
    {
        using var environments = ExperimentEnvironments.Create(
            Policy.Experiment, ExperimentEnvironments.Evaluate, Policy.Threads,
            families: (experiment, _) => families(experiment, evaluate: true));
        using var played = new PlayedTransitions(
            Policy.Experiment, environments, PlayedTransitions.CapacityFor(shots, environments), Policy.Rewards);
        var step = 0L;
        for (var episode = 0; episode < shots; episode++)
            played.PlayEpisode(episode, actions =>
            {
                _learner.ExploreEvaluated(environments.Rows, KeyModule.At(step, _exploration), actions);
                for (var i = UpdateScheduleModule.UpdatesAt(step, played.Replay.Count, _schedule); i > 0; i--)
                    _learner.Update(played.Replay, step);
                step++;
            }, stop);
    }
}
