using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Environments;

/// <summary>
/// A family of environments that is not Meta-World, with terminal states: tests vectors and samplers
/// for any family, and that MT-SAC and MT-PPO learn it.
/// </summary>
public sealed class CartPoleTests
{
    private const int Horizon = 200;

    private static readonly Extensions _extensions = new() { Environments = [new("cart-pole", () => new CartPoleFamily(Horizon))] };

    [Test]
    public void ATerminalStateIsNoTruncationAndLeavesTheTrueLastObservation()
    {
        using var environments = Vector(seed: 1);
        environments.Reset();
        var starts = environments.Observations.ToArray();
        while (!environments.Ended(0))
            environments.StepRunning(Push(environments, 0));
        Assert.That(environments.Terminated[0], Is.True);
        Assert.That(environments.Truncated[0], Is.False);
        Assert.That(Math.Abs(environments.NextObservations[2]), Is.GreaterThan(12 * MathF.PI / 180));
        Assert.That(environments.EpisodeSteps(0), Is.LessThan(Horizon));
        Assert.That(environments.Returns[0], Is.EqualTo(environments.EpisodeSteps(0)));
        var last = environments.NextObservations.ToArray();
        environments.ResetFinished();
        Assert.That(environments.NextObservations.ToArray(), Is.EqualTo(last));
        Assert.That(environments.Observations[..4].ToArray(), Is.Not.EqualTo(starts[..4]), "each episode starts elsewhere");
        Assert.That(environments.Terminated[0], Is.False);
        environments.ResetTo(0);
        Assert.That(environments.Observations.ToArray(), Is.EqualTo(starts), "the number of an episode names its start");
    }

    [Test]
    public void TerminalStatesReachTheReplayAndEachTaskCountsItsOwnEpisodes()
    {
        using var training = new OffPolicyTrainer(OffPolicy("experiment.init_steps=400"), null, _extensions);
        training.Begin();
        while (training.State.Step < 300)
            training.Advance(() => { }, CancellationToken.None);
        var ended = new int[2];
        for (var task = 0; task < 2; task++)
        {
            Transition[] stored = [.. training.Replay.Transitions(task)];
            Assert.That(stored, Has.Length.EqualTo(300));
            foreach (var transition in stored)
                Assert.That(IsFallen(transition.NextObs), Is.EqualTo(transition.Terminal));
            ended[task] = stored.Count(transition => transition.Terminal);
            // Each step gives a reward of 1.
            Assert.That(
                training.State.Interval[task].Return,
                Is.EqualTo((Array.FindLastIndex(stored, transition => transition.Terminal) + 1) / (double)ended[task]).Within(1e-9));
            Assert.That(training.State.Interval[task].Ever, Is.NaN, "the task defines no success");
        }

        Assert.That(ended[0], Is.GreaterThan(ended[1]).And.GreaterThan(5), "a short pole falls sooner");
        Assert.That(training.State.Episodes, Is.EqualTo((ended[0] + ended[1]) / 2));
    }

