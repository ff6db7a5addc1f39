using MtrlFunctional.Randomness;
using MtrlFunctional.Spaces;
using MtrlFunctional.Tasks;
using Keys = MtrlFunctional.Randomness.KeyModule;

namespace MtrlFunctional.Environments;

/// <summary>Seeds, counters and checks that all multitask environments share.</summary>
public abstract class MTEnvironmentBase : IMTEnvironment
{
    private Key? _episodeKey;
    private Key? _taskKey;
    private double[]? _taskState;
    private long _episodes;
    private long _samples;
    private bool _running;

    /// <inheritdoc/>
    public abstract ActionSpace ActionSpace { get; }

    /// <inheritdoc/>
    public abstract int ObservationSize { get; }

    /// <inheritdoc/>
    public abstract TaskSpace TaskObservationSpace { get; }

    /// <inheritdoc/>
    public bool IsSeeded => _episodeKey is not null;

    /// <inheritdoc/>
    public bool IsTaskSeeded => _taskKey is not null;

    /// <inheritdoc/>
    public double[] TaskState => [.. Task];

    /// <inheritdoc/>
    public double[] TaskObs => [.. ObserveTask(Task)];

    /// <summary>Values of a task state.</summary>
    protected abstract TaskSpace TaskStateSpace { get; }

    private double[] Task =>
        _taskState ?? throw new InvalidOperationException("There is no task: call SetTaskState or ResetTaskState first.");

    /// <inheritdoc/>
    public void Seed(long seed) => (_episodeKey, _episodes) = (Keys.ForPurpose("episode", Keys.OfSeed(seed)), 0);

    /// <inheritdoc/>
    public void SeedTask(long seed) => (_taskKey, _samples) = (Keys.ForPurpose("task", Keys.OfSeed(seed)), 0);

    /// <inheritdoc/>
    public double[] SampleTaskState() => Sample(Keys.At(
        _samples++, _taskKey ?? throw new InvalidOperationException("Tasks have no seed: call SeedTask first.")));

    /// <inheritdoc/>
    public void SetTaskState(ReadOnlySpan<double> state)
    {
        double[] copy = [.. state];
        if (TaskSpaceModule.Fault(TaskStateSpace, copy) is { Value: var fault })
            throw new ArgumentException($"The task state {fault}.", nameof(state));
        _taskState = copy;
    }

    /// <inheritdoc/>
    public void ResetTaskState() => SetTaskState(SampleTaskState());

    /// <inheritdoc/>
    public MTObservation Reset()
    {
        var key = _episodeKey ?? throw new InvalidOperationException("Episodes have no seed: call Seed first.");
        Start(Task, Keys.At(_episodes++, key));
        _running = true;
        return Observe();
    }

    /// <inheritdoc/>
    public MTStep Step(params ReadOnlySpan<double> action)
    {
        if (!_running)
            throw new InvalidOperationException("No episode is running: call Reset first.");
        Check(action);
        var (reward, terminated, truncated) = Move(action);
        _running = !terminated && !truncated;
        return new MTStep(Observe(), reward, terminated, truncated);
    }

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>A task state of the task distribution.</summary>
    protected abstract double[] Sample(Key key);

    /// <summary>The observation of a task.</summary>
    protected abstract double[] ObserveTask(double[] taskState);

    /// <summary>Starts an episode of a task.</summary>
    protected abstract void Start(double[] taskState, Key key);

    /// <summary>Applies an action of the action space.</summary>
    protected abstract (double Reward, bool Terminated, bool Truncated) Move(ReadOnlySpan<double> action);

    /// <summary>The observation of the environment; an array of the caller.</summary>
    protected abstract double[] ObserveEnvironment();

    private MTObservation Observe() => new(ObserveEnvironment(), TaskObs);

    private void Check(ReadOnlySpan<double> action)
    {
        switch (ActionSpace)
        {
            case ActionSpace.Discrete { Count: var count }:
                if (action.Length != 1 || action[0] != Math.Floor(action[0]) || !(action[0] >= 0 && action[0] < count))
                    throw new ArgumentException(
                        $"An action is an integer from 0 to {count - 1}, got [{string.Join(", ", action.ToArray())}].", nameof(action));
                break;
            case ActionSpace.Box { Size: var size }:
                if (action.Length != size)
                    throw new ArgumentException($"An action has {size} numbers, got {action.Length}.", nameof(action));
                foreach (var x in action)
                {
                    if (!(Math.Abs(x) <= 1))
                        throw new ArgumentException($"An action's numbers are in [-1, 1], got {x}.", nameof(action));
                }

                break;
        }
    }
}
