using MtrlFunctional.Sampling;

namespace MtrlFunctional.Training;

/// <summary>
/// Learns in iterations of as many episodes as an iteration of the run; the last has the rest. After each, the agent
/// updates once, at the learning rate of the start of a run.
/// </summary>
internal sealed class OnPolicyAdapter : Adapter
{
    /// <summary>
    /// The first iteration of adaptation. Iterations of training count from 0, so that adaptation has other noise.
    /// </summary>
    private const long FirstIteration = 1_000_000;

    private readonly OnPolicyLearner _learner;

    /// <inheritdoc cref="Adapter(RunPolicy, ILearner, AdaptationMethod)"/>
    internal OnPolicyAdapter(RunPolicy policy, OnPolicyLearner learner, AdaptationMethod method)
        : base(policy, learner, method) => _learner = learner;

    /// <inheritdoc/>
    private protected override void LearnFrom(int shots, FamilyOf families, CancellationToken stop)
    {
        var whole = Math.Min(shots, SamplingPlanModule.EpisodesOfTask(Policy.Trained));
        for (var (left, iteration) = (shots, FirstIteration); left > 0; left -= whole, iteration++)
            LearnFrom(iteration, Math.Min(whole, left), families, stop);
    }

    private void LearnFrom(long iteration, int episodes, FamilyOf families, CancellationToken stop)
    {
        using var scope = torch.NewDisposeScope();
        using var sampler = new EpisodeSampler(
            EvaluatedTasks.WithEpisodes(episodes, Policy.Experiment), Policy.Threads,
            (experiment, _) => families(experiment, evaluate: true));
        var sampled = sampler.Sample(iteration, _learner.BehaviourPolicies[^1], _learner.NoiseSize, _ => { }, stop);
        _learner.Update(0, sampled.Episodes, progress: 0);
    }
}
