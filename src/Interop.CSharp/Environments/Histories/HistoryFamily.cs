namespace MtrlFunctional.Environments;

/// <summary>The environments of another family, observed with the steps before: frames of observation, action before, its reward
/// and a mark at the first observation of an episode, the newest first.</summary>
/// <remarks>Tasks and instances are the inner family's, which is disposed with the wrapper.</remarks>
public sealed class HistoryFamily : IEnvironmentFamily
{
    private readonly IEnvironmentFamily _inner;
    private readonly History _history;

    /// <summary>A family that observes numbers, with a history.</summary>
    /// <param name="inner">The wrapped family; disposed with the wrapper.</param>
    /// <param name="history">Steps before an observation.</param>
    /// <exception cref="ArgumentException">The family observes pictures, or its tasks differ in their spaces.</exception>
    public HistoryFamily(IEnvironmentFamily inner, History history)
    {
        ArgumentNullException.ThrowIfNull(inner);
        if (!inner.Spec.Observation.Element.IsFloat32)
            throw new ArgumentException("A history has observations of numbers, not of pictures.", nameof(inner));
        if (!inner.Tasks.All(task => task.IsAs(inner.Spec)))
            throw new ArgumentException("Histories are of tasks whose spaces and horizons are equal.", nameof(inner));
        (_inner, _history) = (inner, history);
        Spec = HistoryModule.Spec(history, inner.Spec);
        Tasks = [.. inner.Tasks.Select(task => task with { Spec = null })];
    }

    /// <inheritdoc/>
    public EnvironmentSpec Spec { get; }

    /// <inheritdoc/>
    public IReadOnlyList<EnvironmentTask> Tasks { get; }

    /// <inheritdoc/>
    public IEnvironment Create(int task) => new HistoryEnvironment(_inner.Create(task), _inner.Spec, _history);

    /// <inheritdoc/>
    public void Dispose() => _inner.Dispose();
}
