namespace MtrlFunctional.Tests.Policies;

/// <summary>A policy is called as a program has its observations.</summary>
public class PolicyCallTests
{
    [Test]
    public void NumbersOfEitherPrecisionAndTasksOfEitherNameGiveOneAction()
    {
        using var policy = Policy.Load("policy:mt10");
        double[] observation = [.. Enumerable.Range(0, policy.ObservationSize).Select(i => Math.Sin(i))];
        var single = Array.ConvertAll(observation, number => (float)number);
        var task = policy.Tasks.ToList().IndexOf("door-open-v3");
        var expected = policy.Act(single, task);
        var action = new float[policy.ActionSize];
        float[] Filled(Action act)
        {
            Array.Clear(action);
            act();
            return [.. action];
        }

        Assert.That(expected, Has.Some.Not.Zero);
        foreach (var name in new[] { "door-open", "door-open-v3" })
        {
            Assert.That(policy.Act(observation, name), Is.EqualTo(expected));
            Assert.That(policy.Act(single, name), Is.EqualTo(expected));
            Assert.That(Filled(() => policy.Act(observation, name, action)), Is.EqualTo(expected));
            Assert.That(Filled(() => policy.Act(single, name, action)), Is.EqualTo(expected));
            Assert.That(Filled(() => policy.Start(name).Act(observation, action)), Is.EqualTo(expected));
        }

        Assert.That(policy.Act(observation, task), Is.EqualTo(expected));
        Assert.That(Filled(() => policy.Act(observation, task, action)), Is.EqualTo(expected));
    }

    [Test]
    public void AnUnknownTaskHasTheNearestNames()
    {
        using var policy = Policy.Load("policy:mt10");
        Assert.That(
            () => policy.Act(new double[policy.ObservationSize], "dor-open"),
            Throws.InstanceOf<MtrlException>().With.Message.StartsWith("The policy has no task 'dor-open'. Nearest: door-open-v3"));
    }

    [Test]
    public void TheFirstProgramOfThePackageOpensTheDoor() => Assert.That(Docs.Snippets.FirstProgram(), Has.Length.EqualTo(4));

    [Test]
    public void APolicyPlaysAnEnvironment()
    {
        using var policy = Policy.Load("policy:mt10");
        using var environment = MetaWorld.Make("door-open", new() { Seed = 1 });
        var played = policy.Play(environment);
        var (observation, _) = environment.Reset(seed: 1);
        var (sum, success, steps, over) = (0.0, false, 0, false);
        while (!over)
        {
            (observation, var reward, var terminated, var truncated, var info) = environment.Step(policy.Act(observation, "Meta-World/Door-Open-v2-goal-observable"));
            (sum, success, steps, over) = (sum + reward, success || info.Success, steps + 1, terminated || truncated);
        }

        Assert.That(played, Is.EqualTo(new PlayedEpisode(success, sum, steps)));
        Assert.That(played.Success, Is.True);
    }

    [Test]
    public void APolicyPlaysAnEnvironmentOfAFamily()
    {
        using var policy = Policy.Load("policy:mt10");
        using var family = MetaWorldFamily.OfTasks([TestTasks.Slot("drawer-close-v3").Task], seed: 1);
        using var environment = family.Create(0);
        var played = policy.Play(environment, "drawer-close");
        Assert.That((played.Success, played.Steps), Is.EqualTo((true, family.Spec.Horizon)));
    }
}
