namespace MtrlFunctional.Tests.Environments;

/// <summary>Goals of own tasks that move while an episode runs.</summary>
public sealed class MovableGoalTests
{
    private const int Horizon = 5;

    private readonly TemporaryFolder _models = new();

    [OneTimeTearDown]
    public void Remove() => _models.Dispose();

    private string Model(string bodies)
    {
        var file = _models[$"{Guid.NewGuid()}.xml"];
        File.WriteAllText(file, $"""
            <mujoco>
              <worldbody>
                {bodies}
                <body name="ball"><joint name="x" type="slide" axis="1 0 0"/><geom size="0.1"/></body>
              </worldbody>
              <actuator><motor joint="x"/></actuator>
            </mujoco>
            """);
        return file;
    }

    private MujocoTask Task(string bodies, string? goal = null, string observed = "ball") => new()
    {
        Name = "reach",
        Model = Model(bodies),
        Goal = goal,
        Observation = world => [(float)world.Body(observed)[0]],
        Reward = (_, _) => 0,
    };

    private static VectorEnvironment Environments(MujocoTask task) => new(new MujocoFamily(Horizon, task));

    [Test]
    public void AMocapBodyNamedGoalIsTheGoalUnlessAnotherIsNamed()
    {
        const string Both = """<body name="goal" mocap="true"/><body name="flag" mocap="true"/>""";
        using var found = Environments(Task(Both));
        using var named = Environments(Task(Both, "flag"));
        using var none = Environments(Task("""<body name="goal"/>"""));
        Assert.That(found.GoalBody(0), Is.EqualTo(1));
        Assert.That(named.GoalBody(0), Is.EqualTo(2));
        Assert.That(none.GoalBody(0), Is.Null);
        Assert.That(() => none.MoveGoal(0, [0, 0, 0]), Throws.ArgumentException);

        using var trials = new VectorEnvironment(WrappedFamily.Trials(new MujocoFamily(Horizon, Task(Both)), new Trial(2, 0)));
        Assert.That(trials.GoalBody(0), Is.Null);
    }

    [Test]
    public void ANamedGoalThatCannotMoveIsRefused() => Assert.That(
        () => Environments(Task("""<body name="flag" mocap="true"/>""", "ball")),
        Throws.InstanceOf<PhysicsException>().With.Message.EndsWith("body 'ball' is no mocap body (mocap=\"true\")."));

    [Test]
    public void AMovedGoalIsObservedUntilTheNextEpisodeAndItsEpisodeGoesOn()
    {
        using var environments = Environments(Task("""<body name="goal" mocap="true" pos="1 0 0"/>""", observed: "goal"));
        environments.ResetTo(0);
        Assert.That(environments.Observations[0], Is.EqualTo(1f));
        for (var step = 0; step < Horizon; step++)
            environments.Step([0]);
        Assert.That(environments.Ended(0), Is.True);

        environments.MoveGoal(0, [2, 0, 0]);
        Assert.That(environments.Ended(0), Is.False);
        environments.Step([0]);
        Assert.That(environments.Observations[0], Is.EqualTo(2f));
        Assert.That(environments.EpisodeSteps(0), Is.EqualTo(1));

        environments.ResetTo(1);
        Assert.That(environments.Observations[0], Is.EqualTo(1f));
    }
}
