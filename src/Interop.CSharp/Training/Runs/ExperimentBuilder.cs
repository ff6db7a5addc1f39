using MtrlFunctional.Tuning;

namespace MtrlFunctional.Training;

/// <summary>An experiment of words, for programs: <c>ExperimentBuilder.Preset("fast/mt10").Set("setup.seed", 1).Build()</c>.</summary>
/// <remarks>Immutable: each call returns another value. The last of repeated words wins, as on the command line.</remarks>
public sealed record ExperimentBuilder
{
    private ExperimentBuilder(IReadOnlyList<string> words, Extensions extensions)
    {
        ArgumentNullException.ThrowIfNull(extensions);
        foreach (var word in words)
            ArgumentNullException.ThrowIfNull(word, nameof(words));
        (Words, Extensions) = (words, extensions);
    }

    /// <summary>The words so far.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>Parts that <c>own/NAME</c> in the words may name.</summary>
    public Extensions Extensions { get; }

    /// <summary>The words of a preset.</summary>
    /// <param name="name">As <c>mtrl list presets</c> prints it: "fast/mt10".</param>
    public static ExperimentBuilder Preset(string name) => Of().Text("preset", name);

    /// <summary>Words as on the command line.</summary>
    /// <param name="words">For example <c>env=metaworld-mt10</c>, <c>agent=mtppo</c>.</param>
    public static ExperimentBuilder Of(params string[] words) => new([.. words], Extensions.None);

    /// <summary>Further words.</summary>
    /// <param name="words">For example <c>setup.seed=1</c>.</param>
    public ExperimentBuilder With(params string[] words) => new([.. Words, .. words.Given()], Extensions);

    /// <summary>A key with its value.</summary>
    /// <param name="key">For example <c>agent.actor.hidden_dim</c>.</param>
    /// <param name="value">
    /// A number, a truth value or the text of a value as on the command line, in every culture: <c>"[a, b]"</c> is a list,
    /// <c>"'a, b'"</c> a text with a comma.
    /// </param>
    public ExperimentBuilder Set(string key, IConvertible value)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(value);
        return With(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{key}={value}"));
    }

    // The choices that most programs make, by name.

    /// <summary>Environments with the agent and the settings that are usual for them.</summary>
    /// <param name="environments">As <c>mtrl list envs</c> prints it: "metaworld-mt10", "dmc-cartpole-swingup".</param>
    public static ExperimentBuilder On(string environments) => Of().Text("env", environments);

    /// <summary>One task of Meta-World with MT-SAC.</summary>
    /// <param name="task">As <c>mtrl list tasks</c> prints it: "door-open".</param>
    public static ExperimentBuilder Mt1(string task) => On("metaworld-mt1").Text("env.benchmark.env_name", task);

    /// <summary>Another agent, whose keys have their defaults.</summary>
    /// <param name="name">As <c>mtrl list agents</c> prints it: "mtppo".</param>
    public ExperimentBuilder Agent(string name) => Text("agent", name);

    /// <summary>A network of actor and critics, or of policy and value function.</summary>
    /// <param name="name">"paco", "own/NAME".</param>
    public ExperimentBuilder Network(string name) => Text("agent.multitask.model", name);

    /// <summary>A method of gradient surgery.</summary>
    /// <param name="name">"pcgrad".</param>
    public ExperimentBuilder Surgery(string name) => Text("agent.surgery.method", name);

    /// <summary>Tasks of the environments in place of all of them.</summary>
    /// <param name="names">Names of tasks, in the order of the tasks' indices.</param>
    public ExperimentBuilder Tasks(params IEnumerable<string> names) =>
        With($"env.tasks=[{string.Join(", ", names.Select(Written))}]");

    /// <summary>The hidden layers of the actor or policy; critics and value functions follow, where a preset gives them none of their own.</summary>
    /// <param name="width">Units of a hidden layer.</param>
    /// <param name="layers">Hidden layers.</param>
    public ExperimentBuilder Hidden(int width, int layers) => Set("agent.actor.hidden_dim", width).Set("agent.actor.num_layers", layers);

    /// <summary>The folder of the runs: <c>FOLDER/NAME/seed-1</c>.</summary>
    /// <param name="folder">Made where it is missing.</param>
    /// <param name="name">A folder in it.</param>
    public ExperimentBuilder In(string folder, string name) =>
        Text("setup.base_path", folder).Text("setup.name", name);

    /// <summary>The seeds of the runs.</summary>
    /// <param name="first">From 0.</param>
    /// <param name="count">Runs, one after the other, with successive seeds.</param>
    public ExperimentBuilder Seeds(long first, int count = 1) => Set("setup.seed_ref", first).Set("setup.num_seeds", count);

    /// <summary>The length of a run.</summary>
    /// <param name="steps">Steps of each task's environment.</param>
    public ExperimentBuilder Steps(int steps) => Set("experiment.num_train_steps", steps);

    /// <summary>The evaluations of a run.</summary>
    /// <param name="every">Steps of each task's environment between two.</param>
    /// <param name="episodes">Episodes of each task.</param>
    public ExperimentBuilder Evaluations(int every, int episodes) =>
        Set("experiment.eval_freq", every).Set("experiment.num_eval_episodes", episodes);

