using MtrlFunctional.Spaces;
using MtrlFunctional.Tasks;

namespace MtrlFunctional.Environments;

/// <summary>An environment with a new task in every episode. Source: MTEnv's SampleRandomTask.</summary>
/// <param name="inner">Disposed with this.</param>
public sealed class SampleRandomTask(IMTEnvironment inner) : IMTEnvironment
{
    /// <inheritdoc/>
    public ActionSpace ActionSpace => inner.ActionSpace;

    /// <inheritdoc/>
    public int ObservationSize => inner.ObservationSize;

    /// <inheritdoc/>
    public TaskSpace TaskObservationSpace => inner.TaskObservationSpace;

    /// <inheritdoc/>
    public bool IsSeeded => inner.IsSeeded;

    /// <inheritdoc/>
    public bool IsTaskSeeded => inner.IsTaskSeeded;

    /// <inheritdoc/>
    public double[] TaskState => inner.TaskState;

    /// <inheritdoc/>
    public double[] TaskObs => inner.TaskObs;

    /// <inheritdoc/>
    public void Seed(long seed) => inner.Seed(seed);

    /// <inheritdoc/>
    public void SeedTask(long seed) => inner.SeedTask(seed);

    /// <inheritdoc/>
    public double[] SampleTaskState() => inner.SampleTaskState();

    /// <inheritdoc/>
    public void SetTaskState(ReadOnlySpan<double> state) => inner.SetTaskState(state);

    /// <summary>Sets a sampled task and starts an episode of it.</summary>
    /// <exception cref="InvalidOperationException"><see cref="Seed"/> or <see cref="SeedTask"/> comes first.</exception>
    public MTObservation Reset()
    {
        if (!inner.IsSeeded)
            throw new InvalidOperationException("Episodes have no seed: call Seed first.");
        inner.ResetTaskState();
        return inner.Reset();
    }

    /// <inheritdoc/>
    public MTStep Step(params ReadOnlySpan<double> action) => inner.Step(action);

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();
}
