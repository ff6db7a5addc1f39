using MtrlFunctional.Tasks;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Sampling;

/// <summary>Properties of an iteration's episodes: independent of scheduling.</summary>
public class EpisodeSamplerTests
{
    private const int Horizon = 12;
    private const int ReachHorizon = 80;
    private static readonly string[] _tasks = ["reach-v3", "push-v3", "drawer-close-v3"];

    [Test]
    public void EachTaskHasAsManyWholeEpisodesInItsOwnPlace()
    {
        using var scope = torch.NewDisposeScope();
        using var sampler = Sampler(threads: 2);
        var sampled = Sample(sampler, iteration: 0);
        var obs = sampled.Episodes.Obs;
        Assert.That(obs.shape, Is.EqualTo(new long[] { 3, 5, Horizon, 42 }));
        Assert.That(sampled.Episodes.Lengths, Is.All.EqualTo(Horizon));
        Assert.That(sampled.Episodes.Terminal, Is.All.False);
        Assert.That(sampled.Tasks, Is.EqualTo(Enumerable.Range(0, 15).Select(i => i / 5)));
        Assert.That(sampled.Played.Select(episodes => episodes.Single().Steps), Is.All.EqualTo(Horizon));
        var numbers = obs.ToFloats();
        for (var row = 0; row < numbers.Length / 42; row++)
            for (var task = 0; task < 3; task++)
                Assert.That(numbers[(row * 42) + 39 + task], Is.EqualTo(row / (5 * Horizon) == task ? 1f : 0f));
    }

    [Test]
    public void EpisodesAreCutBeforeTheHorizonWhereTheyShallBe()
    {
        using var scope = torch.NewDisposeScope();
        using var cut = new EpisodeSampler(Small(2, "agent.on_policy.episode_length=7"), 2, Extensions.None);
        using var whole = new EpisodeSampler(Small(2, "env.horizon=7"), 2, Extensions.None);
        var (found, wanted) = (Sample(cut, iteration: 1), Sample(whole, iteration: 1));
        Assert.That(found.Episodes.Lengths, Is.All.EqualTo(7));
        AssertSame(found, wanted);
    }

    [Test]
    public void EpisodesEndSomeStepsAfterTheirFirstSuccess()
    {
        using var scope = torch.NewDisposeScope();
        var (whole, atOnce, later) = (Reaching(null), Reaching(0), Reaching(3));
        var (size, width) = (ReachHorizon, (int)whole.Episodes.Obs.shape[3]);
        Assert.That(whole.Episodes.Lengths, Is.All.EqualTo(size));
        Assert.That(atOnce.Episodes.Lengths, Is.All.InRange(2, size - 4), "each reaches its goal");
        Assert.That(later.Episodes.Lengths, Is.EqualTo(atOnce.Episodes.Lengths.Select(length => length + 3)));
        Assert.That(later.Episodes.Terminal, Is.All.False);
        Assert.That(atOnce.Played.Select(episodes => episodes.Single()), Is.All.Matches<RunningEpisode>(played => played is { Ever: 1, AtEnd: 1 }));
        Assert.That(later.StepsLeftOut, Is.EqualTo(later.Episodes.Lengths.Sum(length => size - length)));
        Assert.That(whole.StepsLeftOut, Is.Zero);
        var (rewards, wanted) = (later.Episodes.Reward.ToFloats(), whole.Episodes.Reward.ToFloats());
        var (last, obs) = (later.Episodes.LastObs.ToFloats(), whole.Episodes.Obs.ToFloats());
        foreach (var (row, length) in later.Episodes.Lengths.Index())
        {
            Assert.That(rewards.AsSpan(row * size, length).SequenceEqual(wanted.AsSpan(row * size, length)));
            Assert.That(last.AsSpan(row * width, width).SequenceEqual(obs.AsSpan(((row * size) + length) * width, width)));
        }
    }

    [Test]
    public void NoiseIsCorrelatedWithThatOfTheStepBefore()
    {
        using var scope = torch.NewDisposeScope();
        float[] Noise(string correlation)
        {
            using var sampler = new EpisodeSampler(Small(2, $"agent.on_policy.noise_correlation={correlation}"), 2, Extensions.None);
            return (sampler.Sample(0, new((_, noise) => noise), 4, _ => { }, CancellationToken.None).Episodes.Action).ToFloats();
        }

        var (plain, found) = (Noise("0"), Noise("0.8"));
        for (var i = 0; i < plain.Length; i++)
        {
            var wanted = i % (Horizon * 4) < 4 ? plain[i] : (0.8f * found[i - 4]) + (0.6f * plain[i]);
            Assert.That(found[i], Is.EqualTo(wanted).Within(1e-6f), $"{i}");
        }
    }

