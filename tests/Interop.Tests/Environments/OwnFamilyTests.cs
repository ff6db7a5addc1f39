namespace MtrlFunctional.Tests.Environments;

/// <summary>Families and environments of a program that break their contract: refused with task, step and episode.</summary>
public sealed class OwnFamilyTests
{
    /// <summary>In the second step.</summary>
    private static readonly Dictionary<string, (Action<Own> Breaks, string Message)> _faults = new()
    {
        ["an observation that is not written"] = (own => own.Written = 2, "own: its environment gave an observation without a number at place 2 in step 2 of episode 0; Observe writes all 3"),
        ["an observation that is too long"] = (own => own.Written = 4, "own: Observe of its environment failed in step 2 of episode 0"),
        ["an observation that is not finite"] = (own => own.Number = float.NaN, "own: its environment gave an observation with NaN at place 0 in step 2 of episode 0"),
        ["a reward that is not finite"] = (own => own.Gives = double.NegativeInfinity, "own: its environment gave a reward of -"),
        ["a reward beyond single precision"] = (own => own.Gives = -1e300, "own: its environment gave a reward of -1E+300 in step 2"),
        ["a step that throws"] = (own => own.Throws = nameof(IEnvironment.Step), "own: Step of its environment failed in step 2 of episode 0: broken"),
        ["a reward that throws"] = (own => own.Throws = nameof(IEnvironment.Reward), "own: Reward of its environment failed in step 2"),
        ["a success that throws"] = (own => own.Throws = nameof(IEnvironment.Success), "own: Success of its environment failed in step 2"),
        ["no status"] = (own => own.Returns = (EpisodeStatus)9, "own: its environment gave the status 9 in step 2"),
        ["a terminal state that there is not"] = (own => own.Returns = EpisodeStatus.Terminated, "own: its environment gave a terminal state in step 2"),
    };

    private static IEnumerable<string> Faults() => _faults.Keys;

    [TestCaseSource(nameof(Faults))]
    public void IsRefusedInTheSameStep(string fault)
    {
        var (breaks, message) = _faults[fault];
        var own = new Own();
        using var environments = new VectorEnvironment(new Family(() => own));
        environments.Reset();
        environments.Step([0f]);
        breaks(own);
        var failure = Assert.Throws<MtrlException>(() => environments.Step([0f]))!;
        Assert.That(failure.Message, Does.StartWith(message));
        Assert.That(failure.ExitCode, Is.EqualTo(ExitCode.Stopped));
        Assert.That(failure.InnerException, own.Throws is null && own.Written < 4 ? Is.Null : Is.Not.Null);
    }

    [Test]
    public void AnEpisodeWithoutAnEndIsRefusedAtItsHorizon()
    {
        using var environments = new VectorEnvironment(new Family(() => new Own()));
        environments.Reset();
        for (var step = 0; step < 4; step++)
            environments.Step([0f]);
        Assert.That(
            () => environments.Step([0f]),
            Throws.InstanceOf<MtrlException>().With.Message.StartsWith("own: its environment is still running in step 5 of episode 0; its horizon is 5 steps"));
    }

    [TestCase(nameof(IEnvironment.Reset), "own: Reset of its environment failed in step 0 of episode 0: broken")]
    [TestCase(nameof(IEnvironment.Status), "own: its environment is Truncated after a reset in step 0 of episode 0")]
    public void AResetThatFailsIsRefused(string what, string message)
    {
        using var environments = new VectorEnvironment(new Family(() => new Own { Throws = what }));
        Assert.That(environments.Reset, Throws.InstanceOf<MtrlException>().With.Message.StartsWith(message));
    }

    [Test]
    public void AStateThatIsNullIsRefused()
    {
        using var environments = new VectorEnvironment(new Family(() => new Own()));
        environments.Reset();
        Assert.That(environments.Save, Throws.InstanceOf<MtrlException>().With.Message.StartsWith("own: Save of its environment returned null"));
    }

    [Test]
    public void AFamilyThatIsNotWholeIsRefused()
    {
        static void Refused(IEnvironmentFamily family, string message) => Assert.That(
            () => new VectorEnvironment(family), Throws.InstanceOf<MtrlException>().With.Message.StartsWith(message));

        Refused(new Family(() => null!), "own: Create of its family returned null");
        Refused(new Family(() => throw new KeyNotFoundException("broken")), "own: its environment could not be made: broken");
        var only = new Own();
        Refused(
            new Family(() => only) { Tasks = [new EnvironmentTask("own", 1), new EnvironmentTask("other", 1)] },
            "other: Create of its family returned the environment that own has");
        Refused(new Family(() => new Own()) { Tasks = null! }, "Family: its Tasks is null");
        Refused(new Family(() => new Own()) { Tasks = [new EnvironmentTask("own", 1), null!] }, "Family: its task 1 has no name");
        Refused(new Family(() => new Own()) { Spec = null! }, "Family: its Spec is null");
        Refused(new Family(() => new Own()) { Tasks = [] }, "Family: its Tasks is empty");
        Refused(new Family(() => new Own()) { Tasks = [new EnvironmentTask("own", 0)] }, "own: its Instances is 0");
    }

