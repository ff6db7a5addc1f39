namespace MtrlFunctional.Environments;

/// <summary>Tasks on models of one's own as a family. Where tasks differ in size, observations end in zeros, and the numbers of
/// an action beyond the task's have no effect.</summary>
/// <remarks>Threads may create environments at the same time; environments may outlive the family.</remarks>
public sealed class MujocoFamily : IEnvironmentFamily
{
    private readonly MujocoTask[] _tasks;
    private readonly EnvironmentSpec[] _specs;
    private readonly Dictionary<string, Model> _models = [];

    /// <summary>Compiles the models.</summary>
    /// <param name="horizon">Actions of an episode, at least 1.</param>
    /// <param name="tasks">At least one.</param>
    /// <exception cref="ArgumentException">No task, or a number below 1.</exception>
    /// <exception cref="PhysicsException">A model is missing or wrong, has no actuator, or lacks the goal that its task names.</exception>
    /// <exception cref="MtrlException">A task has no name, model, observation or reward, or its first observation is null or
    /// empty.</exception>
    public MujocoFamily(int horizon, params MujocoTask[] tasks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(horizon, 1);
        _tasks = [.. tasks];
        if (_tasks.Length == 0)
            throw new ArgumentException("There is no environment: give at least one task.", nameof(tasks));
        try
        {
            var sizes = _tasks.Select((task, i) => Sizes(i, task)).ToArray();
            var terminates = _tasks.Any(task => task.Terminal is not null);
            EnvironmentSpec Of(int observation, int action) =>
                new(EnvironmentSpecModule.Vector(observation), ActionSpace.NewBox(action), horizon, terminates);
            _specs = Array.ConvertAll(sizes, size => Of(size.Observation, size.Action));
            Spec = Of(sizes.Max(size => size.Observation), sizes.Max(size => size.Action));
            Tasks =
            [
                .. _tasks.Zip(_specs, (task, spec) => new EnvironmentTask(task.Name, task.Instances) { Spec = spec.Equals(Spec) ? null : spec }),
            ];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public EnvironmentSpec Spec { get; }

    /// <inheritdoc/>
    public IReadOnlyList<EnvironmentTask> Tasks { get; }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The family was disposed.</exception>
    public IEnvironment Create(int task) =>
        new MujocoEnvironment(_tasks[task], _models[_tasks[task].Model].Copy(), _specs[task]);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var model in _models.Values)
            model.Dispose();
    }

    private (int Observation, int Action) Sizes(int index, MujocoTask task)
    {
        TaskFunctions.Require(index, task);
        ArgumentOutOfRangeException.ThrowIfLessThan(task.Substeps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(task.Instances, 1);
        if (!_models.TryGetValue(task.Model, out var model))
            _models[task.Model] = model = Model.LoadFile(task.Model);
        if (model.Controls == 0)
            throw new PhysicsException($"{task.Model}: has no actuator, so no action of {task.Name} has an effect.");
        using var world = new World(model);
        if (task.Goal is { } goal)
            _ = world.Mocap(goal);
        world.Forward();
        return (new TaskFunctions(task).SizeOf(world), model.Controls);
    }
}
