namespace MtrlFunctional.Tests.Environments;

public sealed class StickyObservationTests
{
    private const int Size = 24;
    private const int LastK = 3;

    [Test]
    public void EachObservationIsOneOfTheLastAndRewardsAreThoseOfTheEnvironmentWithin()
    {
        using var models = new DmControlModels();
        using var plain = new DmControlEnvironment(Walker.Walk, models);
        using var sticky = Sticky(models, 0.8);
        plain.Reset(0, KeyModule.OfSeed(1));
        sticky.Reset(0, KeyModule.OfSeed(1));
        var newest = new List<float[]> { Observation(plain) };
        Assert.That(Observation(sticky), Is.EqualTo(newest[0]));
        var ages = new HashSet<int>();
        for (var step = 1; step <= 100; step++)
        {
            plain.Step(Action(step));
            sticky.Step(Action(step));
            newest.Add(Observation(plain));
            var shown = Observation(sticky);
            var age = step - newest.FindLastIndex(observation => observation.SequenceEqual(shown));
            Assert.That(age, Is.InRange(0, Math.Min(LastK, step)));
            Assert.That(sticky.Reward, Is.EqualTo(plain.Reward));
            ages.Add(age);
        }

        Assert.That(ages, Is.EquivalentTo(new[] { 0, 1, 2, 3 }));
    }

    [Test]
    public void AFamilyShowsThemAndRefusesWhatIsNoProbabilityOrAge()
    {
        DmControlFamily Family(double probability, int lastK) => new(new DmControlFamilyOptions
        {
            Tasks = [Walker.Walk],
            Sticky = new StickyObservation(probability, lastK),
        });
        using (var family = Family(1, 1))
        using (var environment = family.Create(0))
        {
            environment.Reset(0, KeyModule.OfSeed(1));
            var first = Observation(environment);
            environment.Step(Action(1));
            Assert.That(Observation(environment), Is.EqualTo(first));
        }

        foreach (var (probability, lastK) in new[] { (-0.1, 1), (1.1, 1), (double.NaN, 1), (0.5, 0) })
            Assert.That(
                () => Family(probability, lastK),
                Throws.ArgumentException.With.Message.Contains("probability must be in [0, 1] and k at least 1"));
    }

    private static IEnvironment Sticky(DmControlModels models, double probability) =>
        new StickyEnvironment(new DmControlEnvironment(Walker.Walk, models), new StickyObservation(probability, LastK), Size);

    private static float[] Action(int step) =>
        [.. Enumerable.Range(0, 6).Select(i => (float)Math.Sin(0.3 * step + i))];

    private static float[] Observation(IEnvironment environment)
    {
        var observation = new float[Size];
        environment.Observe(observation);
        return observation;
    }
}
