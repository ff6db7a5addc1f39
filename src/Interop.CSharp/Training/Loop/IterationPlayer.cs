using MtrlFunctional.Sampling;

namespace MtrlFunctional.Training;

/// <summary>Plays the rounds of an iteration: each but the first by policies adapted to the rounds before.</summary>
/// <param name="experiment">A resolved experiment.</param>
/// <param name="sampler">Plays a round.</param>
/// <param name="learner">Adapts.</param>
internal sealed class IterationPlayer(Experiment experiment, EpisodeSampler sampler, OnPolicyLearner learner)
{
    /// <summary>Plays an iteration.</summary>
    /// <param name="iteration">From 0.</param>
    /// <param name="player">The policy of the first round.</param>
    /// <param name="allot">The plan of a round with the episodes of each group.</param>
    /// <param name="stepped">As in <see cref="EpisodeSampler"/>.</param>
    /// <param name="stop">As in <see cref="EpisodeSampler"/>.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    internal SampledEpisodes Play(
        long iteration, Player player, Func<SamplingPlan, SamplingPlan> allot, Action<int> stepped, CancellationToken stop)
    {
        var count = SamplingPlanModule.Rounds(experiment);
        SampledEpisodes Round(Player by, int round)
        {
            var number = (iteration * count) + round;
            return sampler.Sample(
                allot(sampler.PlanOf(number)), number, by, learner.NoiseSize, stepped, stop, everywhere: round < count - 1);
        }

        List<SampledEpisodes> rounds = [Round(player, 0)];
        while (rounds.Count < count)
            rounds.Add(Round(learner.Adapted(SampledEpisodes.Together(rounds).Episodes)!.Exploring, rounds.Count));
        return SampledEpisodes.Together(rounds);
    }
}
