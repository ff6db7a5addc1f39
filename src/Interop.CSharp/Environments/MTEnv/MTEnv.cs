using System.Text.RegularExpressions;
using MtrlFunctional.Tasks;
using MtrlFunctional.Tasks.Classic;
using MtrlFunctional.Tasks.DmControl;
using MtrlFunctional.Tasks.MetaWorld;
using ClassicAcrobot = MtrlFunctional.Tasks.Classic.Acrobot;
using ClassicCartPole = MtrlFunctional.Tasks.Classic.CartPole;

namespace MtrlFunctional.Environments;

/// <summary>An entry of the registry.</summary>
/// <param name="Id">Name and version: "MT-CartPole-v0".</param>
/// <param name="Parameters">Parameters with their defaults.</param>
public sealed record MTEnvSpec(string Id, IReadOnlyDictionary<string, object> Parameters);

/// <summary>MTEnv's registry: environments by id, with parameters.</summary>
public static partial class MTEnv
{
    private static readonly Entry[] _entries =
    [
        new("MT-CartPole-v0", [], _ => new ClassicMTEnvironment<ClassicCartPole.Physics, ClassicCartPole.State>(ClassicCartPole.Rules)),
        new("MT-Acrobot-v0", [], _ => new ClassicMTEnvironment<ClassicAcrobot.Physics, ClassicAcrobot.State>(ClassicAcrobot.Rules)),
        new(
            "MT-TabularMDP-v0",
            [("n_states", 4), ("n_actions", 5)],
            p => new ClassicMTEnvironment<TabularMdp.Tables, TabularMdp.State>(
                TabularMdp.Rules(p.Count("n_states"), p.Count("n_actions")))),
        new(
            "MT-TwoGoalMaze-v0",
            [("size_x", 3.0), ("size_y", 3.0)],
            p => new ClassicMTEnvironment<TwoGoalMaze.Maze, TwoGoalMaze.State>(
                TwoGoalMaze.Rules(p.Size("size_x"), p.Size("size_y"), isTaskVisible: true))),
        Variants("Finger-Spin-vary-size", Finger.Spin, Variations.FingerSize),
        Variants("Cheetah-Run-vary-torso-length", Cheetah.Run, Variations.CheetahTorsoLength),
        Variants("Walker-Walk-vary-friction", Walker.Walk, Variations.WalkerFriction),
        Variants("Walker-Walk-vary-len", Walker.Walk, Variations.WalkerFoot),
        new(
            "MT-MetaWorld-MT1-v0",
            [("task_name", "pick-place-v3"), ("seed", 42), ("initial_task_state", 0)],
            p => MetaWorldOf(p.Text("task_name"), p)),
        new("MT-MetaWorld-MT10-v0", [("seed", 42), ("initial_task_state", 1)], p => MetaWorldOf("MT10", p)),
        new("MT-MetaWorld-MT50-v0", [("seed", 42), ("initial_task_state", 1)], p => MetaWorldOf("MT50", p)),
    ];

    // The original's spelling.
    private static readonly Dictionary<string, string> _aliases = new() { ["MT-Acrobat-v0"] = "MT-Acrobot-v0" };

    /// <summary>All ids, in order.</summary>
    public static IReadOnlyList<string> Ids { get; } = [.. _entries.Select(entry => entry.Id)];

    /// <summary>The entry of an id.</summary>
    /// <param name="id">Name and version.</param>
    /// <exception cref="MtrlException">No such id; the message has the valid versions or the nearest ids.</exception>
    public static MTEnvSpec Spec(string id)
    {
        var entry = Find(id);
        return new MTEnvSpec(entry.Id, entry.Parameters.ToDictionary(p => p.Name, p => p.Value));
    }

    /// <summary>Makes an environment.</summary>
    /// <param name="id">Name and version: "MT-CartPole-v0".</param>
    /// <param name="parameters">Values in place of the defaults of <see cref="Spec"/>.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="MtrlException">No such id, an unknown parameter, or a value that makes no sense.</exception>
    public static IMTEnvironment Make(string id, params (string Name, object Value)[] parameters)
    {
        var entry = Find(id);
        var values = entry.Parameters.ToDictionary(p => p.Name, p => p.Value);
        foreach (var (name, value) in parameters)
        {
            if (!values.ContainsKey(name))
                throw new MtrlException($"{entry.Id} has no parameter {name}.{Nearest.Hint(values.Keys, name)}");
            values[name] = value;
        }

        try
        {
            return entry.Create(new Values(entry.Id, values));
        }
        catch (ArgumentException e)
        {
            throw new MtrlException($"{entry.Id}: {e.Message}");
        }
    }

