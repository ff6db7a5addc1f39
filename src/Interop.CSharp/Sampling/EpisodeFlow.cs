using System.Diagnostics;

namespace MtrlFunctional.Sampling;

/// <summary>
/// Who does what when: batches of episodes go through their steps, each at its own pace, and threads take whatever
/// is there to do. All episodes of a batch step, by any threads; whoever steps the last one lets the policy act for the
/// batch, while the other threads are at other batches. So no thread waits for another one, or for the policy.
/// </summary>
/// <remarks>What is computed does not depend on who comes first: episodes and batches share nothing.</remarks>
internal sealed class EpisodeFlow
{
    private readonly Batch[] _batches;
    private readonly int _horizon;
    private readonly Action<int, int> _act;
    private readonly Action<int, int> _step;
    private long _stepTicks;
    private int _finished;
    private int _stepped;
    private volatile bool _stopping;

    /// <summary>Nothing done yet.</summary>
    /// <param name="sizes">Episodes of each batch.</param>
    /// <param name="horizon">Steps of an episode.</param>
    /// <param name="act">Chooses the actions of a batch (batch, step); not for one batch at the same time.</param>
    /// <param name="step">Steps an episode (batch, its place in it), unless that is over.</param>
    internal EpisodeFlow(IReadOnlyList<int> sizes, int horizon, Action<int, int> act, Action<int, int> step)
    {
        (_horizon, _act, _step) = (horizon, act, step);
        _batches = [.. sizes.Select(size => new Batch { Count = size, Next = size })];
    }

    /// <summary>Ticks of <see cref="Stopwatch"/> that steps took, of all threads together.</summary>
    internal long StepTicks => Interlocked.Read(ref _stepTicks);

    /// <summary>Opens the first step of every batch.</summary>
    internal void Open()
    {
        for (var batch = 0; batch < _batches.Length; batch++)
            Open(batch);
    }

    /// <summary>Works until all is done or somebody stops; every thread calls this.</summary>
    /// <param name="stepped">Told now and then how many steps were taken since; null: this thread tells nobody.</param>
    internal void Work(Action<int>? stepped)
    {
        var ticks = 0L;
        try
        {
            while (Volatile.Read(ref _finished) < _batches.Length && !_stopping)
            {
                if (TryTake() is not ({ } batch, var place))
                {
                    Thread.Yield();
                    continue;
                }

                var start = Stopwatch.GetTimestamp();
                _step(batch, place);
                ticks += Stopwatch.GetTimestamp() - start;
                Interlocked.Increment(ref _stepped);
                if (Interlocked.Decrement(ref _batches[batch].Left) == 0)
                    Advance(batch);
                stepped?.Invoke(Interlocked.Exchange(ref _stepped, 0));
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

    /// <summary>Every thread ends after what it is at.</summary>
    internal void Stop() => _stopping = true;

    /// <summary>An episode to step, of the batch that is least advanced.</summary>
    private (int? Batch, int Place) TryTake()
    {
        int? best = null;
        for (var batch = 0; batch < _batches.Length; batch++)
            if (Volatile.Read(ref _batches[batch].Next) < _batches[batch].Count
                && (best is not { } other || _batches[batch].Step < _batches[other].Step))
                best = batch;
        if (best is not { } chosen)
            return (null, 0);

        // Somebody else may have taken the last one meanwhile.
        var place = Interlocked.Increment(ref _batches[chosen].Next) - 1;
        return place < _batches[chosen].Count ? (chosen, place) : (null, 0);
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

        // From here on threads take episodes of it.
        Volatile.Write(ref state.Next, 0);
    }

    private sealed class Batch
    {
        /// <summary>Its episodes.</summary>
        internal int Count;

        /// <summary>The first that nobody has taken in this step.</summary>
        internal int Next;

        /// <summary>Those that have not stepped yet.</summary>
        internal int Left;

        /// <summary>The step that it is at.</summary>
        internal int Step;
    }
}
