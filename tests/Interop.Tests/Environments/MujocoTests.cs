namespace MtrlFunctional.Tests.Environments;

public sealed class MujocoTests
{
    private static readonly Key _key = KeyModule.OfSeed(1);

    [Test]
    public void AnActionIsMappedToTheRangeOfTheActuator()
    {
        using var family = new MujocoFamily(20, PointTasks.Right);
        using var environment = (MujocoEnvironment)family.Create(0);
        environment.Reset(0, _key);
        environment.Step([0.5f, -3f]);
        Assert.That(environment.World.Control.ToArray(), Is.EqualTo(new[] { 1.0, -2.0 }));
    }

    [Test]
    public void ATerminalStateIsDistinguishedFromATruncationAndSuccessFromNone()
    {
        var task = PointTasks.Right with { Terminal = world => world.Positions[0] > 0.4, Success = null };
        using var family = new MujocoFamily(200, task);
        using var environment = family.Create(0);
        environment.Reset(0, _key);
        while (environment.Step([1, 0]) == EpisodeStatus.Running)
            Assert.That(environment.Steps, Is.LessThan(100));
        Assert.That(environment.Status, Is.EqualTo(EpisodeStatus.Terminated));
        Assert.That(environment.Success, Is.Null);
        Assert.That(family.Spec.Terminates, Is.True);
    }

    [Test]
    public void WhatAStartWritesIntoTheModelIsItsEnvironmentsOwnAndIsThereAfterAResume()
    {
        double[] masses = [1, 5];
        var task = PointTasks.Right with
        {
            Instances = 2,
            Start = (world, instance, _) => world.Model.Doubles("body_mass")[^1] = masses[instance],
        };
        using var family = new MujocoFamily(20, task);
        using var light = (MujocoEnvironment)family.Create(0);
        using var heavy = (MujocoEnvironment)family.Create(0);
        using var resumed = (MujocoEnvironment)family.Create(0);
        light.Reset(0, _key);
        heavy.Reset(1, _key);
        Assert.That(light.World.Model.Doubles("body_mass")[^1], Is.EqualTo(1));
        heavy.Step([1, 0]);
        resumed.Load(heavy.Save());
        Assert.That(resumed.World.Model.Doubles("body_mass")[^1], Is.EqualTo(5));
        heavy.Step([1, 0]);
        resumed.Step([1, 0]);
        Assert.That(resumed.World.Positions.ToArray(), Is.EqualTo(heavy.World.Positions.ToArray()));
    }

    [Test]
    public void AMissingModelIsNamed() => Assert.That(
        () => new MujocoFamily(20, PointTasks.Right with { Model = "no/such.xml" }),
        Throws.InstanceOf<PhysicsException>().With.Message.EqualTo("no/such.xml: no such file."));
}
