namespace MtrlFunctional.Environments;

/// <summary>Fills the action of an environment from its observation.</summary>
internal delegate void RowAction(int index, ObservationRows observation, Span<float> action);

/// <summary>For callers that schedule single environments themselves, such as a sampler.</summary>
public sealed partial class VectorEnvironment
{
    /// <summary>Runs a job on every thread, the caller's included; returns when all are done.</summary>
    /// <exception cref="Exception">The first exception of a job; the others ended by themselves.</exception>
    internal void OnAllThreads(Action job) => _workers.Run(_threads, _ => job());

    /// <summary>Threads of <see cref="OnWorkers"/>, the caller's included.</summary>
    internal int Threads => _threads;

    /// <summary>Does pieces 0 to count − 1 on the threads; returns when all are done.</summary>
    /// <param name="count">Pieces.</param>
    /// <param name="piece">Does the piece of a number.</param>
    /// <exception cref="Exception">The first exception of a piece; the other pieces were still done.</exception>
    public void OnWorkers(int count, Action<int> piece) => _workers.Run(count, piece.Given());

    /// <summary>Acts in the environments whose episode is not over and steps them, each on one thread. The others keep the
    /// results of their last step.</summary>
    /// <param name="act">Fills the action [actions] of an environment from its observation; different environments act at the
    /// same time.</param>
    internal void StepRunning(RowAction act)
    {
        StepTogether(i =>
        {
            if (Ended(i))
                return;
            act(i, Rows.Row(i, Rows.Length / Count), _actions.AsSpan(i * ActionSize, ActionSize));
            StepOne(i);
        });
    }

    /// <summary>One step of one environment, on the calling thread; its result is in <see cref="NextObservations"/> and the
    /// properties beside it. Different environments may step at the same time.</summary>
    internal void StepAlone(int index, ReadOnlySpan<float> action)
    {
        if (_pictures is not null)
            throw new NotSupportedException("Environments that are observed as pictures step together.");
        action.CopyTo(_actions.AsSpan(index * ActionSize));
        StepOne(index);
    }
}