    /// <summary>A bandit whose task is its vector of probabilities, uniform in [0, 1]; not in the registry, as in the original.</summary>
    /// <param name="arms">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">No arm.</exception>
    public static IMTEnvironment Bandit(int arms)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(arms, 1);
        return new ClassicMTEnvironment<double[], Bandits.State>(Bandits.Uniform(arms));
    }

    /// <summary>A bandit whose task is a row of a fixed table of probabilities; not in the registry, as in the original.</summary>
    /// <param name="tasks">Rows, at least 1.</param>
    /// <param name="arms">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">No row or no arm.</exception>
    public static IMTEnvironment FiniteBandit(int tasks, int arms)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tasks, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(arms, 1);
        return new ClassicMTEnvironment<double[], Bandits.State>(Bandits.Finite(Bandits.Table(tasks, arms)));
    }

    private static Entry Find(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        var name = _aliases.GetValueOrDefault(id, id);
        if (Array.Find(_entries, entry => entry.Id == name) is { } found)
            return found;
        if (Pattern().Match(id) is not { Success: true } match)
            throw new MtrlException($"{id}: an id is a name and a version, such as MT-CartPole-v0.");
        var versions = Ids.Where(other => other.StartsWith(match.Groups[1].Value + "-v", StringComparison.Ordinal)).ToArray();
        throw new MtrlException(versions.Length > 0
            ? $"{id}: there is no such version; valid: {string.Join(", ", versions)}."
            : $"{id}: no such environment.{Nearest.Hint(Ids, id)}");
    }

    // Ten variants of a model, from states.
    private static Entry Variants(string name, DmControlTask task, Variation variation) => new(
        $"MT-HiPBMDP-{name}-v0",
        [("frame_skip", 2), ("sticky_probability", 0.0), ("last_k", 1), ("initial_task_state", 1)],
        p => AtTask(p, new DmControlFamily(new DmControlFamilyOptions
        {
            Tasks = [.. DmControlTasks.Variants(variation, task)],
            ActionRepeat = p.Count("frame_skip"),
            Sticky = new StickyObservation(p.Size("sticky_probability"), p.Count("last_k")),
        })));

    private static MultiEnvironment MetaWorldOf(string benchmark, Values p)
    {
        var suite = Suites.Find(benchmark);
        if (suite.IsError)
            throw new MtrlException(suite.ErrorValue);
        var goals = Suites.Goals(p.Seed("seed"), suite.ResultValue).ToDictionary(task => task.Item1.Name);
        // The original numbers the tasks of MT50 as mtrl does.
        var names = MtrlFunctional.Experiments.TaskNames.Mt50.Where(goals.ContainsKey);
        return AtTask(p, new MetaWorldFamily(new MetaWorldFamilyOptions
        {
            Tasks = [.. names.Select(name => new TaskGoals(goals[name].Item1, goals[name].Item2))],
        }));
    }

    private static MultiEnvironment AtTask(Values p, IEnvironmentFamily family) =>
        new MultiEnvironment(family).Prepared(environment => environment.SetTaskState([p.Size("initial_task_state")]));

    [GeneratedRegex(@"^(?:[\w:-]+/)?([\w:.-]+)-v\d+$")]
    private static partial Regex Pattern();

    private sealed record Entry(string Id, (string Name, object Value)[] Parameters, Func<Values, IMTEnvironment> Create);

    private sealed record Values(string Id, IReadOnlyDictionary<string, object> Of)
    {
        internal int Count(string name) => (int)Whole(name, 1, int.MaxValue);

        internal uint Seed(string name) => (uint)Whole(name, 0, uint.MaxValue);

        internal string Text(string name) => Of[name] as string
            ?? throw new MtrlException($"{Id}: {name} must be a text, got {Of[name]}.");

        internal double Size(string name) => Number(name)
            ?? throw new MtrlException($"{Id}: {name} must be a number, got {Of[name]}.");

        private double Whole(string name, uint least, uint most) => Number(name) is { } value && value == Math.Floor(value) && least <= value && value <= most
            ? value
            : throw new MtrlException($"{Id}: {name} must be an integer from {least} to {most}, got {Of[name]}.");

        private double? Number(string name) => Of[name] is IConvertible value and not (string or bool or char or DateTime)
            ? value.ToDouble(CultureInfo.InvariantCulture)
            : null;
    }
}
