using MtrlFunctional.Tasks;

namespace MtrlFunctional.Tests.Environments;

/// <summary>Multitask environments of a program that break their contract: refused with the function, the episode and the step.</summary>
public sealed class OwnMTEnvironmentTests
{
    private static readonly Dictionary<string, (Action<Own> Breaks, string Message)> _faults = new()
    {
        ["a short observation"] = (own => own.Observes = [1], "Own: ObserveEnvironment returned 1 numbers; ObservationSize is 2, in step 2 of episode 0."),
        ["no observation"] = (own => own.Observes = null!, "Own: ObserveEnvironment returned null"),
        ["an observation that is not finite"] = (own => own.Observes = [0, double.NaN], "Own: ObserveEnvironment returned NaN at place 1"),
        ["a reward that is not finite"] = (own => own.Gives = () => double.PositiveInfinity, "Own: Move returned a reward of "),
        ["a move that throws"] = (own => own.Gives = () => throw new KeyNotFoundException("broken"), "Own: Move failed in step 2 of episode 0: broken"),
    };

    private static IEnumerable<string> Faults() => _faults.Keys;

    [TestCaseSource(nameof(Faults))]
    public void IsRefusedInTheSameStep(string fault)
    {
        var (breaks, message) = _faults[fault];
        using var environment = new Own();
        environment.Seed(1);
        environment.SetTaskState([0.5]);
        environment.Reset();
        environment.Step(0);
        breaks(environment);
        Assert.That(() => environment.Step(0), Throws.InstanceOf<MtrlException>().With.Message.StartsWith(message));
    }

    [TestCase(null, "null")]
    [TestCase(new[] { 0.0, 0.0 }, "what has 2 numbers, must have 1")]
    public void AnObservationOfTheTaskOutsideItsSpaceIsRefused(double[]? shown, string what)
    {
        using var environment = new Own { Shows = shown! };
        environment.Seed(1);
        environment.SetTaskState([0.5]);
        Assert.That(() => environment.Reset(), Throws.InstanceOf<MtrlException>().With.Message.StartsWith($"Own: ObserveTask returned {what}"));
    }

    [Test]
    public void ATaskOutsideItsSpaceIsRefused()
    {
        using var environment = new Own { Samples = [2] };
        environment.SeedTask(1);
        Assert.That(environment.SampleTaskState, Throws.InstanceOf<MtrlException>().With.Message.StartsWith("Own: Sample returned what has 2 at index 0"));
    }

    private sealed class Own : MTEnvironmentBase
    {
        internal double[] Observes { get; set; } = [0, 0];

        internal double[] Shows { get; init; } = [0];

        internal double[] Samples { get; init; } = [0];

        internal Func<double> Gives { get; set; } = () => 1;

        public override ActionSpace ActionSpace { get; } = ActionSpace.NewBox(1);

        public override int ObservationSize => 2;

        public override TaskSpace TaskObservationSpace => TaskStateSpace;

        protected override TaskSpace TaskStateSpace { get; } = TaskSpace.NewBox(0, 1, 1);

        protected override double[] Sample(Key key) => Samples;

        protected override double[] ObserveTask(double[] taskState) => Shows;

        protected override void Start(double[] taskState, Key key)
        {
        }

        protected override (double Reward, bool Terminated, bool Truncated) Move(ReadOnlySpan<double> action) => (Gives(), false, false);

        protected override double[] ObserveEnvironment() => Observes;
    }
}
