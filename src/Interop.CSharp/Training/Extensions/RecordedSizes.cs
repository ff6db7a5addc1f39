namespace MtrlFunctional.Training;

/// <summary>Sizes of a run's own environments, in its folder: with them its policy is loaded and exported without the program that
/// has the environments.</summary>
internal sealed record RecordedSizes(string Name, int Horizon, RecordedSizes.Spaces All, RecordedSizes.OfTask[] Tasks)
{
    private const string FileName = "own-environments.json";

    /// <summary>What an environment returns and takes, as <see cref="EnvironmentSpec"/>.</summary>
    internal sealed record Spaces(int[] Shape, bool IsBytes, int Frames, int Tail, int Actions, bool IsDiscrete)
    {
        internal static Spaces Of(EnvironmentSpec spec) => new(
            [.. spec.Observation.Shape], spec.Observation.Element.IsUInt8, spec.Observation.Frames, spec.Observation.Tail,
            EnvironmentSpecModule.ActionSize(spec), spec.Action.IsDiscrete);

        internal EnvironmentSpec Spec(int horizon) => new(
            new ObservationSpace(ListModule.OfSeq(Shape), IsBytes ? ElementType.UInt8 : ElementType.Float32, Frames, Tail),
            IsDiscrete ? ActionSpace.NewDiscrete(Actions) : ActionSpace.NewBox(Actions), horizon, terminates: true);
    }

    /// <summary>A task, with its own spaces where they differ from the common spaces.</summary>
    internal sealed record OfTask(string Name, Spaces? Own);

    /// <summary>Writes the sizes of an experiment's own environments, not the library's, into its run folder.</summary>
    internal static void Write(RunFolder folder, Experiment experiment, Extensions extensions)
    {
        if (extensions.OwnOf(experiment) is not { } own)
            return;
        using var family = own.Make();
        var sizes = new RecordedSizes(
            own.Name, family.Spec.Horizon, Spaces.Of(family.Spec),
            [.. family.Tasks.Select(task => new OfTask(task.Name, task.Spec is { } own ? Spaces.Of(own) : null))]);
        folder.WriteText(FileName, JsonSerializer.Serialize(sizes));
    }

    /// <summary>The extensions of a run with its recorded environments, where its own are not among them.</summary>
    internal static Extensions Complete(RunFolder folder, Extensions extensions)
    {
        var path = Path.Combine(folder.Path, FileName);
        if (!File.Exists(path))
            return extensions;
        try
        {
            var sizes = JsonSerializer.Deserialize<RecordedSizes>(folder.ReadText(FileName)) ?? throw new JsonException("it is empty");
            return extensions.Environments.Any(own => own.Name == sizes.Name)
                ? extensions
                : extensions with { Environments = [.. extensions.Environments, new OwnEnvironments(sizes.Name, () => new Family(sizes))] };
        }
        catch (JsonException e)
        {
            throw new MtrlException($"{path}: cannot be read ({e.Message.TrimEnd('.')}).", inner: e);
        }
    }

    /// <summary>Environments of which nothing but their sizes is known: they are never stepped.</summary>
    private sealed class Family(RecordedSizes sizes) : IEnvironmentFamily
    {
        public EnvironmentSpec Spec { get; } = sizes.All.Spec(sizes.Horizon);

        public IReadOnlyList<EnvironmentTask> Tasks { get; } =
            [.. sizes.Tasks.Select(task => new EnvironmentTask(task.Name, Instances: 1) { Spec = task.Own?.Spec(sizes.Horizon) })];

        public IEnvironment Create(int task) => new Absent();

        public void Dispose()
        {
            // Nothing is shared.
        }
    }

    private sealed class Absent : IEnvironment
    {
        public int Steps => 0;

        public EpisodeStatus Status => EpisodeStatus.Truncated;

        public double Reward => 0;

        public bool? Success => null;

        public void Reset(int instance, Key key) => throw new NotSupportedException();

        public EpisodeStatus Step(ReadOnlySpan<float> action) => throw new NotSupportedException();

        public void Observe(Span<float> observation) => throw new NotSupportedException();

        public EpisodeState Save() => throw new NotSupportedException();

        public void Load(EpisodeState state) => throw new NotSupportedException();

        public void Dispose()
        {
            // No world.
        }
    }
}
