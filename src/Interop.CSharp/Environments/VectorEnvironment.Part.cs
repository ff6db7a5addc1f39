namespace MtrlFunctional.Environments;

/// <summary>For whoever decides alone which environment steps when, such as a sampler.</summary>
public sealed partial class VectorEnvironment
{
    /// <summary>Runs a job on every thread, the caller's included; returns when all are done.</summary>
    /// <exception cref="Exception">The first exception of a job; the others ended by themselves.</exception>
    internal void OnAllThreads(Action job) => _workers.Run(Math.Min(_options.Threads, Count), _ => job());

    /// <summary>
    /// One step of one environment, on the calling thread; what it led to stands in <see cref="NextObservations"/>
    /// and its neighbours. Different environments may step at the same time.
    /// </summary>
    /// <param name="index">Which environment; its episode is not over.</param>
    /// <param name="action">Four numbers.</param>
    internal void StepAlone(int index, ReadOnlySpan<float> action)
    {
        action.CopyTo(_actions.AsSpan(index * MetaWorldEnvironment.ActionSize));
        StepOne(index);
    }
}
