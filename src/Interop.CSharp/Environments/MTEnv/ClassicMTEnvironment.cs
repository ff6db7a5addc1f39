using MtrlFunctional.Tasks;
using MtrlFunctional.Tasks.Classic;

namespace MtrlFunctional.Environments;

/// <summary>A classic family as a multitask environment. Episodes have no time limit.</summary>
internal sealed class ClassicMTEnvironment<TTask, TState>(Rules<TTask, TState> rules) : MTEnvironmentBase
    where TState : struct
{
    private TTask _task = default!;
    private TState _state;
    private Key _key;
    private long _steps;

    public override ActionSpace ActionSpace { get; } = ActionSpace.NewDiscrete(rules.Actions);

    public override int ObservationSize => rules.ObsSize;

    public override TaskSpace TaskObservationSpace => rules.TaskObs;

    protected override TaskSpace TaskStateSpace => rules.TaskStates;

    protected override double[] Sample(Key key) => rules.SampleTask.Invoke(key);

    protected override double[] ObserveTask(double[] taskState) => rules.ObserveTask.Invoke(taskState);

    protected override void Start(double[] taskState, Key key)
    {
        (_task, _key, _steps) = (rules.TaskOf.Invoke(taskState), key, 0);
        _state = rules.Start.Invoke(_task).Invoke(Keys.ForPurpose("start", key));
    }

    protected override (double Reward, bool Terminated, bool Truncated) Move(ReadOnlySpan<double> action)
    {
        var transition = rules.Step.Invoke(_task, _state, (int)action[0], Keys.At(_steps++, _key));
        _state = transition.Next;
        return (transition.Reward, transition.Terminal, false);
    }

    protected override double[] ObserveEnvironment()
    {
        var observation = new double[rules.ObsSize];
        rules.Observe.Invoke(_task, _state, observation);
        return observation;
    }
}
