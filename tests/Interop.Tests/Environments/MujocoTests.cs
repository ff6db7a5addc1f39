using MtrlFunctional.Environments;
using MtrlFunctional.Physics;
using MtrlFunctional.Randomness;
using MtrlFunctional.Spaces;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Environments;

[TestFixture]
public sealed class MujocoTests
{
    private static readonly Key _key = KeyModule.OfSeed(1);

    [Test]
    public void AnEpisodeIsAFunctionOfItsKeyAndActions()
    {
        using var family = new MujocoFamily(20, PointTasks.Right, PointTasks.Left);
        using var one = family.Create(0);
        using var two = family.Create(0);
        two.Reset(0, KeyModule.At(7, _key));
        Play(two, 5);
        Assert.That(Played(one, _key), Is.EqualTo(Played(two, _key)));
        Assert.That(Played(one, KeyModule.At(1, _key)), Is.Not.EqualTo(Played(two, _key)));
        Assert.That(one.Status, Is.EqualTo(EpisodeStatus.Truncated));
    }

    [Test]
    public void ASavedEpisodeContinuesWithTheSameBits()
    {
        using var family = new MujocoFamily(20, PointTasks.Right);
        using var one = family.Create(0);
        one.Reset(0, _key);
        Play(one, 6);
        var saved = one.Save();
        var observed = Observed(one);
        var rest = Play(one, 10);
        using var two = family.Create(0);
        two.Load(saved);
        Assert.That(Observed(two), Is.EqualTo(observed));
        Assert.That(Play(two, 10), Is.EqualTo(rest));
    }

    [Test]
    public void AnActionIsMappedToTheRangeOfTheActuatorAndOneThatIsNotFiniteEndsTheEpisode()
    {
        using var family = new MujocoFamily(20, PointTasks.Right);
        using var environment = (MujocoEnvironment)family.Create(0);
        environment.Reset(0, _key);
        environment.Step([0.5f, -3f]);
        Assert.That(environment.World.Control.ToArray(), Is.EqualTo(new[] { 1.0, -2.0 }));
        Assert.That(environment.Step([float.NaN, 0]), Is.EqualTo(EpisodeStatus.Unstable));
        Assert.That(environment.Reward, Is.Zero);
        Assert.That(() => environment.Step([0, 0]), Throws.InvalidOperationException);
        Assert.That(() => environment.Step([0]), Throws.ArgumentException);
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
    public void TasksOfDifferentSizesShareTheLargestObservation()
    {
        var small = PointTasks.Left with { Observation = world => [(float)world.Positions[0]] };
        using var family = new MujocoFamily(20, PointTasks.Right, small);
        Assert.That(EnvironmentSpecModule.ObservationSize(family.Spec), Is.EqualTo(4));
        using var environment = family.Create(1);
        environment.Reset(0, _key);
        Assert.That(Observed(environment)[1..], Is.EqualTo(new float[3]));
    }

    [Test]
    public void AMissingModelIsNamed() => Assert.That(
        () => new MujocoFamily(20, PointTasks.Right with { Model = "no/such.xml" }),
        Throws.InstanceOf<PhysicsException>().With.Message.EqualTo("no/such.xml: no such file."));

    private static float[] Played(IEnvironment environment, Key key)
    {
        environment.Reset(0, key);
        return Play(environment, 20);
    }

    private static float[] Play(IEnvironment environment, int steps)
    {
        var seen = new List<float>();
        for (var step = 0; step < steps; step++)
        {
            environment.Step([MathF.Cos(environment.Steps), MathF.Sin(environment.Steps)]);
            seen.AddRange(Observed(environment));
            seen.Add((float)environment.Reward);
        }

        return [.. seen];
    }

    private static float[] Observed(IEnvironment environment)
    {
        var observation = new float[4];
        environment.Observe(observation);
        return observation;
    }
}
