namespace MtrlFunctional.Tests.Environments;

/// <summary>A cart-pole, four numbers and an action of one, observed with three steps before.</summary>
public class HistoryTests
{
    private const int Frame = 4 + 1 + 2, Frames = 4;

    private static readonly History _history = new(steps: Frames - 1);

    /// <summary>An episode begins with its first frame repeated: no action, no reward, a mark.</summary>
    [Test]
    public void AFrameHasTheActionBeforeItAndItsReward()
    {
        using var environment = Start();
        using var plain = new CartPole(0.5, horizon: 200);
        plain.Reset(0, KeyModule.OfSeed(3));
        var expected = Enumerable.Repeat(Framed(plain, 0, 0, 1), Frames).ToList();
        for (var n = 0; n < 6; n++)
        {
            Assert.That(Observed(environment), Is.EqualTo(expected.Take(Frames).SelectMany(frame => frame)), $"step {n}");
            var action = 0.3f - (0.1f * n);
            environment.Step([action]);
            plain.Step([action]);
            expected.Insert(0, Framed(plain, action, (float)plain.Reward, 0));
        }
    }

    [Test]
    public void AnotherNumberOfStepsIsRefused()
    {
        using var environment = Start();
        using var longer = new HistoryEnvironment(new CartPole(0.5, horizon: 200), Spec, new History(steps: 9));
        longer.Reset(0, KeyModule.OfSeed(1));
        Refused(() => environment.Load(longer.Save()), "'history' has 70");
    }

    [Test]
    public void AFamilyWithAHistoryHasFrames()
    {
        using var family = WrappedFamily.Histories(new CartPoleFamily(horizon: 200), _history);
        Assert.That(family.Spec.Observation.Frames, Is.EqualTo(Frames));
        Assert.That(EnvironmentSpecModule.ObservationSize(family.Spec), Is.EqualTo(Frames * Frame));
        Assert.That(EnvironmentSpecModule.FrameSize(family.Spec), Is.EqualTo(Frame));
        Assert.That(family.Spec.Terminates, Is.EqualTo(Spec.Terminates));
    }

    private static EnvironmentSpec Spec => new CartPoleFamily(horizon: 200).Spec;

    private static HistoryEnvironment Start(int seed = 3)
    {
        var environment = new HistoryEnvironment(new CartPole(0.5, horizon: 200), Spec, _history);
        environment.Reset(0, KeyModule.OfSeed(seed));
        return environment;
    }

    private static float[] Observed(HistoryEnvironment environment)
    {
        var observation = new float[Frames * Frame];
        environment.Observe(observation);
        return observation;
    }

    private static float[] Framed(CartPole environment, float action, float reward, float mark)
    {
        var observation = new float[4];
        environment.Observe(observation);
        return [.. observation, action, reward, mark];
    }
}
