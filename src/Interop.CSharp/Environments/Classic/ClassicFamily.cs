using MtrlFunctional.Tasks;
using MtrlFunctional.Tasks.Classic;

namespace MtrlFunctional.Environments;

/// <summary>Options of a <see cref="ClassicFamily{TTask,TState}"/>.</summary>
public sealed record ClassicFamilyOptions
{
    /// <summary>Its name in logs and tables: "mt-cartpole".</summary>
    public required string Name { get; init; }

    /// <summary>Task states that episodes are drawn from, at least one.</summary>
    public required IReadOnlyList<double[]> TaskStates { get; init; }

    /// <summary>Whether each of <see cref="TaskStates"/> is a task of its own, "mt-cartpole-0", "mt-cartpole-1", …, with one
    /// instance; else they are the instances of one task.</summary>
    public bool Identified { get; init; }

    /// <summary>Whether the task observation follows each observation.</summary>
    public bool TaskVisible { get; init; } = true;

    /// <summary>Steps until an episode is truncated, at least 1.</summary>
    public required int Horizon { get; init; }
}

/// <summary>A family of tasks with common rules as one task with many instances, or as one task for each task state. Actions are
/// one-hot rows.</summary>
/// <typeparam name="TTask">A task as the rules read it.</typeparam>
/// <typeparam name="TState">A state of an episode.</typeparam>
public sealed class ClassicFamily<TTask, TState> : IEnvironmentFamily
    where TState : struct
{
    private readonly Rules<TTask, TState> _rules;
    private readonly ClassicFamilyOptions _options;

    /// <summary>A family by its rules.</summary>
    /// <param name="rules">Steps, observations and task distribution.</param>
    /// <param name="options">Name, tasks, horizon.</param>
    /// <exception cref="ArgumentException">No task state, a task state that the rules do not allow, or a horizon below 1.</exception>
    public ClassicFamily(Rules<TTask, TState> rules, ClassicFamilyOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Horizon, 1);
        if (options.TaskStates is not { Count: > 0 })
            throw new ArgumentException("There is no task: give at least one task state.", nameof(options));
        foreach (var state in options.TaskStates)
        {
            if (TaskSpaceModule.Fault(rules.TaskStates, state) is { Value: var fault })
                throw new ArgumentException($"{options.Name}: a task state {fault}.", nameof(options));
        }

        (_rules, _options) = (rules, options);
        TaskObservationSize = options.TaskVisible ? TaskSpaceModule.Size(rules.TaskObs) : 0;
        Spec = Classic.Spec(rules, options.TaskVisible, options.Horizon);
        Tasks = options.Identified
            ? [.. options.TaskStates.Select((_, i) => new EnvironmentTask($"{options.Name}-{i}", 1))]
            : [new EnvironmentTask(options.Name, options.TaskStates.Count)];
    }

    /// <inheritdoc/>
    public EnvironmentSpec Spec { get; }

    /// <inheritdoc/>
    public IReadOnlyList<EnvironmentTask> Tasks { get; }

    /// <summary>Numbers of the task at the end of an observation.</summary>
    internal int TaskObservationSize { get; }

    /// <inheritdoc/>
    public IEnvironment Create(int task) =>
        new ClassicEnvironment<TTask, TState>(_rules, this, _options.Identified ? task : 0, _options.Horizon);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Environments share values only.
    }

    /// <summary>A task state by its index.</summary>
    internal double[] TaskState(int index) => _options.TaskStates[index];
}
