namespace MtrlFunctional.Tests.Environments;

public sealed class VectorEnvironmentTests
{
    private static VectorEnvironment Mt10(int threads = 1, int horizon = 12, long seed = 5) =>
        TestTasks.Vector(TestTasks.Mt10, threads, horizon, seed);

    [Test]
    public void AForeignStateIsRefused()
    {
        using var ten = Mt10();
        ten.Reset();
        var state = ten.Save();
        using var nine = TestTasks.Vector([.. TestTasks.Mt10.Skip(1)], horizon: 12, seed: 5);
        Refused(() => nine.Restore(state), "do not fit");
        var numbers = new Dictionary<string, double[]>(state.Numbers);
        numbers.Remove("3/world");
        Refused(() => ten.Restore(state with { Numbers = numbers }), "environment 3 (door-open-v3): 'world' is missing");
    }

    [Test]
    public void GoalsAreDrawnFromSeedEnvironmentAndEpisode()
    {
        using var a = Mt10(seed: 1);
        using var b = Mt10(seed: 1, threads: 2);
        using var c = Mt10(seed: 2);
        var (ga, gb, gc) = (Goals(a), Goals(b), Goals(c));
        Assert.That(gb, Is.EqualTo(ga));
        Assert.That(gc, Is.Not.EqualTo(ga));
        Assert.That(ga.Distinct().Count(), Is.GreaterThan(15));
        a.ResetTo(0);
        Assert.That(a.Instances.ToArray(), Is.EqualTo(ga[..10]));

        static int[] Goals(VectorEnvironment environments)
        {
            var goals = new List<int>();
            for (var episode = 0; episode < 3; episode++)
            {
                environments.Reset();
                goals.AddRange(environments.Instances);
            }

            return [.. goals];
        }
    }

    [Test]
    public void AFixedGoalStays()
    {
        var tasks = TestTasks.Mt10.Take(2).ToList();
        using var environments = TestTasks.Vector(tasks, goal: 11);
        for (var episode = 0; episode < 3; episode++)
        {
            environments.Reset();
            Assert.That(environments.Instances.ToArray(), Is.EqualTo(new[] { 11, 11 }));
            Assert.That(((MetaWorldEnvironment)environments.Environments[1]).Randomisation.ToArray(), Is.EqualTo(tasks[1].Goals[11]));
        }

        environments.Reset(1, 4);
        Assert.That(environments.Instances.ToArray(), Is.EqualTo(new[] { 11, 4 }));
    }

    [Test]
    public void AStepWithAnEpisodeThatIsOverStepsNoEnvironment()
    {
        var ends = PointTasks.Left with { Terminal = world => world.Positions[0] != 0 };
        using var environments = new VectorEnvironment(new MujocoFamily(20, PointTasks.Right, ends));
        environments.Reset();
        environments.Step(new float[4]);
        var before = environments.Observations.ToArray();
        Assert.That(() => environments.Step(new float[4]), Throws.InvalidOperationException.With.Message.StartsWith("left: "));
        Assert.That(environments.EpisodeSteps(0), Is.EqualTo(1));
        Assert.That(environments.Observations.ToArray(), Is.EqualTo(before));
    }

    [Test]
    public void OptionsThatMakeNoSenseAreRefused()
    {
        static VectorEnvironment Of(params EnvironmentSlot[] slots) =>
            new(MetaWorldFamily.OfTasks([TestTasks.Mt10[0].Task], 1), new() { Slots = slots });
        Assert.That(() => TestTasks.Vector([]), Throws.ArgumentException);
        Assert.That(() => Of(), Throws.ArgumentException);
        Assert.That(() => Mt10(threads: 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Mt10(horizon: 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Of(new EnvironmentSlot(0, 50)), Throws.ArgumentException.With.Message.Contains("no number 50"));
        Assert.That(() => Of(new EnvironmentSlot(1)), Throws.ArgumentException.With.Message.Contains("1 tasks, no number 1"));
        using var environments = Mt10();
        environments.Reset();
        Assert.That(() => environments.Step(new float[4]), Throws.ArgumentException);
    }
}
