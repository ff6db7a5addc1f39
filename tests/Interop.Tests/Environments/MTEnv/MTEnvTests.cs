namespace MtrlFunctional.Tests.Environments;

/// <summary>Environments of the registry by the contract of MTEnv.</summary>
public class MTEnvTests
{
    private static readonly string[] _ids =
        [.. MTEnv.Ids.Where(id => !MTEnv.Spec(id).Parameters.ContainsKey("initial_task_state"))];

    private static readonly string[] _indexed =
        [.. MTEnv.Ids.Where(id => MTEnv.Spec(id).Parameters.ContainsKey("initial_task_state"))];

    private static double[] Action(IMTEnvironment environment) =>
        environment.ActionSpace.IsDiscrete ? [0] : new double[((Spaces.ActionSpace.Box)environment.ActionSpace).Size];

    /// <summary>Rewards and observations of an episode of at most five steps.</summary>
    private static double[] Episode(IMTEnvironment environment)
    {
        List<double> numbers = [.. environment.Reset().EnvObs];
        for (var i = 0; i < 5; i++)
        {
            var step = environment.Step(Action(environment));
            numbers.AddRange([step.Reward, .. step.Observation.EnvObs, .. step.Observation.TaskObs]);
            if (step.Done)
                break;
        }

        return [.. numbers];
    }

    private static IMTEnvironment Seeded(string id, long seed = 5, long taskSeed = 15)
    {
        var environment = MTEnv.Make(id);
        environment.Seed(seed);
        environment.SeedTask(taskSeed);
        environment.ResetTaskState();
        return environment;
    }

    [TestCaseSource(nameof(_ids))]
    [TestCase("MT-MetaWorld-MT1-v0")]
    [TestCase("MT-HiPBMDP-Walker-Walk-vary-len-v0")]
    public void TheLifeCycleOfTheOriginalsTestsRuns(string id)
    {
        using var environment = Seeded(id);
        Assert.That((environment.IsSeeded, environment.IsTaskSeeded), Is.EqualTo((true, true)));
        for (var i = 0; i < 10; i++)
        {
            environment.ResetTaskState();
            var task = environment.TaskState;
            _ = environment.SampleTaskState();
            var observation = environment.Reset();
            Assert.That(environment.TaskState, Is.EqualTo(task), "a reset keeps the task, and so does a sample");
            Assert.That(observation.EnvObs, Has.Length.EqualTo(environment.ObservationSize));
            Assert.That(observation.TaskObs, Is.EqualTo(environment.TaskObs));
            for (var step = 0; step < 3; step++)
            {
                var result = environment.Step(Action(environment));
                Assert.That(result.Reward, Is.Not.NaN);
                if (result.Done)
                    break;
            }
        }
    }

    /// <summary>Tasks of MT50 begin with those of MT10, as in the original; one generator draws the goals of a benchmark.</summary>
    [TestCase("MT10", 1), TestCase("MT50", 1)]
    public void TasksOfMetaWorldHaveTheGoalsOfTheirBenchmark(string benchmark, int push)
    {
        using var environment = Seeded($"MT-MetaWorld-{benchmark}-v0");
        using var vector = MetaWorld.MakeVector(
            benchmark, new MetaWorldVectorOptions { Seed = 42, TaskSelection = TaskSelection.PseudoRandom, SampleTasksOnReset = true });
        var same = vector.Environments.Single(one => one.Name == "push-v3");
        var goals = Enumerable.Range(0, 50).Select(_ => Goal([.. same.Reset().Observation])).ToHashSet();
        environment.SetTaskState([push]);
        Assert.That(goals, Has.Count.EqualTo(50).And.Contains(Goal([.. environment.Reset().EnvObs])));

        static (float X, float Y, float Z) Goal(double[] observation) =>
            ((float)observation[36], (float)observation[37], (float)observation[38]);
    }

    [TestCaseSource(nameof(_ids))]
    public void TheTwoSeedsAreIndependentAndATaskStateRunsTheSameTaskInAnotherInstance(string id)
    {
        using var plain = Seeded(id);
        using var otherTasks = Seeded(id, taskSeed: 16);
        using var otherEpisodes = Seeded(id, seed: 6);
        Assert.That(otherEpisodes.TaskState, Is.EqualTo(plain.TaskState));
        otherTasks.SetTaskState(plain.TaskState);
        Assert.That(Episode(otherTasks), Is.EqualTo(Episode(plain)));
    }

    [TestCaseSource(nameof(_ids))]
    public void AMissingCallIsNamed(string id)
    {
        using var environment = MTEnv.Make(id);
        Assert.That(() => environment.SampleTaskState(), Throws.InvalidOperationException.With.Message.Contains("SeedTask"));
        Assert.That(() => environment.ResetTaskState(), Throws.InvalidOperationException.With.Message.Contains("SeedTask"));
        Assert.That(() => environment.TaskState, Throws.InvalidOperationException.With.Message.Contains("SetTaskState"));
        Assert.That(() => environment.Step(0), Throws.InvalidOperationException.With.Message.Contains("Reset"));
        environment.SeedTask(1);
        environment.ResetTaskState();
        Assert.That(() => environment.Reset(), Throws.InvalidOperationException.With.Message.Contains("call Seed first"));
    }

    [TestCaseSource(nameof(_ids))]
    public void AWrongTaskStateChangesNothing(string id)
    {
        using var environment = Seeded(id);
        var task = environment.TaskState;
        Assert.That(() => environment.SetTaskState([.. task, 0]), Throws.ArgumentException.With.Message.Contains("must have"));
        Assert.That(() => environment.SetTaskState([1e9, .. task[1..]]), Throws.ArgumentException.With.Message.Contains("must be"));
        Assert.That(() => environment.SetTaskState([double.NaN, .. task[1..]]), Throws.ArgumentException);
        Assert.That(environment.TaskState, Is.EqualTo(task));
    }

