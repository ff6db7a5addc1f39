using MtrlFunctional.Tasks;

namespace MtrlFunctional.Environments;

/// <summary>A fixed number of tasks of an environment, drawn by the task seed. Source: MTEnv's NTasks and NTasksId. A new task
/// seed draws the tasks anew; the original keeps its first tasks.</summary>
/// <remarks>With identifiers, task state and task observation are the index of the task, from 0.</remarks>
public sealed class NTasks : MultiTask
{
    private readonly double[][] _tasks;
    private readonly bool _identified;
    private readonly TaskSpace _indices;
    private int _current = -1;
    private int _played;

    /// <summary>Tasks of an environment.</summary>
    /// <param name="inner">Disposed with this.</param>
    /// <param name="count">Tasks, at least 1.</param>
    /// <param name="identified">Whether task state and task observation are the index of the task.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count below 1.</exception>
    public NTasks(IMTEnvironment inner, int count, bool identified)
        : base(inner)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        (_tasks, _identified) = (new double[count][], identified);
        _indices = TaskSpace.NewDiscrete(count);
    }

    /// <inheritdoc/>
    public override TaskSpace TaskObservationSpace => _identified ? _indices : base.TaskObservationSpace;

    /// <inheritdoc/>
    public override double[] TaskState => _identified ? [Index] : base.TaskState;

    /// <inheritdoc/>
    public override double[] TaskObs => _identified ? [Index] : base.TaskObs;

    private int Index =>
        _current >= 0 ? _current : throw new InvalidOperationException("There is no task: call SetTaskState or ResetTaskState first.");

    /// <inheritdoc/>
    public override void SeedTask(long seed)
    {
        base.SeedTask(seed);
        for (var i = 0; i < _tasks.Length; i++)
            _tasks[i] = Inner.SampleTaskState();
        if (_current >= 0)
            base.SetTaskState(_tasks[_current]);
    }

    /// <inheritdoc/>
    public override double[] SampleTaskState()
    {
        var index = Keys.Below(_tasks.Length, NextTaskKey());
        return _identified ? [index] : [.. _tasks[index]];
    }

    /// <inheritdoc/>
    public override void SetTaskState(ReadOnlySpan<double> state)
    {
        if (!_identified)
        {
            base.SetTaskState(state);
            return;
        }

        if (TaskSpaceModule.Fault(_indices, [.. state]) is { Value: var fault })
            throw new ArgumentException($"The task state {fault}.", nameof(state));
        if (!IsTaskSeeded)
            throw new InvalidOperationException("The tasks are not drawn yet: call SeedTask first.");
        base.SetTaskState(_tasks[(int)state[0]]);
        _current = (int)state[0];
    }

    /// <inheritdoc/>
    public override MTObservation Reset()
    {
        var observation = base.Reset();
        _played = _current;
        return WithTask(observation);
    }

    /// <inheritdoc/>
    public override MTStep Step(params ReadOnlySpan<double> action)
    {
        var step = base.Step(action);
        return step with { Observation = WithTask(step.Observation) };
    }

    private MTObservation WithTask(MTObservation observation) =>
        _identified ? observation with { TaskObs = [_played] } : observation;
}
