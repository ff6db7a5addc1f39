using MtrlFunctional.Tasks.Classic;
using ClassicCartPole = MtrlFunctional.Tasks.Classic.CartPole;

namespace MtrlFunctional.Tests.Environments;

/// <summary>Classic families as environments of a vector.</summary>
public class ClassicFamilyTests
{
    [Test]
    public void TheTaskFollowsTheObservation()
    {
        using var family = Family();
        using var environment = family.Create(0);
        environment.Reset(1, KeyModule.OfSeed(1));
        var observation = new float[9];
        environment.Observe(observation);
        var task = environment.Save().Numbers["task"];
        Assert.That(observation[4..], Is.EqualTo(task.Select(x => (float)x)));
        Assert.That(task, Is.EqualTo([0.5, -0.5, 0.25, 0, -1]));
    }

    [TestCase(0, 0)]
    [TestCase(1, 1)]
    [TestCase(0.5f, 0.5f)]
    [TestCase(float.NaN, 1)]
    public void AnActionThatIsNotOneHotIsRefused(float first, float second)
    {
        using var family = Family();
        using var environment = family.Create(0);
        environment.Reset(0, KeyModule.OfSeed(1));
        Assert.That(() => environment.Step([first, second]), Throws.ArgumentException.With.Message.Contains("one 1"));
        Assert.That(environment.Steps, Is.Zero);
    }

    [Test]
    public void TaskStatesAreChecked()
    {
        static void Make(params double[][] states) => _ = new ClassicFamily<ClassicCartPole.Physics, ClassicCartPole.State>(
            ClassicCartPole.Rules, new() { Name = "cartpole", TaskStates = states, Horizon = 10 });
        Assert.That(() => Make(), Throws.ArgumentException.With.Message.Contains("at least one"));
        Assert.That(() => Make([0, 0]), Throws.ArgumentException.With.Message.Contains("must have 5"));
        Assert.That(() => Make([0, 0, 0, 0, 2]), Throws.ArgumentException.With.Message.Contains("index 4"));
    }

    private static ClassicFamily<ClassicCartPole.Physics, ClassicCartPole.State> Family() =>
        new(ClassicCartPole.Rules, new() { Name = "cartpole", TaskStates = [[0, 0, 0, 0, 0], [0.5, -0.5, 0.25, 0, -1]], Horizon = 30 });
}
