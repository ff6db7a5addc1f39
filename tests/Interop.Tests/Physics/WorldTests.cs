namespace MtrlFunctional.Tests.Physics;

public sealed class WorldTests
{
    private static readonly double[] _grip = [0.3];
    private Model _model = null!;
    private World _world = null!;

    [SetUp]
    public void MakeWorld()
    {
        _model = Model.LoadText(Scenes.Bench);
        _world = new World(_model);
    }

    [TearDown]
    public void FreeWorld()
    {
        _world.Dispose();
        _model.Dispose();
    }

    [Test]
    public void AFallingBodyFallsAsNewtonSays()
    {
        using var model = Model.LoadText(
            "<mujoco><worldbody><body pos='0 0 10'><freejoint/><geom size='0.1'/></body></worldbody></mujoco>");
        using var world = new World(model);
        Assert.That(world.Advance(100), Is.EqualTo(StepOutcome.Ok));
        // Semi-implicit Euler: z = z0 - g h² n (n + 1) / 2.
        var h = model.TimeStep;
        Assert.That(world.Positions[2], Is.EqualTo(10 - 9.81 * h * h * 100 * 101 / 2).Within(1e-12));
        Assert.That(world.Time, Is.EqualTo(100 * h).Within(1e-12));
    }

    [Test]
    public void ElementsAreFoundByTheirNames()
    {
        using var model = Model.LoadText(
            """
            <mujoco><worldbody>
              <body name='arm' pos='1 2 3'><joint name='shoulder'/><geom size='0.1'/><site name='tip' pos='0 0 1'/></body>
              <body name='ball' pos='0 0 5'><freejoint name='flight'/><geom size='0.1'/></body>
            </worldbody></mujoco>
            """);
        using var world = new World(model);
        world.Joint("shoulder")[0] = Math.PI / 2;
        world.JointVelocity("flight")[5] = 7;
        world.Forward();
        Assert.That(world.Body("arm"), Is.EqualTo(new double[] { 1, 2, 3 }));
        Assert.That(world.Site("tip"), Is.EqualTo(new double[] { 1, 2, 4 }).Within(1e-12), "a hinge about z");
        Assert.That(world.Positions[0], Is.EqualTo(Math.PI / 2));
        Assert.That(world.Joint("flight").ToArray(), Is.EqualTo(new double[] { 0, 0, 5, 1, 0, 0, 0 }));
        Assert.That(world.JointVelocity("flight").Length, Is.EqualTo(6));
        Assert.That(world.Velocities[6], Is.EqualTo(7));
        Assert.That(() => world.Site("tipp"), Throws.InstanceOf<PhysicsException>().With.Message.Contains("no site named 'tipp'. Nearest: tip"));
        Assert.That(() => world.Joint("elbow"), Throws.InstanceOf<PhysicsException>().With.Message.Contains("no joint named 'elbow'"));
    }

    [Test]
    public void TheCarriageFollowsItsHandle()
    {
        // The weld holds the compiled relative pose, which is none.
        Assert.That(_world.Drive(0, Scenes.Pose, _grip, 5, 100), Is.EqualTo(StepOutcome.Ok));
        _world.Forward();
        var carriage = _world.BodyPosition(_model.Id(ElementKind.Body, "carriage"));
        Assert.That(carriage[0], Is.EqualTo(0.05).Within(0.01));
        Assert.That(carriage[2], Is.EqualTo(0.45).Within(0.02));
        // The engine normalises the commanded quaternion in place.
        Assert.That(_world.MocapQuaternions[0], Is.EqualTo(Math.Sqrt(0.5)).Within(1e-15));
    }

    [Test]
    public void OneActEqualsItsParts()
    {
        using var other = new World(_model);
        for (var i = 0; i < 20; i++)
        {
            _world.Act(0, Scenes.Pose, _grip, 5);
            Scenes.Pose.AsSpan(0, 3).CopyTo(other.MocapPositions);
            Scenes.Pose.AsSpan(3, 4).CopyTo(other.MocapQuaternions);
            _grip.CopyTo(other.Control);
            for (var k = 0; k < 5; k++)
                other.Advance(1);
            other.Forward();
        }

        Assert.That(other.Positions.ToArray(), Is.EqualTo(_world.Positions.ToArray()));
        Assert.That(other.WarmStart.ToArray(), Is.EqualTo(_world.WarmStart.ToArray()));
    }

    [Test]
    public void UsingTheLastEvaluationChangesNoBit()
    {
        using var other = new World(_model);
        var contacts = 0;
        for (var i = 0; i < 200; i++)
        {
            // The carriage comes down on the box and moves about: contacts, turning free bodies.
            double[] pose = [0.4 + 0.2 * Math.Sin(0.1 * i), 0.05 * Math.Cos(0.3 * i), 0.5 - 0.002 * i, 1, 0, 1, 0.1];
            double[] control = [Math.Sin(i)];
            Assert.That(_world.Act(0, pose, control, 5), Is.EqualTo(StepOutcome.Ok));
            Assert.That(other.Act(0, pose, control, 5, untouched: i > 0), Is.EqualTo(StepOutcome.Ok));
            Assert.That(other.SaveState(), Is.EqualTo(_world.SaveState()), $"step {i}");
            contacts = Math.Max(contacts, _world.ContactCount);
        }

        Assert.That(contacts, Is.GreaterThan(4));
    }

