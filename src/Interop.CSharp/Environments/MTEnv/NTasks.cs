using MtrlFunctional.Spaces;
using MtrlFunctional.Tasks;
using Keys = MtrlFunctional.Randomness.KeyModule;

namespace MtrlFunctional.Environments;

/// <summary>
/// A fixed number of tasks of an environment, drawn by the task seed. Source: MTEnv's NTasks and NTasksId. A new task seed
/// draws them anew; the original keeps the first ones.
/// </summary>
/// <remarks>With identifiers, task state and task observation are the index of the task, from 0.</remarks>
public sealed class NTasks : IMTEnvironment
{
    private readonly IMTEnvironment _inner;
    private readonly double[][] _tasks;
    private readonly bool _identified;
    private readonly TaskSpace _indices;
    private MtrlFunctional.Randomness.Key? _key;
    private long _samples;
    private int _current = -1;

    /// <summary>Tasks of an environment.</summary>
    /// <param name="inner">Disposed with this.</param>
    /// <param name="count">Tasks, at least 1.</param>
    /// <param name="identified">Whether task state and task observation are the index of the task.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count below 1.</exception>
    public NTasks(IMTEnvironment inner, int count, bool identified)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        (_inner, _tasks, _identified) = (inner, new double[count][], identified);
        _indices = TaskSpace.NewDiscrete(count);
    }

    /// <inheritdoc/>
    public ActionSpace ActionSpace => _inner.ActionSpace;

    /// <inheritdoc/>
    public int ObservationSize => _inner.ObservationSize;

    /// <inheritdoc/>
    public TaskSpace TaskObservationSpace => _identified ? _indices : _inner.TaskObservationSpace;

    /// <inheritdoc/>
    public bool IsSeeded => _inner.IsSeeded;

    /// <inheritdoc/>
    public bool IsTaskSeeded => _key is not null;

    /// <inheritdoc/>
    public double[] TaskState => _identified ? [Index] : _inner.TaskState;

    /// <inheritdoc/>
    public double[] TaskObs => _identified ? [Index] : _inner.TaskObs;

    private int Index =>
        _current >= 0 ? _current : throw new InvalidOperationException("There is no task: call SetTaskState or ResetTaskState first.");

    /// <inheritdoc/>
    public void Seed(long seed) => _inner.Seed(seed);

    /// <inheritdoc/>
    public void SeedTask(long seed)
    {
        _inner.SeedTask(seed);
        for (var i = 0; i < _tasks.Length; i++)
            _tasks[i] = _inner.SampleTaskState();
        (_key, _samples) = (Keys.ForPurpose("index", Keys.OfSeed(seed)), 0);
    }

    /// <inheritdoc/>
    public double[] SampleTaskState()
    {
        var key = _key ?? throw new InvalidOperationException("Tasks have no seed: call SeedTask first.");
        var index = Keys.Below(_tasks.Length, Keys.At(_samples++, key));
        return _identified ? [index] : [.. _tasks[index]];
    }

    /// <inheritdoc/>
    public void SetTaskState(ReadOnlySpan<double> state)
    {
        if (!_identified)
        {
            _inner.SetTaskState(state);
            return;
        }

        if (TaskSpaceModule.Fault(_indices, [.. state]) is { Value: var fault })
            throw new ArgumentException($"The task state {fault}.", nameof(state));
        if (_key is null)
            throw new InvalidOperationException("The tasks are not drawn yet: call SeedTask first.");
        _inner.SetTaskState(_tasks[(int)state[0]]);
        _current = (int)state[0];
    }

    /// <inheritdoc/>
    public MTObservation Reset() => WithTask(_inner.Reset());

    /// <inheritdoc/>
    public MTStep Step(params ReadOnlySpan<double> action)
    {
        var step = _inner.Step(action);
        return step with { Observation = WithTask(step.Observation) };
    }

    /// <inheritdoc/>
    public void Dispose() => _inner.Dispose();

    private MTObservation WithTask(MTObservation observation) =>
        _identified ? observation with { TaskObs = [Index] } : observation;
}