    [Test]
    public void ATaskThatDoesNotFitIntoTheRowsOfItsFamilyIsRefused()
    {
        static EnvironmentSpec Spec(int observation, ActionSpace action, int horizon) =>
            new(EnvironmentSpecModule.Vector(observation), action, horizon, terminates: false);

        static void Refused(EnvironmentSpec family, EnvironmentSpec task, string message) => Assert.That(
            () => new VectorEnvironment(new Family(() => new Own()) { Spec = family, Tasks = [new EnvironmentTask("own", 1) { Spec = task }] }),
            Throws.InstanceOf<MtrlException>().With.Message.StartsWith($"own: its Spec has {message}"));

        var (box, choices) = (ActionSpace.NewBox(2), ActionSpace.NewDiscrete(3));
        Refused(Spec(3, box, 5), Spec(4, box, 5), "observations of 4 numbers, and the family's 3");
        Refused(Spec(3, box, 5), Spec(3, ActionSpace.NewBox(3), 5), "actions of 3 numbers, and the family's 2");
        Refused(Spec(3, box, 5), Spec(3, box, 6), "episodes of 6 steps, and the family's 5");
        Refused(Spec(3, choices, 5), Spec(3, ActionSpace.NewDiscrete(2), 5), "Discrete 2, and the family's Discrete 3");
    }

    [Test]
    public void ADisposalThatFailsLeavesNothingUndisposed()
    {
        var (first, second) = (new Own { Throws = nameof(IDisposable.Dispose) }, new Own());
        var made = 0;
        var environments = new VectorEnvironment(new Family(() => made++ == 0 ? first : second)
        {
            Tasks = [new EnvironmentTask("first", 1), new EnvironmentTask("second", 1)],
        });
        Assert.That(environments.Dispose, Throws.InstanceOf<MtrlException>().With.Message.EqualTo("first: Dispose failed: broken"));
        Assert.That(second.IsDisposed);
    }

    [Test]
    public void AStepWithoutAnEpisodeIsAMistakeOfTheCaller()
    {
        using var environments = new VectorEnvironment(new Family(() => new Own()));
        Assert.That(() => environments.Step([0f]), Throws.InvalidOperationException.With.Message.StartsWith("own: no episode is running"));
    }

    private sealed class Family(Func<IEnvironment> create) : IEnvironmentFamily
    {
        public EnvironmentSpec Spec { get; init; } = new(EnvironmentSpecModule.Vector(3), ActionSpace.NewBox(1), horizon: 5, terminates: false);

        public IReadOnlyList<EnvironmentTask> Tasks { get; init; } = [new EnvironmentTask("own", 1)];

        public IEnvironment Create(int task) => create();

        public void Dispose()
        {
            // Nothing is shared.
        }
    }

    /// <summary>Never ends.</summary>
    private sealed class Own : IEnvironment
    {
        internal int Written { get; set; } = 3;

        internal float Number { get; set; }

        internal double Gives { get; set; }

        internal EpisodeStatus Returns { get; set; } = EpisodeStatus.Running;

        internal string? Throws { get; set; }

        internal bool IsDisposed { get; private set; }

        public int Steps { get; private set; }

        public EpisodeStatus Status => Throws == nameof(Status) ? EpisodeStatus.Truncated : Returns;

        public double Reward => Give(nameof(Reward), Gives);

        public bool? Success => Give<bool?>(nameof(Success), null);

        public void Reset(int instance, Key key) => Steps = Give(nameof(Reset), 0);

        public EpisodeStatus Step(ReadOnlySpan<float> action)
        {
            Steps++;
            return Give(nameof(Step), Returns);
        }

        public void Observe(Span<float> observation)
        {
            for (var i = 0; i < Written; i++)
                observation[i] = Number;
        }

        public EpisodeState Save() => null!;

        public void Load(EpisodeState state)
        {
        }

        public void Dispose() => IsDisposed = Give(nameof(Dispose), true);

        private T Give<T>(string member, T value) => Throws == member ? throw new KeyNotFoundException("broken") : value;
    }
}