    [Test]
    public void ASavedStateGoesOnBitByBit()
    {
        for (var i = 0; i < 30; i++)
            _world.Act(0, Scenes.Pose, _grip, 5);
        var state = _world.SaveState();

        using var other = new World(_model);
        other.Act(0, [0, 0, 0.6, 1, 0, 1, 0], [-1], 5);
        other.LoadState(state);
        for (var i = 0; i < 30; i++)
        {
            _world.Act(0, Scenes.Pose, [0.01 * i], 5);
            other.Act(0, Scenes.Pose, [0.01 * i], 5);
        }

        Assert.That(other.SaveState(), Is.EqualTo(_world.SaveState()));
        Assert.That(other.SaveState(), Is.Not.EqualTo(state));
    }

    [TestCase("velocity")]
    [TestCase("position")]
    [TestCase("control")]
    [TestCase("mocap")]
    public void ABadNumberIsAnEventAndAResetMends(string where)
    {
        using var fresh = new World(_model);
        _world.Act(0, Scenes.Pose, _grip, 5);
        var pose = (double[])Scenes.Pose.Clone();
        double[] control = [0.3];
        switch (where)
        {
            case "velocity": _world.Velocities[3] = double.NaN; break;
            case "position": _world.Positions[9] = 1e200; break;
            case "control": control[0] = double.NaN; break;
            default: pose[1] = double.NaN; break;
        }

        Assert.That(_world.Act(0, pose, control, 5), Is.EqualTo(StepOutcome.Unstable));
        _world.Reset();
        for (var i = 0; i < 10; i++)
        {
            Assert.That(_world.Act(0, Scenes.Pose, _grip, 5), Is.EqualTo(StepOutcome.Ok));
            fresh.Act(0, Scenes.Pose, _grip, 5);
        }

        Assert.That(_world.Positions.ToArray(), Is.EqualTo(fresh.Positions.ToArray()));
        Assert.That(File.Exists("MUJOCO_LOG.TXT"), Is.False);
    }

    [Test]
    public void PressureIsTheForceBetweenTwoGeoms()
    {
        _world.Drive(0, Scenes.Pose, _grip, 5, 60);
        _world.Forward();
        double On(string geom) => _world.Pressure(_model.Id(ElementKind.Geom, geom), _model.Id(ElementKind.Geom, "box"));

        // The pad (50 g) and the box (300 g) rest: the floor carries both.
        Assert.That(On("pad"), Is.EqualTo(0.05 * 9.81).Within(0.02));
        Assert.That(On("floor"), Is.EqualTo(0.35 * 9.81).Within(0.1));
    }

    [Test]
    public void AFatalEngineErrorIsAnException()
    {
        // A geom type that has no collision function and no rules: the engine calls its error handler.
        using var broken = _model.Copy();
        broken.Ints("jnt_type")[1] = 99;
        Assert.That(() => { using var world = new World(broken); world.Forward(); world.Advance(1); },
            Throws.InstanceOf<PhysicsException>().With.Message.Contains("MuJoCo failed"));
        Assert.That(_world.Advance(1), Is.EqualTo(StepOutcome.Ok));
    }

    [Test]
    public void WrongLengthsAreRefused()
    {
        Assert.That(() => _world.Act(0, Scenes.Pose, [1, 2], 5), Throws.ArgumentException);
        Assert.That(() => _world.Act(1, Scenes.Pose, _grip, 5), Throws.ArgumentException);
        Assert.That(() => _world.Act(0, [1], _grip, 5), Throws.ArgumentException);
        Assert.That(() => _world.LoadState([1]), Throws.ArgumentException);
    }

    [Test]
    public void MemoryStaysFlat()
    {
        for (var i = 0; i < 20; i++)
            Round();
        // The managed heap grows at first, also by other tests: a leak grows each time.
        Assert.That(Enumerable.Range(0, 8).Any(_ => Growth() < 6L << 20));

        static long Growth()
        {
            var before = Resident();
            for (var i = 0; i < 100; i++)
                Round();
            return Resident() - before;
        }

        static void Round()
        {
            using var model = Model.LoadText(Scenes.Bench);
            using var copy = model.Copy();
            using var world = new World(copy);
            world.Advance(5);
        }

        static long Resident()
        {
            // Where caches are large, the runtime collects nothing for hundreds of megabytes.
            GC.Collect();
            using var self = System.Diagnostics.Process.GetCurrentProcess();
            return self.WorkingSet64;
        }
    }
}
