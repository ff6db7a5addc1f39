namespace MtrlFunctional.Tests.Environments;

/// <summary>Trials of an environment that counts: its observation is instance and step, an episode ends after four
/// steps.</summary>
public class TrialTests
{
    private static readonly Trial _trial = new(episodes: 3, exploration: 1);

    [Test]
    public void AnObservationHasTheActionBeforeItsRewardItsEndAndAMarkAtTheStart()
    {
        using var environment = Start(steps: 10);
        Assert.That(Observed(environment), Is.EqualTo(new float[] { 7, 0, 0, 0, 0, 0, 1 }), "instance, step, action, reward, end, mark");
        Step(environment, 0.5f, -0.25f);
        Assert.That(Observed(environment), Is.EqualTo(new float[] { 7, 1, 0.5f, -0.25f, 1, 0, 0 }));
        for (var n = 0; n < 3; n++)
            Step(environment, 1, 1);
        Assert.That(Observed(environment), Is.EqualTo(new float[] { 7, 0, 1, 1, 4, 1, 0 }), "the next episode of the same instance");
    }

    [Test]
    public void ATrialEndsAfterItsEpisodesHoweverLongTheyAre([Values(2, 4, 10)] int steps)
    {
        using var environment = Start(steps);
        var count = 0;
        while (environment.Status == EpisodeStatus.Running)
        {
            Step(environment, 0, 0);
            count++;
        }

        Assert.That(count, Is.EqualTo(3 * Math.Min(4, steps)));
        Assert.That(environment.Status, Is.EqualTo(EpisodeStatus.Terminated));
        Assert.That(environment.Episode, Is.EqualTo(2));
        Assert.That(() => Step(environment, 0, 0), Throws.InvalidOperationException);
    }

    /// <summary>Episodes after it may end at their first success.</summary>
    [Test]
    public void SuccessCountsAfterExploration([Values] bool countsEach)
    {
        using var environment = Start(steps: 4, countsEach: countsEach);
        var (counted, own) = (new List<bool?>(), new List<bool?>());
        while (environment.Status == EpisodeStatus.Running)
        {
            Step(environment, 0, 0);
            counted.Add(environment.Success);
            own.Add(environment.InEpisode);
        }

        bool?[] whole = [false, false, true, true];
        var later = countsEach ? whole[..3] : whole;
        Assert.That(own, Is.EqualTo((bool?[])[.. whole, .. later, .. later]));
        Assert.That(counted, Is.EqualTo((bool?[])[false, false, false, false, .. later, .. later]));
        Assert.That(environment.Status, Is.EqualTo(EpisodeStatus.Terminated));
    }

    [Test]
    public void EpisodesOfATrialHaveOneInstanceAndKeysOfTheirOwn()
    {
        using var environment = Start(steps: 4);
        Assert.That(Keys(environment), Is.Unique);
        environment.Reset(7, KeyModule.OfSeed(1));
        var first = Keys(environment);
        environment.Reset(7, KeyModule.OfSeed(1));
        Assert.That(Keys(environment), Is.EqualTo(first));
    }

    [Test]
    public void AFamilyOfTrialsHasTheSizesOfItsEnvironments()
    {
        using var family = WrappedFamily.Trials(new CartPoleFamily(horizon: 20), _trial, steps: 5);
        using var environment = family.Create(1);
        environment.Reset(0, KeyModule.OfSeed(1));
        Assert.That(EnvironmentSpecModule.ObservationSize(family.Spec), Is.EqualTo(4 + 1 + 3));
        Assert.That(family.Spec.Horizon, Is.EqualTo(15));
        Assert.That(family.Tasks.Select(task => task.Name), Is.EqualTo(new[] { "short-pole", "long-pole" }));
        Assert.That(environment.Success, Is.Null);
    }

    private static TrialEnvironment Start(int steps, bool countsEach = false)
    {
        var environment = new TrialEnvironment(new Counting(), Counting.Spec, _trial, steps, countsEach);
        environment.Reset(7, KeyModule.OfSeed(1));
        return environment;
    }

    private static void Step(TrialEnvironment environment, params float[] action) => environment.Step(action);

    private static float[] Observed(TrialEnvironment environment)
    {
        var observation = new float[7];
        environment.Observe(observation);
        return observation;
    }

    /// <summary>The first number that the key of each episode gives.</summary>
    private static List<double> Keys(TrialEnvironment environment)
    {
        var keys = new List<double>();
        while (environment.Status == EpisodeStatus.Running)
        {
            keys.Add(environment.Save().Numbers["trial/drawn"][0]);
            for (var n = 0; n < 4; n++)
                Step(environment, 0, 0);
        }

        return keys;
    }

    private sealed class Counting : IEnvironment
    {
        private int _instance;
        private double _drawn;

        internal static EnvironmentSpec Spec { get; } =
            new(EnvironmentSpecModule.Vector(2), ActionSpace.NewBox(2), horizon: 10, terminates: true);

        public int Steps { get; private set; }

        public EpisodeStatus Status { get; private set; } = EpisodeStatus.Truncated;

        public double Reward => Steps;

        public bool? Success => Steps > 2;

        public void Reset(int instance, Key key) =>
            (_instance, _drawn, Steps, Status) = (instance, KeyModule.Uniform(key), 0, EpisodeStatus.Running);

        public EpisodeStatus Step(ReadOnlySpan<float> action) =>
            Status = ++Steps == 4 ? EpisodeStatus.Terminated : EpisodeStatus.Running;

        public void Observe(Span<float> observation) => (observation[0], observation[1]) = (_instance, Steps);

        public EpisodeState Save() => new(Steps, Status, new Dictionary<string, double[]> { ["drawn"] = [_drawn, _instance] });

        public void Load(EpisodeState state)
        {
            var numbers = state.Read("drawn", 2);
            (_drawn, _instance, Steps, Status) = (numbers[0], (int)numbers[1], state.Steps, state.Status);
        }

        public void Dispose()
        {
            // It holds nothing.
        }
    }
}
