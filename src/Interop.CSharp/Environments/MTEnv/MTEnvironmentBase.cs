using MtrlFunctional.Tasks;

namespace MtrlFunctional.Environments;

/// <summary>Seeds, counters and checks that all multitask environments share.</summary>
/// <remarks>Results of a subclass are checked. A wrong result, or an exception, is an <see cref="MtrlException"/> with the
/// environment, the function, the episode and the step.</remarks>
public abstract class MTEnvironmentBase : IMTEnvironment
{
    private Key? _episodeKey;
    private Key? _taskKey;
    private double[]? _taskState;
    private double[] _observedTask = [];
    private long _episodes;
    private long _samples;
    private long _steps;
    private bool _running;

    /// <inheritdoc/>
    public abstract ActionSpace ActionSpace { get; }

    /// <inheritdoc/>
    public abstract int ObservationSize { get; }

    /// <inheritdoc/>
    /// <remarks>The values of a task state, until a subclass replaces them.</remarks>
    public virtual TaskSpace TaskObservationSpace => TaskStateSpace;

    /// <inheritdoc/>
    public bool IsSeeded => _episodeKey is not null;

    /// <inheritdoc/>
    public bool IsTaskSeeded => _taskKey is not null;

    /// <inheritdoc/>
    public double[] TaskState => [.. Task];

    /// <inheritdoc/>
    public double[] TaskObs
    {
        get
        {
            double[] task = [.. Task];
            var observed = Called(nameof(ObserveTask), () => ObserveTask(task));
            RequireValue(nameof(ObserveTask), TaskObservationSpace, observed);
            return [.. observed];
        }
    }

    /// <summary>Values of a task state.</summary>
    protected abstract TaskSpace TaskStateSpace { get; }

    private double[] Task =>
        _taskState ?? throw new InvalidOperationException("There is no task: call SetTaskState or ResetTaskState first.");

    /// <inheritdoc/>
    public void Seed(long seed) => (_episodeKey, _episodes) = (Keys.ForPurpose("episode", Keys.OfSeed(seed)), 0);

    /// <inheritdoc/>
    public void SeedTask(long seed) => (_taskKey, _samples) = (Keys.ForPurpose("task", Keys.OfSeed(seed)), 0);

    /// <inheritdoc/>
    public double[] SampleTaskState()
    {
        var key = Keys.At(_samples++, _taskKey ?? throw new InvalidOperationException("Tasks have no seed: call SeedTask first."));
        var sampled = Called(nameof(Sample), () => Sample(key));
        RequireValue(nameof(Sample), TaskStateSpace, sampled);
        return sampled;
    }

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
        var (task, episode) = (Task, Keys.At(_episodes++, key));
        (_steps, _running) = (0, false);
        Called(nameof(Start), () =>
        {
            Start(task, episode);
            return true;
        });
        _observedTask = TaskObs;
        _running = true;
        return Observe();
    }

    /// <inheritdoc/>
    public MTStep Step(params ReadOnlySpan<double> action)
    {
        if (!_running)
            throw new InvalidOperationException("No episode is running: call Reset first.");
        Check(action);
        _steps++;
        var copy = action.ToArray();
        var (reward, terminated, truncated) = Called(nameof(Move), () => Move(copy));
        if (!double.IsFinite(reward))
            throw Refusal(nameof(Move), $"returned a reward of {reward}; rewards are finite");
        _running = !terminated && !truncated;
        return new MTStep(Observe(), reward, terminated, truncated);
    }

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>A task state of the task distribution; uniform in its space, until a subclass replaces it.</summary>
    protected virtual double[] Sample(Key key) => TaskSpaceModule.Sample(TaskStateSpace, key);

    /// <summary>The observation of a task; its state, until a subclass replaces it.</summary>
    protected virtual double[] ObserveTask(double[] taskState) => taskState;

    /// <summary>Starts an episode of a task.</summary>
    protected abstract void Start(double[] taskState, Key key);

    /// <summary>Applies an action of the action space.</summary>
    protected abstract (double Reward, bool Terminated, bool Truncated) Move(ReadOnlySpan<double> action);

    /// <summary>The observation of the environment; an array of the caller.</summary>
    protected abstract double[] ObserveEnvironment();

    /// <summary>Applies an action to an environment: numbers of a continuous one, or the index of a discrete one.</summary>
    private protected static (double Reward, bool Terminated, bool Truncated) Move(
        IEnvironment environment, EnvironmentSpec spec, ReadOnlySpan<double> action)
    {
        Span<float> row = stackalloc float[EnvironmentSpecModule.ActionSize(spec)];
        if (spec.Action.IsDiscrete)
            OneHot.Write(row, (int)action[0]);
        else
            for (var i = 0; i < row.Length; i++)
                row[i] = (float)action[i];
        var status = environment.Step(row);
        return (environment.Reward, status is EpisodeStatus.Terminated, status is EpisodeStatus.Truncated or EpisodeStatus.Unstable);
    }

    /// <summary>The observation of an environment; an array of the caller.</summary>
    private protected static double[] Observe(IEnvironment environment, EnvironmentSpec spec)
    {
        var observation = new float[EnvironmentSpecModule.ObservationSize(spec)];
        environment.Observe(observation);
        return Array.ConvertAll(observation, x => (double)x);
    }

    private MTObservation Observe()
    {
        var observed = Called(nameof(ObserveEnvironment), ObserveEnvironment);
        if (observed is null || observed.Length != ObservationSize)
            throw Refusal(
                nameof(ObserveEnvironment),
                $"returned {(observed is null ? "null" : $"{observed.Length} numbers")}; {nameof(ObservationSize)} is {ObservationSize}");
        if (Array.FindIndex(observed, number => !double.IsFinite(number)) is >= 0 and var index)
            throw Refusal(nameof(ObserveEnvironment), $"returned {observed[index]} at place {index}; numbers of observations are finite");
        return new MTObservation(observed, [.. _observedTask]);
    }

    private void RequireValue(string function, TaskSpace space, double[]? value)
    {
        if (value is null)
            throw Refusal(function, "returned null");
        if (TaskSpaceModule.Fault(space, value) is { Value: var fault })
            throw Refusal(function, $"returned what {fault}");
    }

    private T Called<T>(string function, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception e) when (e is not (MtrlException or OperationCanceledException))
        {
            throw new MtrlException($"{GetType().Name}: {function} failed {Where}: {e.Message}", inner: e);
        }
    }

    private MtrlException Refusal(string function, string what) => new($"{GetType().Name}: {function} {what}, {Where}.");

    private string Where => $"in step {_steps} of episode {Math.Max(0, _episodes - 1)}";

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
