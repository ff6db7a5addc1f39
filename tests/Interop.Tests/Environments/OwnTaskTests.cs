namespace MtrlFunctional.Tests.Environments;

/// <summary>Functions of a task of one's own that break their contract: refused with task, function and step.</summary>
public sealed class OwnTaskTests
{
    private static readonly MujocoTask _right = PointTasks.Right;

    /// <summary>From the third step on.</summary>
    private static readonly Dictionary<string, (MujocoTask Task, string Message)> _faults = new()
    {
        ["shorter"] = (With(observation: _ => [1f]), "right: its Observation returned 1 number; the first observation of this task had 4, in step 3"),
        ["longer"] = (With(observation: _ => new float[9]), "right: its Observation returned 9 numbers"),
        ["empty"] = (With(observation: _ => []), "right: its Observation returned 0 numbers"),
        ["null"] = (With(observation: _ => null!), "right: its Observation returned null"),
        ["NaN"] = (With(observation: _ => [0, 0, float.NaN, 0]), "right: its Observation returned NaN at place 2"),
        ["infinite"] = (With(observation: _ => [float.NegativeInfinity, 0, 0, 0]), "at place 0; numbers of observations are finite, in step 3"),
        ["observation throws"] = (With(observation: _ => throw new KeyNotFoundException("no ball")), "right: its Observation failed in step 3 of an episode of instance 0: no ball"),
        ["reward NaN"] = (With(reward: _ => double.NaN), "right: its Reward returned NaN; rewards are finite in single precision, in step 3"),
        ["reward beyond"] = (With(reward: _ => 1e300), "right: its Reward returned 1E+300"),
        ["reward throws"] = (With(reward: _ => throw new KeyNotFoundException()), "right: its Reward failed in step 3"),
        ["success throws"] = (With(success: _ => throw new KeyNotFoundException()), "right: its Success failed in step 3"),
        ["terminal throws"] = (With(terminal: _ => throw new KeyNotFoundException()), "right: its Terminal failed in step 3"),
    };

    private static IEnumerable<string> Faults() => _faults.Keys;

    [TestCaseSource(nameof(Faults))]
    public void IsRefusedInTheSameStep(string fault)
    {
        var (task, message) = _faults[fault];
        using var family = new MujocoFamily(20, task);
        using var environment = family.Create(0);
        environment.Reset(0, KeyModule.OfSeed(1));
        environment.Step([0, 0]);
        environment.Step([0, 0]);
        Assert.That(
            () => environment.Step([0, 0]),
            Throws.InstanceOf<MtrlException>().With.Message.Contains(message).And.Property(nameof(Exception.InnerException))
                .Matches<Exception?>(inner => inner is KeyNotFoundException == fault.EndsWith("throws", StringComparison.Ordinal)));
    }

    [Test]
    public void AStartThatFailsOrLeavesNoStateIsRefused()
    {
        Exception? Of(Action<World, int, Key> start)
        {
            using var family = new MujocoFamily(20, _right with { Start = start });
            using var environment = family.Create(0);
            return Assert.Throws<MtrlException>(() => environment.Reset(0, KeyModule.OfSeed(1)));
        }

        Assert.That(Of((_, _, _) => throw new KeyNotFoundException("x"))!.Message, Does.StartWith("right: its Start failed at the start of an episode of instance 0: x"));
        Assert.That(Of((world, _, _) => world.Positions[0] = double.NaN)!.Message, Does.StartWith("right: its "));
    }

    [Test]
    public void ATaskWithoutAPartIsRefusedWhenItsFamilyIsMade()
    {
        static void Refused(MujocoTask task, string message) => Assert.That(
            () => new MujocoFamily(20, PointTasks.Left, task), Throws.InstanceOf<MtrlException>().With.Message.StartsWith(message));

        Refused(_right with { Observation = _ => [] }, "right: its Observation returned 0 numbers; an observation has at least one, at the model's own start.");
        Refused(_right with { Observation = _ => null! }, "right: its Observation returned null");
        Refused(_right with { Observation = _ => throw new KeyNotFoundException("x") }, "right: its Observation failed at the model's own start: x");
        Refused(_right with { Observation = null! }, "right: has no Observation");
        Refused(_right with { Reward = null! }, "right: has no Reward");
        Refused(_right with { Model = "" }, "right: has no Model");
        Refused(_right with { Name = null! }, "task 1: has no Name");
        Refused(null!, "task 1: is null");
    }

    /// <summary>An array that the function uses again, for all environments.</summary>
    [Test]
    public void NumbersOfAnObservationAreCopied()
    {
        var shared = new float[4];
        var task = _right with
        {
            Observation = world =>
            {
                shared[0] = (float)world.Positions[0];
                return shared;
            },
        };
        using var family = new MujocoFamily(20, task);
        using var one = family.Create(0);
        using var two = family.Create(0);
        one.Reset(0, KeyModule.OfSeed(1));
        two.Reset(0, KeyModule.OfSeed(2));
        var (first, second) = (new float[4], new float[4]);
        one.Observe(first);
        two.Observe(second);
        Assert.That(first[0], Is.Not.EqualTo(second[0]));
    }

    [Test]
    public void TasksOfDifferentSizesArePadded()
    {
        using var family = new MujocoFamily(20, _right, PointTasks.Left with { Observation = world => [(float)world.Positions[0]] });
        using var environments = new VectorEnvironment(family);
        environments.Reset();
        environments.Step(new float[4]);
        Assert.That(EnvironmentSpecModule.ObservationSize(family.Spec), Is.EqualTo(4));
        Assert.That(environments.NextObservations[4..].ToArray(), Has.Some.Not.Zero.And.Exactly(3).Zero);
    }

    private static MujocoTask With(
        Func<World, float[]>? observation = null, Func<World, double>? reward = null, Func<World, bool>? success = null,
        Func<World, bool>? terminal = null)
    {
        // Three steps of five physics steps each.
        var third = 0.0;
        bool IsLate(World world) => world.Time > third;
        using (var model = Model.LoadFile(_right.Model))
            third = ((3 * _right.Substeps) - 0.5) * model.TimeStep;
        return _right with
        {
            Observation = world => observation is not null && IsLate(world) ? observation(world) : _right.Observation(world),
            Reward = (world, action) => reward is not null && IsLate(world) ? reward(world) : _right.Reward(world, action),
            Success = world => success is not null && IsLate(world) ? success(world) : false,
            Terminal = world => terminal is not null && IsLate(world) && terminal(world),
        };
    }
}
