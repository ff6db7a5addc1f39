using MtrlFunctional.Agents;
using MtrlFunctional.Surgery;

namespace MtrlFunctional.Training;

/// <summary>Parts that a program adds to the library's, and functions that a run calls.</summary>
/// <remarks>Immutable. A word chooses a part: <c>agent.surgery.method=NAME</c>, <c>agent.multitask.model=own/NAME</c>,
/// <c>env=own/NAME</c>. It stands in the configuration of the run, so that resuming requires the same part.</remarks>
public sealed record Extensions
{
    /// <summary>No extensions.</summary>
    public static Extensions None { get; } = new();

    /// <summary>Methods of gradient surgery.</summary>
    public IReadOnlyList<Method> Surgery { get; init; } = [];

    /// <summary>Networks of actor and critics, or of policy and value function.</summary>
    public IReadOnlyList<TaskModel> Networks { get; init; } = [];

    /// <summary>Environments with their tasks.</summary>
    public IReadOnlyList<OwnEnvironments> Environments { get; init; } = [];

    /// <summary>Algorithms with words of <c>agent=</c> and keys of their own.</summary>
    public IReadOnlyList<AlgorithmEntry> Algorithms { get; init; } = [];

    /// <summary>Experiments by name: <c>preset=NAME</c>.</summary>
    public IReadOnlyList<Preset> Presets { get; init; } = [];

    /// <summary>Functions that a run calls after an evaluation or a checkpoint.</summary>
    public Callbacks Callbacks { get; init; } = new();

    /// <summary>The parts as the core has them.</summary>
    /// <exception cref="MtrlException">Two parts of one kind have the same name, or one has a word of the library.</exception>
    public Additions Additions
    {
        get
        {
            RequireWhole();
            RequireDistinct("Surgery", Surgery.Select(part => part.Name), Methods.Described.Select(method => method.Item1));
            RequireDistinct("Networks", Networks.Select(part => part.Name));
            RequireDistinct("Environments", Environments.Select(part => part.Name));
            RequireDistinct("Algorithms", WordsOf(Algorithms), WordsOf(Catalogue.Standard));
            RequireDistinct("Presets", Presets.Select(preset => preset.Name));
            return new Additions(
                ListModule.OfSeq(Algorithms), ListModule.OfSeq(Surgery), ListModule.OfSeq(Networks),
                ListModule.OfSeq(Environments.Select(part => part.Describe())), ListModule.OfSeq(Presets));
        }
    }

    /// <summary>These and others, with the callbacks of the others where they have some.</summary>
    /// <param name="others">Parts with other names.</param>
    /// <returns>The extensions.</returns>
    public Extensions And(Extensions others) => new()
    {
        Surgery = [.. Surgery, .. others.Given().Surgery],
        Networks = [.. Networks, .. others.Networks],
        Environments = [.. Environments, .. others.Environments],
        Algorithms = [.. Algorithms, .. others.Algorithms],
        Presets = [.. Presets, .. others.Presets],
        Callbacks = new Callbacks
        {
            OnEvaluation = others.Callbacks.OnEvaluation ?? Callbacks.OnEvaluation,
            OnCheckpoint = others.Callbacks.OnCheckpoint ?? Callbacks.OnCheckpoint,
        },
    };

    /// <summary>These, with which a run ends at the first evaluation at or after a step, and saves a checkpoint there.</summary>
    /// <param name="step">Vector steps.</param>
    /// <returns>The extensions; their callbacks are called as before.</returns>
    public Extensions EndingAt(long step)
    {
        var given = Callbacks.OnEvaluation;
        return this with
        {
            Callbacks = Callbacks with
            {
                OnEvaluation = moment =>
                {
                    var decision = given?.Invoke(moment) ?? RunDecision.Continue;
                    return moment.Step >= step ? RunDecision.Stop : decision;
                },
            },
        };
    }

    /// <summary>The agent of an experiment, with the algorithms of the library and these.</summary>
    internal AnyAgent Agent(AgentSetting setting, Experiment experiment) =>
        OwnParts.Run(where: null, () => Catalogue.CreateFrom(AllAlgorithms, setting, experiment));

    internal FSharpList<AlgorithmEntry> AllAlgorithms => ListModule.OfSeq(Catalogue.Standard.Concat(Algorithms));

    /// <summary>The environments of an experiment: of the library, or of these.</summary>
    internal IEnvironmentFamily Family(Experiment experiment, bool evaluate)
    {
        if (!experiment.Choices.Env.Family.IsOwn)
            return ExperimentEnvironments.OfLibrary(experiment, evaluate);
        return OwnOf(experiment) is { } found
            ? found.MakeOf(experiment.Environment.Tasks)
            : throw new MtrlException(ConfigError.NewNotGiven("env", experiment.Choices.Env.Name).ToString());
    }

    /// <summary>The environments of these that an experiment names; null: none.</summary>
    internal OwnEnvironments? OwnOf(Experiment experiment) =>
        Environments.FirstOrDefault(own => own.Word == experiment.Choices.Env.Name);

    private void RequireWhole()
    {
        Require("Surgery", Surgery.Select(part => (part?.Name, part?.Usual is { Solve: not null, Start: not null } && part.Keys is not null)));
        Require("Networks", Networks.Select(part => (part?.Name, part?.Layers is not null)));
        Require("Environments", Environments.Select(part => (part?.Name, part?.Create is not null)));

        static void Require(string kind, IEnumerable<(string? Name, bool IsWhole)> parts)
        {
            foreach (var (index, part) in parts.Index())
                if (string.IsNullOrEmpty(part.Name) || !part.IsWhole)
                    throw new MtrlException($"Extensions.{kind}: part {index} {(string.IsNullOrEmpty(part.Name) ? "has no name" : $"('{part.Name}') has no function")}.");
        }
    }

    private static IEnumerable<string> WordsOf(IEnumerable<AlgorithmEntry> algorithms) =>
        algorithms.SelectMany(part => part.Algorithm.Words).Select(word => word.Name);

    private static void RequireDistinct(string kind, IEnumerable<string> names, IEnumerable<string>? taken = null)
    {
        if (names.Intersect(taken ?? []).FirstOrDefault() is { } word)
            throw new MtrlException($"Extensions.{kind}: '{word}' is a word of the library; choose another name.");
        if (names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new MtrlException($"Extensions.{kind}: two parts have the name '{twice.Key}'.");
    }
}
