namespace MtrlFunctional.Tests.Training;

/// <summary>Which steps of an evaluated trial have noise, and which.</summary>
public class TrialActorTests
{
    private const int Steps = 5, Exploration = 2, Episodes = 3;

    [Test]
    public void EpisodesOfExplorationHaveNoiseAndTheOthersNone()
    {
        var (explores, _) = Played(correlation: 0);
        Assert.That(explores, Is.EqualTo(Enumerable.Range(0, Steps * Episodes).Select(t => t < Exploration * Steps)));
    }

    [Test]
    public void NoiseIsCorrelatedAsInTraining()
    {
        const double Rho = 0.8;
        var (fresh, correlated) = (Played(correlation: 0).Noise, Played(Rho).Noise);
        Assert.That(correlated[0], Is.EqualTo(fresh[0]), "the first step of a trial follows none");
        for (var t = 1; t < fresh.Length; t++)
            Assert.That(correlated[t], Is.EqualTo((Rho * correlated[t - 1]) + (0.6 * fresh[t])).Within(1e-5), $"step {t}");
    }

    /// <summary>Of each step of a trial whether it has noise, and the noise of those that have.</summary>
    private static (bool[] Explores, float[] Noise) Played(double correlation)
    {
        using var environments = Environments();
        using var policy = new Recorded(correlation);
        var actor = TrialActor.Of(policy, environments);
        var actions = new float[environments.ActionSize];
        environments.ResetTo(1);
        for (var t = 0; t < Steps * Episodes; t++)
        {
            actor.ActGreedily(environments.Rows, actions);
            environments.Step(actions);
        }

        return ([.. policy.Explores], [.. policy.Noise]);
    }

    private static VectorEnvironment Environments() => ExperimentEnvironments.Create(
        ExperimentBuilder.Resolve(
        [
            "env=metaworld-ml1", "env.benchmark.env_name=reach", "agent=rl2", $"env.horizon={Steps}", "setup.seed=1",
            $"agent.rl2.episodes_per_trial={Episodes}", $"agent.rl2.exploration_episodes={Exploration}",
        ]),
        evaluate: true,
        threads: 1,
        Extensions.None);

    /// <summary>Stands still and records what it is given for the first number of an action.</summary>
    private sealed class Recorded(double correlation) : IExploringPolicy
    {
        public int NoiseSize => 4;

        public double NoiseCorrelation => correlation;

        public List<bool> Explores { get; } = [];

        public List<float> Noise { get; } = [];

        public void Act(ObservationRows observations, bool[] explores, float[] noise, Span<float> actions)
        {
            Explores.Add(explores[0]);
            if (explores[0])
                Noise.Add(noise[0]);
            actions.Clear();
        }

        public void ActGreedily(ObservationRows observations, Span<float> actions) => actions.Clear();

        public void Dispose()
        {
        }
    }
}
