using MtrlFunctional.Tasks;
using MtrlFunctional.Tasks.MetaWorld;

namespace MtrlFunctional.Environments.Gym;

/// <summary>Meta-World's benchmarks with Gymnasium's interface: fifty manipulation tasks of a robot arm. Sources: Yu et al.
/// (2020), arXiv:1910.10897; Gymnasium: Towers et al. (2024), arXiv:2407.17032.</summary>
/// <example>
/// <code>
/// using var environments = MetaWorld.MakeVector("MT10", new() { Seed = 42, OneHot = true });
/// environments.Reset();
/// var (observations, rewards, terminated, truncated, info) = environments.Step(actions);
/// </code>
/// </example>
public static class MetaWorld
{
    /// <summary>One task with the goals of its benchmark MT1, or of ML1.</summary>
    /// <param name="name">"reach-v3", "reach", "MT1-reach", "ML1-reach-train" or "ML1-reach-test".</param>
    /// <param name="options">How it behaves; null: as in Meta-World.</param>
    /// <returns>The environment; the caller disposes it, and resets it before the first step.</returns>
    /// <exception cref="MtrlException">Unknown task (the message names similar ones), or a scene is
    /// missing.</exception>
    /// <exception cref="ArgumentException">Options that make no sense.</exception>
    public static GymEnvironment Make(string name, MetaWorldOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        options ??= new MetaWorldOptions();
        options.Validate();
        var suite = Find(name);
        if (suite.Tasks.Length != 1)
            throw new MtrlException($"{name}: is a benchmark of {suite.Tasks.Length} tasks; MakeVector makes it.");
        return Owning(options, (scenes, owned) => new GymEnvironment(
            Plans(suite, options, perTask: 1)[0], options, scenes, owned));
    }

    /// <summary>The tasks of a benchmark in parallel.</summary>
    /// <param name="benchmark">
    /// "MT10", "MT25", "MT50": one environment a task. "ML10-train", "ML45-test", "ML1-reach-train" …:
    /// <see cref="MetaWorldVectorOptions.MetaBatchSize"/> environments, goals hidden. "MT1-reach": one.
    /// </param>
    /// <param name="options">How they behave; null: as in Meta-World.</param>
    /// <returns>The environments; the caller disposes them, and resets them before the first step.</returns>
    /// <exception cref="MtrlException">No such benchmark; the nearest are named. Or a scene is missing.</exception>
    /// <exception cref="ArgumentException">Options that make no sense.</exception>
    public static GymVectorEnvironment MakeVector(string benchmark, MetaWorldVectorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(benchmark);
        options ??= new MetaWorldVectorOptions();
        options.Validate();
        var suite = Find(benchmark);
        var plans = Plans(suite, options, suite.Meta ? options.EnvironmentsPerTask(suite.Tasks.Length) : 1);
        return Owning(options, (scenes, owned) => new GymVectorEnvironment(plans, options, scenes, owned));
    }

    /// <summary>Tasks of any choice in parallel; a task may come several times. As Meta-World's custom benchmark: environment i
    /// has the goals and the seed of MT1 with seed + i.</summary>
    /// <param name="tasks">Names, with or without version.</param>
    /// <param name="options">How they behave; null: as in Meta-World.</param>
    /// <returns>The environments; the caller disposes them, and resets them before the first step.</returns>
    /// <exception cref="MtrlException">Unknown task (the message names similar ones), or a scene is
    /// missing.</exception>
    /// <exception cref="ArgumentException">No task, or inconsistent options.</exception>
    public static GymVectorEnvironment MakeVector(IReadOnlyList<string> tasks, MetaWorldVectorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        options ??= new MetaWorldVectorOptions();
        options.Validate();
        if (tasks.Count == 0)
            throw new ArgumentException("There is no environment: name at least one task.", nameof(tasks));
        if (tasks.Any(task => task is null))
            throw new ArgumentException("A name of a task is null.", nameof(tasks));
        var found = Benchmarks.FindAll(ListModule.OfSeq(tasks));
        if (found.IsError)
            throw new MtrlException(string.Join(Environment.NewLine, found.ErrorValue));
        var plans = found.ResultValue.Select((task, i) => new GymPlan(
            task,
            MtrlFunctional.Tasks.Goals.OfTask(options.Seed + (uint)i, task)[..options.Goals],
            i,
            tasks.Count,
            Meta: false,
            Test: false,
            options.Seed + (uint)i)).ToList();
        return Owning(options, (scenes, owned) => new GymVectorEnvironment(plans, options, scenes, owned));
    }

    private static Suites.Suite Find(string name)
    {
        var found = Suites.Find(name);
        return found.IsOk ? found.ResultValue : throw new MtrlException(found.ErrorValue);
    }

    /// <summary>One environment a task; in meta-learning several, of which number k takes goals k, k + n, k + 2n …</summary>
    private static List<GymPlan> Plans(Suites.Suite suite, MetaWorldOptions options, int perTask) =>
    [
        .. Suites.Goals(options.Seed, suite).SelectMany((pair, index) =>
            Enumerable.Range(0, perTask).Select(k => new GymPlan(
                pair.Item1,
                [.. pair.Item2.Take(options.Goals).Where((_, goal) => goal % perTask == k)],
                index,
                suite.Tasks.Length,
                suite.Meta,
                suite.Split.IsTest,
                options.Seed))),
    ];

    /// <summary>Scenes of the caller are not disposed; others are disposed with the environment.</summary>
    private static T Owning<T>(MetaWorldOptions options, Func<SceneLibrary, SceneLibrary?, T> make) => options.Scenes is { } given
        ? make(given, null)
        : new SceneLibrary().HandedTo(scenes => make(scenes, scenes));
}
