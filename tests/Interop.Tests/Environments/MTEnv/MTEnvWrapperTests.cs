using MtrlFunctional.Tasks;

namespace MtrlFunctional.Tests.Environments;

/// <summary>A cart-pole with motors of different strength: an action has a tenth to all of the original's force.</summary>
internal sealed class MotorStrengths()
    : EnvToMTEnv(new CartPole(0.5, horizon: 200), new CartPoleFamily(horizon: 200).Spec, TaskSpace.NewBox(0.1, 1, 1))
{
    private double _strength;

    protected override void Apply(double[] taskState) => _strength = taskState[0];

    protected override (double Reward, bool Terminated, bool Truncated) Move(ReadOnlySpan<double> action) =>
        base.Move([_strength * action[0]]);
}

/// <summary>Base classes of wrappers: of an environment with one task, and of an environment with many.</summary>
public class MTEnvWrapperTests
{
    /// <summary>Rewards and observations of an episode of at most twenty steps with a constant action.</summary>
    private static double[] Episode(IMTEnvironment environment, double action = 1)
    {
        List<double> numbers = [.. environment.Reset().EnvObs];
        for (var i = 0; i < 20; i++)
        {
            var step = environment.Step(action);
            numbers.AddRange([step.Reward, .. step.Observation.EnvObs, .. step.Observation.TaskObs]);
            if (step.Done)
                break;
        }

        return [.. numbers];
    }

    private static MotorStrengths Motors(long seed = 5)
    {
        var motors = new MotorStrengths();
        motors.Seed(seed);
        motors.SeedTask(15);
        return motors;
    }

    [Test]
    public void ATaskStateSetsTheEnvironment()
    {
        using var environment = Motors();
        Assert.That(() => environment.Reset(), Throws.InvalidOperationException.With.Message.Contains("SetTaskState"));
        environment.SetTaskState([0.5]);
        environment.Reset();
        var half = environment.Step(1).Observation;

        using var whole = Motors();
        whole.SetTaskState([1]);
        whole.Reset();
        Assert.That(half.EnvObs, Is.EqualTo(whole.Step(0.5).Observation.EnvObs));
        Assert.That(half.TaskObs, Is.EqualTo(new[] { 0.5 }));
        Assert.That(environment.TaskState, Is.EqualTo(new[] { 0.5 }));
        Assert.That(environment.Environment, Is.InstanceOf<CartPole>());
    }

    [Test]
    public void TheTaskOfARunningEpisodeStays()
    {
        using var environment = Motors();
        using var plain = Motors();
        environment.SetTaskState([0.3]);
        plain.SetTaskState([0.3]);
        environment.Reset();
        plain.Reset();
        environment.SetTaskState([1]);
        var step = environment.Step(1).Observation;
        Assert.That(step.EnvObs, Is.EqualTo(plain.Step(1).Observation.EnvObs));
        Assert.That(step.TaskObs, Is.EqualTo(new[] { 0.3 }));
        environment.Reset();
        plain.Reset();
        Assert.That(environment.Step(1).Observation.EnvObs, Is.Not.EqualTo(plain.Step(1).Observation.EnvObs));
    }

    [Test]
    public void SampledTasksFillTheirSpaceAndRunInAnotherInstance()
    {
        using var environment = Motors();
        using var other = new MotorStrengths();
        other.Seed(5);
        double[] strengths = [.. Enumerable.Range(0, 200).Select(_ => environment.SampleTaskState()[0])];
        Assert.That(strengths.Min(), Is.InRange(0.1, 0.15));
        Assert.That(strengths.Max(), Is.InRange(0.95, 1));
        environment.ResetTaskState();
        other.SetTaskState(environment.TaskState);
        Assert.That(Episode(other), Is.EqualTo(Episode(environment)));
        Assert.That(() => environment.SetTaskState([0.05]), Throws.ArgumentException.With.Message.Contains("[0.1, 1]"));
        environment.Reset();
        Assert.That(() => environment.Step(2), Throws.ArgumentException.With.Message.Contains("[-1, 1]"));
    }

    [Test]
    public void AWrapperIsItsInnerEnvironmentBitByBit()
    {
        using var plain = MTEnv.Make("MT-CartPole-v0");
        using var wrapped = new MultiTask(MTEnv.Make("MT-CartPole-v0"));
        foreach (var environment in new[] { plain, wrapped })
        {
            environment.Seed(5);
            environment.SeedTask(15);
            environment.ResetTaskState();
        }

        Assert.That(wrapped.ActionSpace, Is.EqualTo(plain.ActionSpace));
        Assert.That(wrapped.TaskObservationSpace, Is.EqualTo(plain.TaskObservationSpace));
        Assert.That(wrapped.TaskState, Is.EqualTo(plain.TaskState));
        Assert.That(wrapped.TaskObs, Is.EqualTo(plain.TaskObs));
        Assert.That(wrapped.SampleTaskState(), Is.EqualTo(plain.SampleTaskState()));
        Assert.That(Episode(wrapped), Is.EqualTo(Episode(plain)));
    }

    [Test]
    public void AnInnerEnvironmentSeededAloneDoesNotSeedItsWrapper()
    {
        var inner = MTEnv.Make("MT-CartPole-v0");
        inner.Seed(5);
        inner.SeedTask(15);
        using var wrapped = new MultiTask(inner);
        Assert.That((wrapped.IsSeeded, wrapped.IsTaskSeeded), Is.EqualTo((false, false)));
        Assert.That(() => wrapped.ResetTaskState(), Throws.InvalidOperationException.With.Message.Contains("SeedTask"));
        wrapped.Seed(5);
        Assert.That((wrapped.IsSeeded, wrapped.IsTaskSeeded), Is.EqualTo((true, false)));
        wrapped.SeedTask(15);
        wrapped.ResetTaskState();
        Assert.That(wrapped.Reset().TaskObs, Is.EqualTo(inner.TaskState));
    }

    private sealed class DoubledReward(IMTEnvironment inner) : MultiTask(inner)
    {
        public override MTStep Step(params ReadOnlySpan<double> action)
        {
            var step = base.Step(action);
            return step with { Reward = 2 * step.Reward };
        }
    }
}
