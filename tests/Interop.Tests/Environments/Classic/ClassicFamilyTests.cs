using MtrlFunctional.Environments;
using MtrlFunctional.Tasks.Classic;
using NUnit.Framework;
using ClassicCartPole = MtrlFunctional.Tasks.Classic.CartPole;

namespace MtrlFunctional.Tests.Environments;

/// <summary>Classic families as environments of a vector.</summary>
[TestFixture]
public class ClassicFamilyTests
{
    private const int Count = 6;

    private static readonly string[] _names = ["bandit", "tabular-mdp", "cartpole", "acrobot", "maze"];

    private static IEnvironmentFamily Family(string name)
    {
        ClassicFamilyOptions Options() => new() { Name = name, TaskSeed = 3, Horizon = 30 };
        return name switch
        {
            "bandit" => new ClassicFamily<double[], Bandits.State>(Bandits.Finite(Bandits.Table(10, 5)), Options()),
            "tabular-mdp" => new ClassicFamily<TabularMdp.Tables, TabularMdp.State>(TabularMdp.Rules(4, 5), Options()),
            "cartpole" => new ClassicFamily<ClassicCartPole.Physics, ClassicCartPole.State>(ClassicCartPole.Rules, Options()),
            "acrobot" => new ClassicFamily<Acrobot.Physics, Acrobot.State>(Acrobot.Rules, Options()),
            _ => new ClassicFamily<TwoGoalMaze.Maze, TwoGoalMaze.State>(TwoGoalMaze.Rules(3, 3, true), Options()),
        };
    }

    private static VectorEnvironment Vector(string name, int threads = 1) => new(Family(name), new VectorEnvironmentOptions
    {
        Slots = [.. Enumerable.Repeat(new EnvironmentSlot(0), Count)],
        Threads = threads,
        Seed = 7,
    });

    /// <summary>One-hot actions of a step, a different sequence in each environment.</summary>
    private static float[] Actions(VectorEnvironment vector, int step)
    {
        var actions = new float[Count * vector.ActionSize];
        for (var i = 0; i < Count; i++)
            actions[(i * vector.ActionSize) + (((step * 7) + (i * 3) + (step * step / 5)) % vector.ActionSize)] = 1;
        return actions;
    }

    private static float[] Play(VectorEnvironment vector, int from, int to)
    {
        List<float> numbers = [];
        for (var step = from; step < to; step++)
        {
            vector.Step(Actions(vector, step));
            numbers.AddRange(vector.NextObservations.ToArray());
            numbers.AddRange(vector.Rewards.ToArray());
            vector.ResetFinished();
            numbers.AddRange(vector.Observations.ToArray());
        }

        return [.. numbers];
    }

    [Test]
    public void ResultsDoNotDependOnTheThreads([ValueSource(nameof(_names))] string name)
    {
        using var one = Vector(name);
        using var three = Vector(name, threads: 3);
        one.Reset();
        three.Reset();
        Assert.That(Play(three, 0, 80), Is.EqualTo(Play(one, 0, 80)));
    }

    [Test]
    public void ASavedVectorGoesOnBitByBit([ValueSource(nameof(_names))] string name, [Values(0, 11, 30, 47)] int at)
    {
        using var whole = Vector(name);
        whole.Reset();
        Play(whole, 0, at);
        var state = whole.Save();
        var rest = Play(whole, at, 80);

        using var resumed = Vector(name);
        resumed.Restore(state);
        Assert.That(Play(resumed, at, 80), Is.EqualTo(rest));
    }

    [Test]
    public void AVectorIsItsEnvironmentsOneByOne([ValueSource(nameof(_names))] string name)
    {
        using var vector = Vector(name);
        using var family = Family(name);
        using var single = family.Create(0);
        vector.Reset();
        single.Load(vector.Environments[2].Save());
        var observation = new float[vector.ObservationSize];
        for (var step = 0; step < 30; step++)
        {
            var actions = Actions(vector, step);
            vector.Step(actions);
            single.Step(actions.AsSpan(2 * vector.ActionSize, vector.ActionSize));
            single.Observe(observation);
            Assert.That(observation, Is.EqualTo(vector.NextObservations.Slice(2 * observation.Length, observation.Length).ToArray()));
            Assert.That((float)single.Reward, Is.EqualTo(vector.Rewards[2]));
            if (vector.Ended(2))
                break;
            vector.ResetFinished();
        }
    }

    [Test]
    public void AStepAllocatesNothing([ValueSource(nameof(_names))] string name)
    {
        using var family = Family(name);
        using var environment = family.Create(0);
        environment.Reset(0, MtrlFunctional.Randomness.KeyModule.OfSeed(1));
        var start = environment.Save();
        var action = new float[MtrlFunctional.Spaces.EnvironmentSpecModule.ActionSize(family.Spec)];
        var observation = new float[MtrlFunctional.Spaces.EnvironmentSpecModule.ObservationSize(family.Spec)];
        action[^1] = 1;
        long allocated = 0;
        for (var i = 0; i < 100; i++)
        {
            environment.Load(start);
            var before = GC.GetAllocatedBytesForCurrentThread();
            environment.Step(action);
            environment.Observe(observation);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.That(allocated, Is.Zero);
    }

    [Test]
    public void TheTaskFollowsTheObservation()
    {
        using var family = Family("cartpole");
        using var environment = family.Create(0);
        environment.Reset(5, MtrlFunctional.Randomness.KeyModule.OfSeed(1));
        var observation = new float[9];
        environment.Observe(observation);
        var task = environment.Save().Numbers["task"];
        Assert.That(observation[4..], Is.EqualTo(task.Select(x => (float)x)));
        Assert.That(task, Is.All.InRange(-1, 1));
    }

    [TestCase(0, 0)]
    [TestCase(1, 1)]
    [TestCase(0.5f, 0.5f)]
    [TestCase(float.NaN, 1)]
    public void AnActionThatIsNotOneHotIsRefused(float first, float second)
    {
        using var family = Family("cartpole");
        using var environment = family.Create(0);
        environment.Reset(0, MtrlFunctional.Randomness.KeyModule.OfSeed(1));
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
}
