using MtrlFunctional.Tasks;

namespace MtrlFunctional.Environments;

/// <summary>An environment with settings as a multitask environment: a subclass states which settings a task state has. Source:
/// MTEnv's EnvToMTEnv.</summary>
/// <param name="environment">One instance of one task; disposed with this.</param>
/// <param name="spec">The specification of its observations and actions.</param>
/// <param name="taskStates">Values of a task state.</param>
public abstract class EnvToMTEnv(IEnvironment environment, EnvironmentSpec spec, TaskSpace taskStates) : MTEnvironmentBase
{
    /// <inheritdoc/>
    public override ActionSpace ActionSpace => spec.Action;

    /// <inheritdoc/>
    public override int ObservationSize => EnvironmentSpecModule.ObservationSize(spec);

    /// <summary>The environment, for all that a multitask environment does not have: pictures, success, saved states.</summary>
    public IEnvironment Environment => environment;

    /// <inheritdoc/>
    protected override TaskSpace TaskStateSpace => taskStates;

    /// <inheritdoc/>
    public override void Dispose()
    {
        environment.Dispose();
        base.Dispose();
    }

    /// <summary>Sets the environment to a task, before an episode of it starts.</summary>
    /// <param name="taskState">A value of the space of task states.</param>
    protected abstract void Apply(double[] taskState);

    /// <inheritdoc/>
    protected override void Start(double[] taskState, Key key)
    {
        Apply([.. taskState]);
        environment.Reset(0, key);
    }

    /// <inheritdoc/>
    protected override (double Reward, bool Terminated, bool Truncated) Move(ReadOnlySpan<double> action) =>
        Move(environment, spec, action);

    /// <inheritdoc/>
    protected override double[] ObserveEnvironment() => Observe(environment, spec);
}
