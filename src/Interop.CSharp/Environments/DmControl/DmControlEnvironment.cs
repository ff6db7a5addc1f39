using MtrlFunctional.Tasks.DmControl;

namespace MtrlFunctional.Environments;

/// <summary>Simulation of one task of DeepMind Control. Source: Tassa et al. (2018), arXiv:1801.00690. A step allocates
/// nothing.</summary>
/// <remarks>The caller disposes it. Not thread-safe. Units: SI, radians.</remarks>
public sealed partial class DmControlEnvironment : IEnvironment, IRenderable
{
    // How often a start with contacts is drawn anew at most.
    private const int Attempts = 1000;

    private readonly int _repeat;
    private readonly int _horizon;
    private readonly int _actionSize;
    private readonly int _observationSize;
    private readonly Model _model;
    private readonly World _world;
    private readonly Reading _reading;
    private readonly Readings _readings;
    private readonly DmControlEdits _edits;
    private readonly Joint[] _joints;
    private readonly RewardColours? _rewardColours;
    private readonly double[] _defaults;
    private readonly double[] _control;
    private readonly double[] _observation;

    // The quantities of the task after the last whole step, and room for the next step's quantities.
    private double[] _row;
    private double[] _next;

    /// <summary>Builds the world of a task; a reset comes before the first step.</summary>
    /// <param name="task">The task.</param>
    /// <param name="models">The source of its model.</param>
    /// <param name="actionRepeat">Control steps with one action, at least 1.</param>
    /// <param name="horizon">Control steps until an episode is truncated, at least 1.</param>
    /// <param name="observationSize">
    /// Numbers of an observation, the rest being zeros; null: as many as the task has.
    /// </param>
    /// <param name="actionSize">Numbers of an action, the rest being unused; null: as many as the task has.</param>
    /// <param name="rewardColours">Whether the colours of the robot show the reward; see <see cref="ShowsReward"/>.</param>
    /// <exception cref="PhysicsException">Unknown model, or it lacks an element of the task.</exception>
    public DmControlEnvironment(
        DmControlTask task,
        DmControlModels models,
        int actionRepeat = 1,
        int? horizon = null,
        int? observationSize = null,
        int? actionSize = null,
        bool rewardColours = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(actionRepeat, 1);
        (Task, _repeat, _horizon) = (task, actionRepeat, horizon ?? DmControlTaskModule.Horizon);
        ArgumentOutOfRangeException.ThrowIfLessThan(_horizon, 1);
        _reading = new Reading(task);
        _observation = new double[_reading.ObservationSize];
        _control = new double[task.Domain.Actions];
        (_observationSize, _actionSize) = (observationSize ?? _observation.Length, actionSize ?? _control.Length);
        _model = models.Take(task.Domain.Model);
        try
        {
            if (_model.Controls != _control.Length)
                throw new PhysicsException($"{_model.Name} has {_model.Controls} actuators, expected {_control.Length}.");
            _world = new World(_model);
            _readings = DmControlReadings.Of(_world, _reading.Quantities);
            _edits = new DmControlEdits(_model, task.Edits);
            _joints = DmControlReadings.JointsOf(_model);
            _rewardColours = rewardColours ? new RewardColours(_model) : null;
        }
        catch
        {
            _world?.Dispose();
            _model.Dispose();
            throw;
        }

        (_row, _next) = (new double[_readings.Count], new double[_readings.Count]);
        _defaults = _world.SaveState();
    }

    /// <summary>The task.</summary>
    public DmControlTask Task { get; }

    /// <inheritdoc/>
    public string Scene => Task.Domain.Model;

    /// <inheritdoc/>
    public World World => _world;

    /// <inheritdoc/>
    public double StepSeconds => _repeat * Task.Domain.Substeps * _model.TimeStep;

    /// <inheritdoc/>
    public bool ShowsReward => _rewardColours is not null;

    /// <inheritdoc/>
    public int Steps { get; private set; }

    /// <inheritdoc/>
    public EpisodeStatus Status { get; private set; } = EpisodeStatus.Truncated;

    /// <inheritdoc/>
    public double Reward { get; private set; }

    /// <inheritdoc/>
    public bool? Success => null;

    /// <inheritdoc/>
    public EpisodeStatus Step(ReadOnlySpan<float> action)
    {
        Check(action.Length);
        for (var i = 0; i < _control.Length; i++)
            _control[i] = action[i];
        return Carry();
    }

    /// <summary>One action in double precision.</summary>
    /// <param name="action">Shape [actions], each in [−1, 1].</param>
    /// <returns>The new <see cref="Status"/>.</returns>
    /// <exception cref="ArgumentException">A wrong length.</exception>
    /// <exception cref="InvalidOperationException">The episode is over, or none was started.</exception>
    public EpisodeStatus Step(ReadOnlySpan<double> action)
    {
        Check(action.Length);
        action[.._control.Length].CopyTo(_control);
        return Carry();
    }

    /// <inheritdoc/>
    public void Observe(Span<float> observation)
    {
        _reading.Observe(_row, _observation);
        for (var i = 0; i < _observation.Length; i++)
            observation[i] = (float)_observation[i];
        observation[_observation.Length.._observationSize].Clear();
    }

    /// <summary>Writes the observation of the reset or last step in double precision.</summary>
    /// <param name="observation">Receives the numbers of the task.</param>
    public void Observe(Span<double> observation) => _reading.Observe(_row, observation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _world.Dispose();
        _model.Dispose();
    }

    private void Check(int length)
    {
        if (length != _actionSize)
            throw new ArgumentException(
                $"{DmControlTaskModule.FullName(Task)} takes actions of {_actionSize} numbers, got {length}.");
        if (Status != EpisodeStatus.Running)
            throw new InvalidOperationException(
                $"{DmControlTaskModule.FullName(Task)}: the episode is over; reset before the next step.");
    }

    private void ShowReward() => _rewardColours?.Show(_reading.Reward(_row));

    private EpisodeStatus Carry()
    {
        var controlSteps = Math.Min(_repeat, _horizon - (Steps * _repeat));
        Steps++;
        var reward = 0.0;
        for (var i = 0; i < controlSteps; i++)
        {
            if (_world.ControlStep(_control, Task.Domain.Substeps, _readings, _next) == StepOutcome.Unstable)
            {
                Reward = 0;
                return Status = EpisodeStatus.Unstable;
            }

            reward += _reading.Reward(_next);
        }

        (_row, _next, Reward) = (_next, _row, reward);
        ShowReward();
        if (Steps * _repeat >= _horizon)
            Status = EpisodeStatus.Truncated;
        return Status;
    }
}
