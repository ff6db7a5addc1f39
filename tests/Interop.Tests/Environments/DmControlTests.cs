using MtrlFunctional.Environments;
using MtrlFunctional.Randomness;
using MtrlFunctional.Tasks.DmControl;
using NUnit.Framework;
using Keys = MtrlFunctional.Randomness.KeyModule;

namespace MtrlFunctional.Tests.Environments;

/// <summary>Properties of every task of DeepMind Control, with the real physics.</summary>
public sealed class DmControlTests
{
    private static readonly DmControlTask[] _tasks = [.. DmControlTasks.All];

    private static IEnumerable<string> Names => _tasks.Select(DmControlTaskModule.FullName);

    [TestCaseSource(nameof(Names))]
    public void AnEpisodeDependsOnItsKeyOnlyAndRewardsStayInRange(string name)
    {
        using var models = new DmControlModels();
        using var environment = new DmControlEnvironment(Task(name), models, horizon: 60);
        environment.Reset(0, Keys.OfSeed(3));
        var first = Play(environment, 0);
        environment.Reset(0, Keys.OfSeed(4));
        Assert.That(Play(environment, 0), Is.Not.EqualTo(first));
        environment.Reset(0, Keys.OfSeed(3));
        Assert.That(Play(environment, 0), Is.EqualTo(first));
        Assert.That(environment.Status, Is.EqualTo(EpisodeStatus.Truncated));
        var size = DmControlTaskModule.ObservationSize(environment.Task) + 1;
        for (var i = size - 1; i < first.Count; i += size)
            Assert.That(first[i], Is.InRange(0, 1));
    }

    [TestCaseSource(nameof(Names))]
    public void ASavedEpisodeGoesOnBitByBit(string name)
    {
        using var models = new DmControlModels();
        using var whole = new DmControlEnvironment(Task(name), models, horizon: 60);
        foreach (var at in new[] { 0, 17 })
        {
            whole.Reset(0, Keys.OfSeed(5));
            Play(whole, 0, at);
            var state = whole.Save();
            var observation = Observation(whole);
            var rest = Play(whole, at);

            using var resumed = new DmControlEnvironment(Task(name), models, horizon: 60);
            resumed.Load(state);
            Assert.That(Observation(resumed), Is.EqualTo(observation));
            Assert.That(Play(resumed, at), Is.EqualTo(rest), $"saved at step {at}");
        }
    }

    [TestCaseSource(nameof(Names))]
    public void AStepAllocatesNothing(string name)
    {
        using var models = new DmControlModels();
        using var environment = new DmControlEnvironment(Task(name), models);
        environment.Reset(0, Keys.OfSeed(6));
        var (action, observation) = (new float[environment.Task.Domain.Actions], new float[Observation(environment).Length]);
        Run(20);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(100);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Run(int steps)
        {
            for (var n = 0; n < steps; n++)
            {
                environment.Step(action);
                environment.Observe(observation);
            }
        }
    }

    [TestCaseSource(nameof(Names))]
    public void TheSimulationAloneMovesTheSameBits(string name)
    {
        using var models = new DmControlModels();
        using var environment = new DmControlEnvironment(Task(name), models);
        double[] control = [.. Enumerable.Repeat(0.4, environment.Task.Domain.Actions)];
        float[] single = [.. control.Select(x => (float)x)];
        environment.Reset(0, Keys.OfSeed(7));
        for (var n = 0; n < 30; n++)
            environment.Step(single);
        var stepped = environment.World.Positions.ToArray();
        environment.Reset(0, Keys.OfSeed(7));
        for (var n = 0; n < 30; n++)
            environment.Simulate(single);
        Assert.That(environment.World.Positions.ToArray(), Is.EqualTo(stepped));
    }

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
        Assert.That(() => repeated.Step([0f]), Throws.InvalidOperationException.With.Message.Contains("reset"));
    }

    [Test]
    public void AnActionThatIsNoNumberEndsTheEpisodeAsUnstable()
    {
        using var models = new DmControlModels();
        using var environment = new DmControlEnvironment(Task("pendulum-swingup"), models, actionRepeat: 2);
        environment.Reset(0, Keys.OfSeed(1));
        environment.Step([0.5f]);
        var last = Observation(environment);
        Assert.That(environment.Step([float.NaN]), Is.EqualTo(EpisodeStatus.Unstable));
        Assert.That(environment.Reward, Is.Zero);
        Assert.That(Observation(environment), Is.EqualTo(last));
        environment.Reset(0, Keys.OfSeed(1));
        Assert.That(environment.Status, Is.EqualTo(EpisodeStatus.Running));
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
    public void AVectorOfAllTasksGivesTheBitsOfSingleEnvironmentsForAnyNumberOfThreads()
    {
        var single = Vector(1);
        Assert.That(Vector(3), Is.EqualTo(single));

        static List<float> Vector(int threads)
        {
            EnvironmentSlot[] slots = [.. _tasks.Select((_, i) => new EnvironmentSlot(i))];
            using var environments = new VectorEnvironment(
                new DmControlFamily(new() { Tasks = _tasks, Horizon = 12 }),
                new VectorEnvironmentOptions { Slots = slots, Threads = threads, Seed = 9 });
            environments.Reset();
            var actions = new float[environments.Count * environments.ActionSize];
            var all = new List<float>();
            for (var n = 0; n < 30; n++)
            {
                for (var i = 0; i < actions.Length; i++)
                    actions[i] = MathF.Sin((3 * n) + i);
                environments.Step(actions);
                all.AddRange(environments.NextObservations);
                all.AddRange(environments.Rewards);
                environments.ResetFinished();
            }

            return all;
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

    /// <summary>Observation and reward of each step.</summary>
    private static List<double> Play(DmControlEnvironment environment, int first, int last = 60)
    {
        var seen = new List<double>();
        var action = new float[environment.Task.Domain.Actions];
        for (var n = first; n < last; n++)
        {
            for (var i = 0; i < action.Length; i++)
                action[i] = MathF.Sin((0.3f * n) + i);
            environment.Step(action);
            seen.AddRange(Observation(environment));
            seen.Add(environment.Reward);
        }

        return seen;
    }
}
