using Keys = MtrlFunctional.Randomness.KeyModule;

namespace MtrlFunctional.Tests.Environments;

/// <summary>Properties of every task of DeepMind Control, with the real physics.</summary>
public sealed class DmControlTests
{
    private static readonly DmControlTask[] _tasks = [.. DmControlTasks.All];

    [Test]
    public void RepeatedActionsSumRewardsAndTheLastStepIsShorter()
    {
        using var models = new DmControlModels();
        using var single = new DmControlEnvironment(Task("cartpole-balance"), models, horizon: 10);
        using var repeated = new DmControlEnvironment(Task("cartpole-balance"), models, actionRepeat: 4, horizon: 10);
        single.Reset(0, Keys.OfSeed(1));
        repeated.Reset(0, Keys.OfSeed(1));
        for (var step = 0; step < 3; step++)
        {
            repeated.Step([0.3f]);
            var sum = 0.0;
            for (var i = 0; i < (step < 2 ? 4 : 2); i++)
            {
                single.Step([0.3f]);
                sum += single.Reward;
            }

            Assert.That(repeated.Reward, Is.EqualTo(sum));
            Assert.That(Observation(repeated), Is.EqualTo(Observation(single)));
        }

        Assert.That(repeated.Status, Is.EqualTo(EpisodeStatus.Truncated));
    }

    [Test]
    public void AStartOfAnotherLengthIsRefused()
    {
        using var models = new DmControlModels();
        using var environment = new DmControlEnvironment(Task("pendulum-swingup"), models);
        Assert.That(
            () => environment.Reset(new Start([0.1], [], environment.ModelNumbers())),
            Throws.ArgumentException.With.Message.Contains("1 positions and 1 velocities, got 1 and 0"));
    }

    [Test]
    public void HugeActionsMoveAsTheLargestOneDoes([Values(float.PositiveInfinity, 1e12f, 1.5f)] float action)
    {
        using var models = new DmControlModels();
        using var environment = new DmControlEnvironment(Task("pendulum-swingup"), models);
        environment.Reset(0, Keys.OfSeed(1));
        environment.Step([1f]);
        var largest = Observation(environment);
        environment.Reset(0, Keys.OfSeed(1));
        environment.Step([action]);
        Assert.That(Observation(environment), Is.EqualTo(largest));
    }

    [Test]
    public void TasksWithoutContactsAtTheStartHaveNone()
    {
        using var models = new DmControlModels();
        foreach (var task in _tasks.Where(task => task.AvoidsContacts))
        {
            using var environment = new DmControlEnvironment(task, models);
            for (var seed = 0; seed < 20; seed++)
            {
                environment.Reset(0, Keys.OfSeed(seed));
                Assert.That(environment.World.ContactCount, Is.Zero);
            }
        }
    }

    [Test]
    public void UnusedNumbersOfAnActionChangeNothingAndUnusedObservationsAreZero()
    {
        DmControlTask[] tasks = [Task("pendulum-swingup"), Task("ball_in_cup-catch")];
        using var family = new DmControlFamily(new() { Tasks = tasks });
        using var clean = family.Create(0);
        using var noisy = family.Create(0);
        clean.Reset(0, Keys.OfSeed(2));
        noisy.Reset(0, Keys.OfSeed(2));
        for (var n = 0; n < 10; n++)
        {
            clean.Step([0.7f, 0f]);
            noisy.Step([0.7f, float.NaN]);
        }

        float[] a = new float[8], b = [.. Enumerable.Repeat(float.NaN, 8)];
        clean.Observe(a);
        noisy.Observe(b);
        Assert.That(b, Is.EqualTo(a));
        Assert.That(b[3..], Is.All.Zero);
    }

    private static DmControlTask Task(string name) => _tasks.Single(task => DmControlTaskModule.FullName(task) == name);

    private static double[] Observation(DmControlEnvironment environment)
    {
        var observation = new double[DmControlTaskModule.ObservationSize(environment.Task)];
        environment.Observe(observation.AsSpan());
        return observation;
    }
}