    /// <summary>The threads of updates and environments.</summary>
    /// <param name="count">At least 1.</param>
    public ExperimentBuilder Threads(int count) => Set("setup.threads", count);

    /// <summary>Parts that a program adds.</summary>
    /// <param name="extensions">Extensions in the place of the former ones.</param>
    public ExperimentBuilder With(Extensions extensions) => new(Words, extensions);

    /// <summary>The experiment that words describe, as on the command line, in one call.</summary>
    /// <param name="words">For example <c>env=metaworld-mt10</c>, <c>agent=state_sac</c>, <c>setup.seed=1</c>.</param>
    /// <returns>A checked experiment that can be run here.</returns>
    /// <exception cref="MtrlException">All mistakes in the words, a line each.</exception>
    public static Experiment Resolve(params IEnumerable<string> words) => Resolve(Extensions.None, words);

    /// <summary>As the other <c>Resolve</c>, with parts that a program adds.</summary>
    /// <param name="extensions">The parts that the words may name.</param>
    /// <param name="words">For example <c>agent.surgery.method=NAME</c>.</param>
    /// <returns>A checked experiment that can be run with these extensions.</returns>
    /// <exception cref="MtrlException">All mistakes in the words, a line each; or a part of <paramref name="extensions"/> failed.</exception>
    public static Experiment Resolve(Extensions extensions, params IEnumerable<string> words) =>
        Of([.. words]).With(extensions).Build().Experiment;

    /// <summary>The experiment that the words describe.</summary>
    /// <returns>A checked experiment that can be run here, and remarks on it.</returns>
    /// <exception cref="MtrlException">All mistakes in the words, a line each; or a part of <see cref="Extensions"/> failed.</exception>
    public BuiltExperiment Build()
    {
        var (experiment, warnings) = Right(() => ExperimentModule.ResolveWith(Extensions.Additions, ListModule.OfSeq(Words)));
        return new BuiltExperiment(experiment, Texts(warnings));
    }

    /// <summary>Every combination of the values in words such as <c>agent.actor.hidden_dim=128,256</c>, each with its seeds.</summary>
    /// <returns>Checked runs that can be run here, in order, each with a folder of its own, and remarks on them.</returns>
    /// <exception cref="MtrlException">As <see cref="Build"/>.</exception>
    public BuiltSweep BuildSweep()
    {
        var (runs, warnings) = Right(() => Sweep.Plan(Extensions.Additions, ListModule.OfSeq(Words)));
        return new BuiltSweep(runs, Texts(warnings));
    }

    /// <summary>The search of values of keys, such as <c>agent.builder.discount=interval(0.9, 0.999)</c>.</summary>
    /// <param name="options">How trials are chosen, and how far they are trained.</param>
    /// <returns>Checked trials that can be run here, and remarks on them.</returns>
    /// <exception cref="MtrlException">As <see cref="Build"/>; or no key is searched.</exception>
    public BuiltSearch BuildSearch(SearchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var (search, warnings) = Right(() => SearchModule.Plan(Extensions.Additions, options, ListModule.OfSeq(Words)));
        return new BuiltSearch(search, Texts(warnings));
    }

    /// <summary>The experiment of a stored configuration, changed by the words, in a folder of its own. What follows from a changed
    /// value follows it, as behind the words of the stored experiment.</summary>
    /// <param name="configuration">The text of a run's <c>config.yaml</c>.</param>
    /// <returns>As <see cref="Build"/>.</returns>
    /// <exception cref="MtrlException">As <see cref="Build"/>; or no configuration of this version.</exception>
    public BuiltExperiment BuildOn(string configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var (experiment, warnings) = Right(
            () => ChangedKeys.Revise(Extensions.Additions, configuration, ListModule.OfSeq(Words)));
        return new BuiltExperiment(experiment, Texts(warnings));
    }

    private ExperimentBuilder Text(string key, string value) => With($"{key}={Written(value)}");

    // With quotes where a command line would read something else than the text.
    private static string Written(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ValueText.Print(Value.NewText(text));
    }

    private static string[] Texts(FSharpList<Warning> warnings) => [.. warnings.Select(warning => warning.ToString())];

    /// <summary>What the core made of words.</summary>
    internal static T Right<T>(Func<FSharpResult<T, FSharpList<ConfigError>>> compose)
    {
        var result = OwnParts.Run(where: null, compose);
        return result.IsOk
            ? result.ResultValue
            : throw new MtrlException(string.Join(Environment.NewLine, result.ErrorValue));
    }
}

/// <summary>A checked search.</summary>
/// <param name="Search">What is trained, and how far.</param>
/// <param name="Warnings">As of a <see cref="BuiltExperiment"/>.</param>
public sealed record BuiltSearch(Search Search, IReadOnlyList<string> Warnings);

/// <summary>The checked runs of a sweep.</summary>
/// <param name="Runs">The runs in order.</param>
/// <param name="Warnings">As of a <see cref="BuiltExperiment"/>.</param>
public sealed record BuiltSweep(IReadOnlyList<SweptRun> Runs, IReadOnlyList<string> Warnings);

/// <summary>A checked experiment.</summary>
/// <param name="Experiment">The experiment, which this machine can run.</param>
/// <param name="Warnings">Remarks on valid words with an effect that may be unexpected; often none.</param>
public sealed record BuiltExperiment(Experiment Experiment, IReadOnlyList<string> Warnings);
