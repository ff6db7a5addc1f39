namespace MtrlFunctional.Sampling;

/// <summary>Schedules environment steps and policy inference over threads. Batches of episodes advance independently. Any thread
/// may step any episode of a batch; the thread that steps the last one runs the policy for the batch, while other threads process
/// other batches. No thread blocks on another thread or on the policy.</summary>
/// <remarks>Results do not depend on the thread order: episodes and batches share no state.</remarks>
internal sealed class EpisodeScheduler
{
    private readonly Batch[] _batches;
    private readonly int _horizon;
    private readonly Action<int, int> _act;
    private readonly Func<int, int, bool> _step;
    private long _stepTicks;
    private int _finished;
    private int _stepped;
    private volatile bool _stopping;

    /// <summary>Creates a scheduler at step 0.</summary>
    /// <param name="sizes">Episodes of each batch.</param>
    /// <param name="horizon">Steps of an episode.</param>
    /// <param name="act">Computes the actions of a batch (batch, step); never concurrently for one batch.</param>
    /// <param name="step">Steps an episode (batch, index in the batch); false: it has ended.</param>
    internal EpisodeScheduler(IReadOnlyList<int> sizes, int horizon, Action<int, int> act, Func<int, int, bool> step)
    {
        (_horizon, _act, _step) = (horizon, act, step);
        _batches = [.. sizes.Select(size => new Batch { Count = size, Next = size })];
    }

    /// <summary>Ticks of <see cref="Stopwatch"/> that steps took, summed over threads.</summary>
    internal long StepTicks => Interlocked.Read(ref _stepTicks);

    internal void Open()
    {
        for (var batch = 0; batch < _batches.Length; batch++)
            Open(batch);
    }

    /// <summary>Worker loop: runs until all steps are done or <see cref="Stop"/> is called; every thread calls
    /// it.</summary>
    /// <param name="stepped">Receives the number of steps since its previous call; null: no report from this
    /// thread.</param>
    internal void Work(Action<int>? stepped)
    {
        var ticks = 0L;
        try
        {
            while (Volatile.Read(ref _finished) < _batches.Length && !_stopping)
            {
                if (TryTake() is not ({ } batch, var index))
                {
                    stepped?.Invoke(TakeStepped());
                    Thread.Yield();
                    continue;
                }

                var start = Stopwatch.GetTimestamp();
                if (_step(batch, index))
                    Interlocked.Increment(ref _stepped);
                ticks += Stopwatch.GetTimestamp() - start;
                if (Interlocked.Decrement(ref _batches[batch].Left) == 0)
                    Advance(batch);
                stepped?.Invoke(TakeStepped());
            }
        }
        catch
        {
            Stop();
            throw;
        }
        finally
        {
            Interlocked.Add(ref _stepTicks, ticks);
        }
    }

    /// <summary>Steps that were not reported yet, which count as reported now.</summary>
    internal int TakeStepped() => Interlocked.Exchange(ref _stepped, 0);

    internal void Stop() => _stopping = true;

    /// <summary>The next episode to step, of the batch with the fewest steps.</summary>
    private (int? Batch, int Index) TryTake()
    {
        int? best = null;
        for (var batch = 0; batch < _batches.Length; batch++)
            if (Volatile.Read(ref _batches[batch].Next) < _batches[batch].Count
                && (best is not { } other || _batches[batch].Step < _batches[other].Step))
                best = batch;
        if (best is not { } chosen)
            return (null, 0);

        // Another thread may have taken the last episode meanwhile.
        var index = Interlocked.Increment(ref _batches[chosen].Next) - 1;
        return index < _batches[chosen].Count ? (chosen, index) : (null, 0);
    }

    private void Advance(int batch)
    {
        if (++_batches[batch].Step < _horizon)
            Open(batch);
        else
            Interlocked.Increment(ref _finished);
    }

    private void Open(int batch)
    {
        var state = _batches[batch];
        _act(batch, state.Step);
        state.Left = state.Count;

        // Publishes the batch: threads may take its episodes after this write.
        Volatile.Write(ref state.Next, 0);
    }

    /// <summary>Fields, which several threads change at once.</summary>
    private sealed class Batch
    {
        internal int Count;

        /// <summary>First episode not taken in this step.</summary>
        internal int Next;

        /// <summary>Episodes not stepped yet.</summary>
        internal int Left;

        internal int Step;
    }
}