    [Test]
    public void EpisodesThatFollowTerminalStatesFillTheRows()
    {
        using var scope = torch.NewDisposeScope();
        using var sampler = new EpisodeSampler(OnPolicy(), 1, _extensions);
        var sampled = sampler.Sample(0, new((_, noise) => noise), EnvironmentSpecModule.ActionSize(sampler.Spec), _ => { }, CancellationToken.None);
        var episodes = sampled.Episodes;
        var (obs, last, reward) = (episodes.Obs.ToFloats(), episodes.LastObs.ToFloats(), episodes.Reward.ToFloats());
        var width = (int)episodes.Obs.shape[3];
        var returns = new List<double>();
        Assert.That(episodes.Lengths, Is.All.EqualTo(Horizon));
        Assert.That(reward, Is.All.EqualTo(1));
        for (var e = 0; e < episodes.Lengths.Length; e++)
        {
            var restarts = episodes.Restarts[e];
            Assert.That(restarts, Is.Not.Empty, "noise does not balance a pole for a whole row");
            Assert.That(IsFallen(last.AsSpan(e * width, 4)), Is.EqualTo(episodes.Terminal[e]));
            for (var t = 0; t < Horizon; t++)
                Assert.That(IsFallen(obs.AsSpan(((e * Horizon) + t) * width, 4)), Is.False);
            foreach (var first in restarts)
                for (var k = 0; k < 4; k++)
                    Assert.That(Math.Abs(obs[(((e * Horizon) + first) * width) + k]), Is.LessThanOrEqualTo(0.05f));
            int[] borders = [0, .. restarts, Horizon];
            returns.AddRange(borders.Zip(borders.Skip(1), (first, next) => (double)(next - first))
                .Take(restarts.Length + (episodes.Terminal[e] ? 1 : 0)));
        }

        Assert.That(sampled.Played.SelectMany(row => row).Select(played => played.Return), Is.EqualTo(returns));
        Assert.That(episodes.Restarts.Select(r => r[0]).Distinct().Count(), Is.GreaterThan(1));
    }

    [Test, Category(LongForm.Only)]
    public void MtSacLearnsToBalance()
    {
        using var trainer = new OffPolicyTrainer(OffPolicy(), null, _extensions);
        AssertLearns(trainer, () => trainer.State.Step < 2_500);
    }

    [Test, Category(LongForm.Only)]
    public void MtPpoLearnsToBalance()
    {
        using var trainer = new OnPolicyTrainer(OnPolicy(), null, _extensions);
        AssertLearns(trainer, () => trainer.Learner.Updates < 25);
    }

    private static void AssertLearns(Trainer trainer, Func<bool> isTraining)
    {
        double Evaluate() => Evaluator.Run(trainer.Learner, trainer.EvaluationEnvironments!, 10, 0).Return;
        var before = Evaluate();
        trainer.Begin();
        while (isTraining())
            trainer.Advance(() => { }, CancellationToken.None);
        var after = Evaluate();
        TestContext.Out.WriteLine($"return {before:N1} before, {after:N1} after");

        // Untrained and random policies fall after 10 to 40 steps.
        Assert.That(before, Is.LessThan(60));
        Assert.That(after, Is.GreaterThan(120));
    }

    private static VectorEnvironment Vector(long seed) =>
        new(new CartPoleFamily(Horizon), new VectorEnvironmentOptions { Seed = seed });

    private static Experiment OffPolicy(params string[] words) => Resolve(
    [
        "agent=state_sac", "experiment.init_steps=300", "agent.actor.num_layers=2", "agent.actor.hidden_dim=64",
        "replay_buffer.batch_size=128", "replay_buffer.capacity=20000", "agent.optimizers.actor.lr=0.001", .. words,
    ]);

    private static Experiment OnPolicy() => Resolve(
    [
        "agent=mtppo", "agent.actor.hidden_dim=32", "agent.on_policy.batch_size=4000", "agent.on_policy.minibatch_size=500",
        "agent.optimizers.actor.lr=0.001",
        "experiment.num_train_steps=100000",
    ]);

    private static Experiment Resolve(params string[] words) => ExperimentBuilder.Resolve(
        _extensions,
        ["env=own/cart-pole", "env.reward_normalization=none", "setup.seed=1", "setup.threads=1", "setup.device=cpu", .. words]);

    private static bool IsFallen(ReadOnlySpan<float> observation) =>
        Math.Abs(observation[0]) > 2.4f || Math.Abs(observation[2]) > (float)(12 * Math.PI / 180);

    /// <summary>Actions of step n; at step 0, all to the right.</summary>
    private static float[] Push(VectorEnvironment environments, int n) =>
        [.. Enumerable.Range(0, environments.Count).Select(i => MathF.Cos(n * i * 0.1f))];
}
