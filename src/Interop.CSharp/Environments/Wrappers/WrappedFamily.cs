namespace MtrlFunctional.Environments;

/// <summary>The environments of another family, each observed with what came before: in trials of several episodes with one
/// instance, or with a history of steps.</summary>
/// <remarks>Tasks and instances are the inner family's, which is disposed with the wrapper. Source of trials: Duan et al. 2016,
/// RL², arXiv:1611.02779, section 2.2.</remarks>
internal sealed class WrappedFamily : IEnvironmentFamily
{
    private readonly IEnvironmentFamily _inner;
    private readonly Func<IEnvironment, IEnvironment> _wrap;

    private WrappedFamily(IEnvironmentFamily inner, EnvironmentSpec spec, Func<IEnvironment, IEnvironment> wrap)
    {
        (_inner, _wrap, Spec) = (inner, wrap, spec);
        Tasks = [.. inner.Tasks.Select(task => task with { Spec = null })];
    }

    public EnvironmentSpec Spec { get; }

    public IReadOnlyList<EnvironmentTask> Tasks { get; }

    /// <summary>Trials of a family that observes numbers.</summary>
    /// <param name="inner">The wrapped family.</param>
    /// <param name="trial">Episodes of a trial.</param>
    /// <param name="steps">Steps at which an episode is cut; null: the horizon of the other family.</param>
    /// <param name="countsEach">Whether episodes after the exploration end at their first success.</param>
    /// <exception cref="ArgumentException">The family observes pictures, or its tasks differ in their spaces.</exception>
    internal static WrappedFamily Trials(IEnvironmentFamily inner, Trial trial, int? steps = null, bool countsEach = false)
    {
        Check(inner, "A trial has", "Trials are");
        var length = steps ?? inner.Spec.Horizon;
        var episode = new EnvironmentSpec(inner.Spec.Observation, inner.Spec.Action, length, inner.Spec.Terminates);
        return new(
            inner, TrialModule.Spec(trial, episode),
            environment => new TrialEnvironment(environment, inner.Spec, trial, length, countsEach));
    }

    /// <summary>Frames of observation, action before, its reward and a mark at the first observation of an episode, the newest first.</summary>
    /// <param name="inner">The wrapped family, which observes numbers.</param>
    /// <param name="history">Steps before an observation.</param>
    /// <exception cref="ArgumentException">The family observes pictures, or its tasks differ in their spaces.</exception>
    internal static WrappedFamily Histories(IEnvironmentFamily inner, History history)
    {
        Check(inner, "A history has", "Histories are");
        return new(
            inner, HistoryModule.Spec(history, inner.Spec), environment => new HistoryEnvironment(environment, inner.Spec, history));
    }

    public IEnvironment Create(int task) => _wrap(_inner.Create(task));

    public void Dispose() => _inner.Dispose();

    private static void Check(IEnvironmentFamily inner, string oneHas, string manyAre)
    {
        if (!inner.Spec.Observation.Element.IsFloat32)
            throw new ArgumentException($"{oneHas} observations of numbers, not of pictures.", nameof(inner));
        if (!inner.Tasks.All(task => task.IsAs(inner.Spec)))
            throw new ArgumentException($"{manyAre} of tasks whose spaces and horizons are equal.", nameof(inner));
    }
}
