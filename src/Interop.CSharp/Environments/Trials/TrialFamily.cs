namespace MtrlFunctional.Environments;

/// <summary>The environments of another family in trials: an episode is several episodes with one instance of a task, observed
/// with the action before, its reward, whether it ended an episode, and a mark at the first step.</summary>
/// <remarks>Source: Duan et al. 2016, RL², arXiv:1611.02779, section 2.2. Tasks and instances are the inner family's, which is
/// disposed with the wrapper.</remarks>
public sealed class TrialFamily : IEnvironmentFamily
{
    private readonly IEnvironmentFamily _inner;
    private readonly Trial _trial;
    private readonly int _steps;
    private readonly bool _countsEach;

    /// <summary>Trials of a family that observes numbers.</summary>
    /// <param name="inner">The wrapped family; disposed with the wrapper.</param>
    /// <param name="trial">Episodes of a trial.</param>
    /// <param name="steps">Steps at which an episode is cut; null: the horizon of the other family.</param>
    /// <param name="countsEach">Whether episodes after the exploration end at their first success.</param>
    /// <exception cref="ArgumentException">The family observes pictures, or its tasks differ in their spaces.</exception>
    public TrialFamily(IEnvironmentFamily inner, Trial trial, int? steps = null, bool countsEach = false)
    {
        ArgumentNullException.ThrowIfNull(inner);
        if (!inner.Spec.Observation.Element.IsFloat32)
            throw new ArgumentException("A trial has observations of numbers, not of pictures.", nameof(inner));
        if (!inner.Tasks.All(task => task.IsAs(inner.Spec)))
            throw new ArgumentException("Trials are of tasks whose spaces and horizons are equal.", nameof(inner));
        (_inner, _trial, _steps, _countsEach) = (inner, trial, steps ?? inner.Spec.Horizon, countsEach);
        Spec = TrialModule.Spec(
            trial, new EnvironmentSpec(inner.Spec.Observation, inner.Spec.Action, _steps, inner.Spec.Terminates));
        Tasks = [.. inner.Tasks.Select(task => task with { Spec = null })];
    }

    /// <inheritdoc/>
    public EnvironmentSpec Spec { get; }

    /// <inheritdoc/>
    public IReadOnlyList<EnvironmentTask> Tasks { get; }

    /// <inheritdoc/>
    public IEnvironment Create(int task) => new TrialEnvironment(_inner.Create(task), _inner.Spec, _trial, _steps, _countsEach);

    /// <inheritdoc/>
    public void Dispose() => _inner.Dispose();
}