    [TestCase(2.0)]
    [TestCase(-1.0)]
    [TestCase(0.5)]
    [TestCase(double.NaN)]
    public void AnActionOutsideTheSpaceIsRefused(double action)
    {
        using var environment = Seeded("MT-CartPole-v0");
        environment.Reset();
        Assert.That(() => environment.Step(action), Throws.ArgumentException.With.Message.Contains("0 to 1"));
        Assert.That(environment.Step(1).Reward, Is.EqualTo(1));
    }

    [Test]
    public void TheOriginalsSpellingIsAccepted()
    {
        using var environment = MTEnv.Make("MT-Acrobat-v0");
        Assert.That(environment.ObservationSize, Is.EqualTo(6));
        Assert.That(MTEnv.Spec("MT-Acrobat-v0").Id, Is.EqualTo("MT-Acrobot-v0"));
    }

    [TestCase("MT-CartPol-v0", "Nearest: MT-CartPole-v0")]
    [TestCase("MT-CartPole-v3", "valid: MT-CartPole-v0")]
    [TestCase("CartPole", "name and a version")]
    public void AWrongIdLeadsToAValidOne(string id, string message) =>
        Refused(() => MTEnv.Make(id), message);

    [Test]
    public void ParametersReplaceDefaults()
    {
        using var environment = MTEnv.Make("MT-TabularMDP-v0", ("n_states", 3), ("n_actions", 2));
        Assert.That(environment.ObservationSize, Is.EqualTo(4));
        Refused(() => MTEnv.Make("MT-TabularMDP-v0", ("n_state", 3)), "Nearest: n_states");
        Assert.That(() => MTEnv.Make("MT-TabularMDP-v0", ("n_states", 0)), Throws.TypeOf<MtrlException>());
        Assert.That(() => MTEnv.Make("MT-TwoGoalMaze-v0", ("size_x", 1.0)), Throws.TypeOf<MtrlException>());
        Refused(() => MTEnv.Make("MT-MetaWorld-MT1-v0", ("seed", -1)), "seed must be an integer from 0 to 4294967295, got -1.");
        Refused(() => MTEnv.Make("MT-TabularMDP-v0", ("n_states", 2.5)), "n_states must be an integer from 1 to 2147483647, got 2.5.");
        MTEnv.Make("MT-MetaWorld-MT1-v0", ("seed", 0u)).Dispose();
        MTEnv.Make("MT-TwoGoalMaze-v0", ("size_x", 3f), ("size_y", 4L)).Dispose();
    }

    [TestCase(false)]
    [TestCase(true)]
    public void NTasksDrawsFromAFixedSet(bool identified)
    {
        using var environment = new NTasks(MTEnv.Make("MT-CartPole-v0"), 3, identified);
        Assert.That(() => environment.SampleTaskState(), Throws.InvalidOperationException.With.Message.Contains("SeedTask"));
        environment.Seed(5);
        environment.SeedTask(15);
        var states = new HashSet<string>();
        for (var i = 0; i < 60; i++)
        {
            var state = environment.SampleTaskState();
            states.Add(string.Join(' ', state));
            environment.SetTaskState(state);
            Assert.That(environment.TaskState, Is.EqualTo(state));
            var observation = environment.Reset();
            Assert.That(observation.TaskObs, Is.EqualTo(identified ? state : environment.TaskState));
            Assert.That(environment.Step(1).Observation.TaskObs, Is.EqualTo(observation.TaskObs));
        }

        Assert.That(states, Has.Count.EqualTo(3));
        if (!identified)
            return;
        Assert.That(() => environment.SetTaskState([3]), Throws.ArgumentException.With.Message.Contains("0 to 2"));

        // A new task seed changes the task behind an index.
        using var other = new NTasks(MTEnv.Make("MT-CartPole-v0"), 3, identified);
        environment.SetTaskState([0]);
        foreach (var each in new[] { environment, other })
        {
            each.Seed(6);
            each.SeedTask(16);
        }

        other.SetTaskState([0]);
        environment.Reset();
        other.Reset();
        Assert.That(environment.Step(1).Observation.EnvObs, Is.EqualTo(other.Step(1).Observation.EnvObs));
    }

    [Test]
    public void AnIndexedEnvironmentHasAnInitialTask([ValueSource(nameof(_indexed))] string id)
    {
        var initial = (int)MTEnv.Spec(id).Parameters["initial_task_state"];
        using var environment = MTEnv.Make(id);
        environment.Seed(1);
        Assert.That(environment.TaskState, Is.EqualTo(new double[] { initial }));
        Assert.That(environment.Reset().TaskObs, Is.EqualTo(new double[] { initial }));
        environment.SetTaskState([0]);
        Assert.That(environment.Reset().TaskObs, Is.EqualTo(new double[] { 0 }));
        Refused(() => MTEnv.Make(id, ("initial_task_state", 99)), "integer from 0");
    }

    [Test]
    public void FrameSkipIsTheNumberOfControlStepsOfAnAction()
    {
        using var one = MTEnv.Make("MT-HiPBMDP-Cheetah-Run-vary-torso-length-v0", ("frame_skip", 1));
        using var two = MTEnv.Make("MT-HiPBMDP-Cheetah-Run-vary-torso-length-v0");
        one.Seed(3);
        two.Seed(3);
        Assert.That(two.Reset().EnvObs, Is.EqualTo(one.Reset().EnvObs));
        var action = new[] { 0.5, -0.5, 0.1, 0.9, -0.2, 0.3 };
        one.Step(action);
        Assert.That(two.Step(action).Observation.EnvObs, Is.EqualTo(one.Step(action).Observation.EnvObs));
    }
}
