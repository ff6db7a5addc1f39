namespace MtrlFunctional.Environments;

/// <summary>Simulation of a task on a model of one's own. Physics: Todorov, Erez and Tassa (2012),
/// doi:10.1109/IROS.2012.6386109.</summary>
/// <remarks>The caller disposes it. Not thread-safe. An action in [−1, 1] is mapped to the control range of its actuator;
/// an actuator without a range takes it as it is.</remarks>
internal sealed class MujocoEnvironment : IEnvironment, IRenderable
{
    private readonly TaskFunctions _task;
    private readonly Model _model;
    private readonly int _horizon;
    private readonly double[] _middle;
    private readonly double[] _half;
    private readonly float[] _action;
    private readonly float[] _observation;
    private readonly string? _goal;
    private int _instance;
    private Key _key;
    private bool _success;

    /// <summary>Builds the world of a task on a model, which is disposed with the environment.</summary>
    internal MujocoEnvironment(MujocoTask task, Model model, EnvironmentSpec spec)
    {
        (_task, _model, _horizon) = (new TaskFunctions(task), model, spec.Horizon);
        _observation = new float[EnvironmentSpecModule.ObservationSize(spec)];
        (_middle, _half, _action) = (new double[model.Controls], new double[model.Controls], new float[model.Controls]);
        var limited = model.Bytes("actuator_ctrllimited");
        var range = model.Doubles("actuator_ctrlrange");
        for (var i = 0; i < _middle.Length; i++)
            (_middle[i], _half[i]) = limited[i] != 0
                ? ((range[2 * i] + range[(2 * i) + 1]) / 2, (range[(2 * i) + 1] - range[2 * i]) / 2)
                : (0, 1);
        World = new World(model);
        _goal = task.Goal ?? (model.MocapNames.Contains("goal") ? "goal" : null);
    }

    public string Scene => _task.Task.Model;

    public World World { get; }

    public double StepSeconds => _task.Task.Substeps * _model.TimeStep;

    public int Steps { get; private set; }

    public EpisodeStatus Status { get; private set; } = EpisodeStatus.Truncated;

    public double Reward { get; private set; }

    public bool? Success => _task.Task.Success is null ? null : _success;

    /// <summary>Index of the body that is the goal, which may be moved while an episode runs; null: there is none.</summary>
    internal int? GoalBody => _goal is null ? null : _model.Id(ElementKind.Body, _goal);

    /// <summary>Puts the goal at a position (three numbers, metres) and counts the steps anew.</summary>
    internal void MoveGoal(ReadOnlySpan<double> position)
    {
        position.CopyTo(World.Mocap(_goal!));
        Steps = 0;
        if (Status == EpisodeStatus.Truncated)
            Status = EpisodeStatus.Running;
    }

    public void Reset(int instance, Key key)
    {
        (Steps, Status, Reward, _success) = (0, EpisodeStatus.Truncated, 0, false);
        Start(instance, key);
        if (World.Forward() == StepOutcome.Unstable)
            throw _task.Refusal(nameof(MujocoTask.Start), "left a state that the simulation cannot compute", Moment);
        _task.Observe(World, _observation, Moment);
        Status = EpisodeStatus.Running;
    }

    public EpisodeStatus Step(ReadOnlySpan<float> action)
    {
        if (action.Length != _action.Length)
            throw new ArgumentException($"{_task.Task.Name} takes actions of {_action.Length} numbers, got {action.Length}.");
        if (Status != EpisodeStatus.Running)
            throw new InvalidOperationException($"{_task.Task.Name}: the episode is over; reset before the next step.");
        Steps++;
        Reward = 0;
        for (var i = 0; i < action.Length; i++)
        {
            if (!float.IsFinite(action[i]))
                return Status = EpisodeStatus.Unstable;
            _action[i] = Math.Clamp(action[i], -1f, 1f);
        }

        var control = World.Control;
        for (var i = 0; i < control.Length; i++)
            control[i] = _middle[i] + (_half[i] * _action[i]);
        if (World.Advance(_task.Task.Substeps) == StepOutcome.Unstable || World.Forward() == StepOutcome.Unstable)
            return Status = EpisodeStatus.Unstable;
        Reward = _task.Reward(World, _action, Moment);
        _success = _task.Success(World, Moment);
        _task.Observe(World, _observation, Moment);
        return Status =
            _task.Terminal(World, Moment) ? EpisodeStatus.Terminated
            : Steps >= _horizon ? EpisodeStatus.Truncated
            : EpisodeStatus.Running;
    }

    public void Observe(Span<float> observation) => _observation.CopyTo(observation);

    public EpisodeState Save() => new(Steps, Status, new Dictionary<string, double[]>
    {
        ["world"] = World.SaveState(),
        ["observation"] = [.. _observation],
        ["result"] = [Reward, _success ? 1 : 0],
        ["start"] = [_instance, .. Keys.Save(_key)],
    });

    public void Load(EpisodeState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var (world, result, start) = (state.Read("world", World.StateSize), state.Read("result", 2), state.Read("start", 3));
        var observation = state.Read("observation", _observation.Length);

        // What the start writes into the model is no part of the world's state.
        Start((int)start[0], Keys.OfSaved(start.AsSpan(1)));
        World.LoadState(world);
        (Steps, Status, Reward, _success) = (state.Steps, state.Status, result[0], result[1] != 0);
        for (var i = 0; i < _observation.Length; i++)
            _observation[i] = (float)observation[i];
    }

    public void Dispose()
    {
        World.Dispose();
        _model.Dispose();
    }

    private void Start(int instance, Key key)
    {
        (_instance, _key) = (instance, key);
        World.Reset();
        _task.Start(World, instance, key);
    }

    private TaskFunctions.Moment Moment => new(_instance, Steps);
}
