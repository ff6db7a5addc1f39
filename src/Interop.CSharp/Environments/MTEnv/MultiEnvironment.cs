using MtrlFunctional.Tasks;

namespace MtrlFunctional.Environments;

/// <summary>A list of environments as one: the task is an index, and so is its observation. An environment is made when its task
/// is first reset. Source: MTEnv's MultiEnvWrapper; all environments share the seed, also those made later.</summary>
/// <param name="family">Makes the environments, all of the same sizes; disposed with them.</param>
/// <exception cref="ArgumentException">The tasks of the family differ in their spaces, or observe pictures.</exception>
public sealed class MultiEnvironment(IEnvironmentFamily family) : MTEnvironmentBase
{
    private readonly IEnvironment?[] _environments = !family.Given().Tasks.All(task => task.IsAs(family.Spec))
        ? throw new ArgumentException("The environments of a list have equal spaces; the tasks of this family differ.", nameof(family))
        : family.Spec.Observation.Element.IsUInt8
        ? throw new ArgumentException("The environments of a list observe numbers, not pictures.", nameof(family))
        : new IEnvironment?[family.Tasks.Count];
    private IEnvironment? _current;

    /// <inheritdoc/>
    public override ActionSpace ActionSpace => family.Spec.Action;

    /// <inheritdoc/>
    public override int ObservationSize => EnvironmentSpecModule.ObservationSize(family.Spec);

    /// <inheritdoc/>
    protected override TaskSpace TaskStateSpace { get; } = TaskSpace.NewDiscrete(family.Tasks.Count);

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var environment in _environments)
            environment?.Dispose();
        family.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override void Start(double[] taskState, Key key)
    {
        var task = (int)taskState[0];
        _current = _environments[task] ??= family.Create(task);
        _current.Reset(Keys.Below(family.Tasks[task].Instances, Keys.ForPurpose("instance", key)), key);
    }

    /// <inheritdoc/>
    protected override (double Reward, bool Terminated, bool Truncated) Move(ReadOnlySpan<double> action) =>
        Move(_current!, family.Spec, action);

    /// <inheritdoc/>
    protected override double[] ObserveEnvironment() => Observe(_current!, family.Spec);
}