    [Test]
    public void ATaskHasTheEpisodesThatItIsAllotted()
    {
        using var scope = torch.NewDisposeScope();
        using var sampler = new EpisodeSampler(Small(2, "agent.on_policy.min_episodes=1"), 2, Extensions.None);
        int[] played = [1, 4, 10];
        SampledEpisodes Of(int[] counts) => sampler.Sample(
            SamplingPlanModule.Allotted(counts, sampler.PlanOf(0)), 0, new(Policy), 4, _ => { }, CancellationToken.None);
        var (all, some) = (Of([10, 10, 10]), Of(played));
        Assert.That(sampler.PlanOf(0).Played, Is.All.EqualTo(5));
        Assert.That(some.Episodes.Lengths, Is.EqualTo(Enumerable.Range(0, 30).Select(row => row % 10 < played[row / 10] ? Horizon : 0)));
        Assert.That(some.Played, Is.EqualTo(all.Played.Select((episodes, row) => row % 10 < played[row / 10] ? episodes : [])));
        Assert.That(some.StepsLeftOut, Is.Zero);
        Assert.That(some.UnstableSteps, Is.Zero);
        var pairs = new[] { (all.Episodes.Obs, some.Episodes.Obs), (all.Episodes.Action, some.Episodes.Action), (all.Episodes.LastObs, some.Episodes.LastObs) };
        foreach (var (whole, part) in pairs)
        {
            var (wanted, found) = (whole.ToFloats(), part.ToFloats());
            for (var (row, size) = (0, wanted.Length / 30); row < 30; row++)
                if (row % 10 < played[row / 10])
                    Assert.That(found.AsSpan(row * size, size).SequenceEqual(wanted.AsSpan(row * size, size)));
                else
                    Assert.That(found.AsSpan(row * size, size).ContainsAnyExcept(0f), Is.False);
        }
    }

    [Test]
    public void AnIterationDependsNeitherOnThreadsNorOnEarlierOnes([Values(2, 7)] int threads)
    {
        using var scope = torch.NewDisposeScope();
        using var alone = Sampler(threads: 1);
        using var together = Sampler(threads);
        for (var iteration = 0; iteration < 3; iteration++)
            Sample(together, iteration);
        AssertSame(Sample(together, iteration: 4), Sample(alone, iteration: 4));
    }

    [Test]
    public void AnEpisodeIsWhatItsActionsDoInAnEnvironment()
    {
        using var scope = torch.NewDisposeScope();
        var experiment = Small(2);
        using var sampler = new EpisodeSampler(experiment, 2, Extensions.None);
        var sampled = Sample(sampler, iteration: 2);
        var (obs, last) = (sampled.Episodes.Obs.ToFloats(), sampled.Episodes.LastObs.ToFloats());
        var (action, reward) = (sampled.Episodes.Action.ToFloats(), sampled.Episodes.Reward.ToFloats());

        // Goals are drawn for each slot; slots are ordered copy by copy, each with all tasks.
        using var played = ExperimentEnvironments.Create(
            experiment, evaluate: false, 1, Extensions.None.Family(experiment, evaluate: false), copies: 5);
        played.ResetTo(2);
        for (var t = 0; t < Horizon; t++)
        {
            var all = new float[15 * 4];
            for (var slot = 0; slot < 15; slot++)
            {
                var row = (Episode(slot) * Horizon) + t;
                Assert.That(
                    obs.AsSpan(row * 42, 39).ToArray(), Is.EqualTo(played.Observations.Slice(slot * 39, 39).ToArray()));
                for (var k = 0; k < 4; k++)
                    all[(slot * 4) + k] = Math.Clamp(action[(row * 4) + k], -1f, 1f);
            }

            played.Step(all);
            for (var slot = 0; slot < 15; slot++)
                Assert.That(reward[(Episode(slot) * Horizon) + t], Is.EqualTo(played.Rewards[slot]));
        }

        for (var slot = 0; slot < 15; slot++)
        {
            Assert.That(
                last.AsSpan(Episode(slot) * 42, 39).ToArray(),
                Is.EqualTo(played.NextObservations.Slice(slot * 39, 39).ToArray()));
            Assert.That(sampled.Played[Episode(slot)][0].Return, Is.EqualTo(played.Returns[slot]).Within(1e-4));
        }

        static int Episode(int slot) => (slot % 3 * 5) + (slot / 3);
    }

