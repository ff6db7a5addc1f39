using MtrlFunctional.Tasks;
using MtrlFunctional.Tasks.Classic;

namespace MtrlFunctional.Environments;

/// <summary>An environment whose rules are pure functions of its task and state.</summary>
internal sealed class ClassicEnvironment<TTask, TState> : IEnvironment
    where TState : struct
{
    private readonly Rules<TTask, TState> _rules;
    private readonly StepRule<TTask, TState> _step;
    private readonly ObserveRule<TTask, TState> _observe;
    private readonly ClassicFamily<TTask, TState> _family;
    private readonly int _firstState;
    private readonly int _horizon;
    private readonly double? _successReward;
    private readonly double[] _observation;
    private float[] _taskObservation = [];
    private double[] _taskState = [];
    private TTask _task = default!;
    private TState _state;
    private Key _key;

    /// <summary>An environment of a family, whose instance 0 has the task state of index <c>firstState</c>.</summary>
    internal ClassicEnvironment(
        Rules<TTask, TState> rules, ClassicFamily<TTask, TState> family, int firstState, int horizon)
    {
        (_rules, _step, _observe, _family) = (rules, rules.Step, rules.Observe, family);
        (_firstState, _horizon) = (firstState, horizon);
        _successReward = rules.SuccessReward is { Value: var reward } ? reward : null;
        _observation = new double[rules.ObsSize];
    }

    public int Steps { get; private set; }

    public EpisodeStatus Status { get; private set; } = EpisodeStatus.Truncated;

    public double Reward { get; private set; }

    public bool? Success => _successReward is { } reward ? Steps > 0 && Reward == reward : null;

    public void Reset(int instance, Key key)
    {
        Take(_family.TaskState(_firstState + instance));
        _key = key;
        _state = _rules.Start.Invoke(_task).Invoke(Keys.ForPurpose("start", key));
        (Steps, Status, Reward) = (0, EpisodeStatus.Running, 0);
    }

    public EpisodeStatus Step(ReadOnlySpan<float> action)
    {
        if (Status != EpisodeStatus.Running)
            throw new InvalidOperationException("The episode is over: reset before the next step.");
        if (action.Length != _rules.Actions)
            throw new ArgumentException($"An action is a row of {_rules.Actions} numbers, got {action.Length}.", nameof(action));
        var transition = _step.Invoke(_task, _state, OneHot.IndexOf(action), Keys.At(Steps, _key));
        (_state, Reward) = (transition.Next, transition.Reward);
        Steps++;
        return Status =
            transition.Terminal ? EpisodeStatus.Terminated
            : Steps >= _horizon ? EpisodeStatus.Truncated
            : EpisodeStatus.Running;
    }

    public void Observe(Span<float> observation)
    {
        _observe.Invoke(_task, _state, _observation);
        for (var i = 0; i < _observation.Length; i++)
            observation[i] = (float)_observation[i];
        _taskObservation.CopyTo(observation[_observation.Length..]);
    }

    public EpisodeState Save() => new(Steps, Status, new Dictionary<string, double[]>
    {
        ["task"] = [.. _taskState],
        ["state"] = _rules.NumbersOf.Invoke(_state),
        ["reward"] = [Reward],
        ["key"] = Keys.Save(_key),
    });

    public void Load(EpisodeState saved)
    {
        var key = saved.Read("key", 2);
        Take(saved.Read("task", TaskSpaceModule.Size(_rules.TaskStates)));
        _state = _rules.StateOf.Invoke(saved.Read("state", _rules.NumbersOf.Invoke(_state).Length));
        _key = Keys.OfSaved(key);
        (Steps, Status, Reward) = (saved.Steps, saved.Status, saved.Read("reward", 1)[0]);
    }

    public void Dispose()
    {
        // Only managed memory.
    }

    private void Take(double[] taskState)
    {
        (_taskState, _task) = (taskState, _rules.TaskOf.Invoke(taskState));
        if (_family.TaskObservationSize > 0)
            _taskObservation = [.. _rules.ObserveTask.Invoke(taskState).Select(x => (float)x)];
    }
}
