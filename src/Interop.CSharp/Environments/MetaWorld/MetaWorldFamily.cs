using MtrlFunctional.Tasks;
using MetaWorldSpaces = MtrlFunctional.Tasks.MetaWorld.MetaWorldSpaces;

namespace MtrlFunctional.Environments;

/// <summary>A task of Meta-World with the goals that are its instances.</summary>
/// <param name="Task">The task.</param>
/// <param name="Goals">Randomisation vectors, for example the 50 of a benchmark.</param>
public sealed record TaskGoals(MetaWorldTask Task, IReadOnlyList<double[]> Goals);

/// <summary>Options of a <see cref="MetaWorldFamily"/>.</summary>
public sealed record MetaWorldFamilyOptions
{
    /// <summary>Tasks with their goals, at least one.</summary>
    public required IReadOnlyList<TaskGoals> Tasks { get; init; }

    /// <summary>Which of Meta-World's rewards is given.</summary>
    public RewardVersion Reward { get; init; } = RewardVersion.V2;

    /// <summary>Whether observations hold the goal (multi-task), or zeros (meta-learning).</summary>
    public bool GoalVisible { get; init; } = true;

    /// <summary>Steps until an episode is truncated, at least 1.</summary>
    public int Horizon { get; init; } = MetaWorldEnvironment.DefaultHorizon;

    /// <summary>Folder of the scenes, see <see cref="SceneLibrary(string?)"/>; null: this program's scenes.</summary>
    public string? ScenesFolder { get; init; }
}

/// <summary>Tasks of Meta-World as a family: they share compiled scenes and prepared episodes.</summary>
/// <remarks>Threads may create environments at the same time; environments may outlive the family.</remarks>
public sealed class MetaWorldFamily : IEnvironmentFamily
{
    private readonly MetaWorldFamilyOptions _options;
    private readonly SceneLibrary _scenes;

    /// <summary>Finds the scenes; each is compiled when an environment first needs it.</summary>
    /// <param name="options">Tasks, goals, reward, horizon.</param>
    /// <exception cref="ArgumentException">No task, or a horizon below 1.</exception>
    /// <exception cref="PhysicsException">No such folder, or no scenes in it.</exception>
    public MetaWorldFamily(MetaWorldFamilyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Tasks.Count == 0)
            throw new ArgumentException("There is no environment: name at least one task.", nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Horizon, 1);
        _options = options;
        Spec = MetaWorldSpaces.Spec(options.Horizon);
        Tasks = [.. options.Tasks.Select(task => new EnvironmentTask(task.Task.Name, task.Goals.Count))];
        _scenes = new SceneLibrary(options.ScenesFolder);
    }

    /// <inheritdoc/>
    public EnvironmentSpec Spec { get; }

    /// <inheritdoc/>
    public IReadOnlyList<EnvironmentTask> Tasks { get; }

    internal IReadOnlyList<TaskGoals> Goals => _options.Tasks;

    /// <summary>Tasks with the 50 goals that MT1 gives each.</summary>
    /// <param name="tasks">At least one.</param>
    /// <param name="seed">The seed of the goals.</param>
    /// <exception cref="PhysicsException">The scenes of this program are not found.</exception>
    public static MetaWorldFamily OfTasks(IEnumerable<MetaWorldTask> tasks, uint seed) => new(new MetaWorldFamilyOptions
    {
        Tasks = [.. tasks.Select(task => new TaskGoals(task, MtrlFunctional.Tasks.Goals.OfTask(seed, task)))],
    });

    /// <inheritdoc/>
    /// <exception cref="PhysicsException">A scene is missing or wrong.</exception>
    public IEnvironment Create(int task)
    {
        var (what, goals) = _options.Tasks[task];
        return new MetaWorldEnvironment(
            what, _scenes, _options.GoalVisible, _options.Reward, _options.Horizon, goals);
    }

    /// <inheritdoc/>
    public void Dispose() => _scenes.Dispose();
}