    [Test]
    public void WhereTasksTakeTurnsTheFirstOnesComeFirst()
    {
        using var scope = torch.NewDisposeScope();
        using var sampler = new EpisodeSampler(
            Small(2, "behaviour.equal_episodes_per_task=False", "agent.on_policy.workers=2", "agent.on_policy.std_per_task=False"), 2,
            Extensions.None);
        var (first, second) = (Sample(sampler, 0), Sample(sampler, 1));
        // 168 steps are 14 episodes; two workers visit three tasks in turn.
        Assert.That(first.Tasks, Is.EqualTo(new[] { 0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2, 0, 0 }));
        Assert.That(second.Tasks.Take(4), Is.EqualTo(new[] { 1, 1, 2, 2 }));
        Assert.That(first.Episodes.Obs.shape, Is.EqualTo(new long[] { 1, 14, Horizon, 42 }));
    }

    [Test]
    public void AStepThatFailsEndsItsEpisodeAndCountsForNothing()
    {
        using var scope = torch.NewDisposeScope();
        using var sampler = Sampler(threads: 2);

        // No number is an action: the first step of every episode fails.
        var sampled = sampler.Sample(
            0, new((obs, noise) => noise.Plus(double.NaN)), 4, _ => { }, CancellationToken.None);
        Assert.That(sampled.Episodes.Lengths, Is.All.Zero);
        Assert.That(sampled.UnstableSteps, Is.EqualTo(15));
        Assert.That(sampled.Episodes.Action.ToFloats(), Is.All.Zero);
        Assert.That(sampled.Episodes.Obs.ToFloats(), Is.All.Zero);
    }

    /// <summary>Episodes of reach in which the hand moves to the goal; they end that many steps after a success.</summary>
    private static SampledEpisodes Reaching(int? after)
    {
        using var sampler = new EpisodeSampler(
            Small(2, "env.tasks=[reach-v3]", $"env.horizon={ReachHorizon}", $"agent.on_policy.steps_after_success={after?.ToString(CultureInfo.InvariantCulture) ?? "null"}"),
            2, Extensions.None);
        return sampler.Sample(0, new(ToGoal), 4, _ => { }, CancellationToken.None);

        static Tensor ToGoal(Tensor observations, Tensor noise)
        {
            var way = observations.narrow(2, 36, 3).sub(observations.narrow(2, 0, 3));
            return torch.cat([way.Times(10), noise.Times(0).narrow(2, 0, 1)], 2);
        }
    }

    private static EpisodeSampler Sampler(int threads) => new(Small(threads), threads, Extensions.None);

    /// <summary>A noisy function of the observation.</summary>
    private static Tensor Policy(Tensor observations, Tensor noise) =>
        observations.narrow(2, 0, 4).Times(0.5).add(noise);

    private static SampledEpisodes Sample(EpisodeSampler sampler, long iteration) =>
        sampler.Sample(iteration, new(Policy), 4, _ => { }, CancellationToken.None);

    private static void AssertSame(SampledEpisodes found, SampledEpisodes wanted) => Assert.Multiple(() =>
    {
        Assert.That(found.Episodes.Obs.ToFloats(), Is.EqualTo(wanted.Episodes.Obs.ToFloats()));
        Assert.That(found.Episodes.Action.ToFloats(), Is.EqualTo(wanted.Episodes.Action.ToFloats()));
        Assert.That(found.Episodes.Reward.ToFloats(), Is.EqualTo(wanted.Episodes.Reward.ToFloats()));
        Assert.That(found.Episodes.LastObs.ToFloats(), Is.EqualTo(wanted.Episodes.LastObs.ToFloats()));
        Assert.That(found.Played, Is.EqualTo(wanted.Played));
    });

    private static Experiment Small(int threads, params string[] words) => ExperimentBuilder.Resolve(
    [
        "env=metaworld-mt10", "agent=mtppo", "setup.seed=1", $"setup.threads={threads}", $"env.horizon={Horizon}",
        $"env.tasks=[{string.Join(',', _tasks)}]", "agent.on_policy.batch_size=168", "agent.on_policy.minibatch_size=24", .. words,
    ]);
}
