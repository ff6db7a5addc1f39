using MtrlFunctional.Tasks;

namespace MtrlFunctional.Environments;

/// <summary>A multitask environment around another: each member is the inner environment's until a subclass replaces it. Source:
/// MTEnv's MultiTask.</summary>
/// <remarks>A wrapper has seeds of its own. <see cref="Seed"/> and <see cref="SeedTask"/> seed it and the inner environment; an
/// inner environment that was seeded alone does not seed the wrapper.</remarks>
/// <param name="inner">Disposed with this.</param>
public class MultiTask(IMTEnvironment inner) : IMTEnvironment
{
    private bool _isSeeded;
    private Key? _taskKey;
    private long _samples;

    /// <inheritdoc/>
    public ActionSpace ActionSpace => inner.ActionSpace;

    /// <inheritdoc/>
    public int ObservationSize => inner.ObservationSize;

    /// <inheritdoc/>
    public virtual TaskSpace TaskObservationSpace => inner.TaskObservationSpace;

    /// <inheritdoc/>
    public bool IsSeeded => _isSeeded && inner.IsSeeded;

    /// <inheritdoc/>
    public bool IsTaskSeeded => _taskKey is not null && inner.IsTaskSeeded;

    /// <inheritdoc/>
    public virtual double[] TaskState => inner.TaskState;

    /// <inheritdoc/>
    public virtual double[] TaskObs => inner.TaskObs;

    /// <summary>The wrapped environment.</summary>
    protected IMTEnvironment Inner => inner;

    /// <inheritdoc/>
    public virtual void Seed(long seed)
    {
        inner.Seed(seed);
        _isSeeded = true;
    }

    /// <inheritdoc/>
    public virtual void SeedTask(long seed)
    {
        inner.SeedTask(seed);
        (_taskKey, _samples) = (Keys.ForPurpose("index", Keys.OfSeed(seed)), 0);
    }

    /// <inheritdoc/>
    public virtual double[] SampleTaskState()
    {
        _ = SeededTaskKey();
        return inner.SampleTaskState();
    }

    /// <inheritdoc/>
    public virtual void SetTaskState(ReadOnlySpan<double> state) => inner.SetTaskState(state);

    /// <inheritdoc/>
    public void ResetTaskState() => SetTaskState(SampleTaskState());

    /// <inheritdoc/>
    public virtual MTObservation Reset() => inner.Reset();

    /// <inheritdoc/>
    public virtual MTStep Step(params ReadOnlySpan<double> action) => inner.Step(action);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        inner.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The next key of the wrapper's own task seed, for draws beside the inner environment's.</summary>
    /// <exception cref="InvalidOperationException"><see cref="SeedTask"/> comes first.</exception>
    protected Key NextTaskKey() => Keys.At(_samples++, SeededTaskKey());

    private Key SeededTaskKey() =>
        _taskKey ?? throw new InvalidOperationException("Tasks have no seed: call SeedTask first.");
}
