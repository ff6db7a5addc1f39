using System.Runtime.ExceptionServices;
using MtrlFunctional.Sampling;

namespace MtrlFunctional.Training;

/// <summary>A policy that may play iterations.</summary>
/// <param name="Player">The policy; it stays valid until the iteration <paramref name="Last"/> is learned.</param>
/// <param name="Updates">Updates before the policy, which is the number of the iteration that is learned next.</param>
/// <param name="Last">The last iteration that may begin before another policy is published.</param>
internal sealed record PublishedPolicy(Player Player, long Updates, long Last);

/// <summary>Plays iterations in order on a thread of its own, without waiting for their updates: each from beginning to end by
/// the policy that is the newest at its beginning.</summary>
/// <remarks>Which policy plays an iteration depends on timing, so its lag is stored with it. The caller disposes it, which ends
/// an iteration in progress.</remarks>
internal sealed class FreeRunningActors : IDisposable
{
    private static readonly TimeSpan PulseEvery = TimeSpan.FromMilliseconds(100);

    private readonly object _gate = new();
    private readonly Func<long, Player, CancellationToken, SampledEpisodes> _play;
    private readonly Queue<SampledEpisodes> _played = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Thread _thread;
    private PublishedPolicy _newest;
    private long _next;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Begins with the iteration that is learned next. Iterations are played until a stop; their tensors are of no
    /// scope.</summary>
    internal FreeRunningActors(PublishedPolicy first, Func<long, Player, CancellationToken, SampledEpisodes> play)
    {
        (_newest, _next, _play) = (first, first.Updates, play);
        _thread = new Thread(PlayAll) { IsBackground = true, Name = "actors" };
        _thread.Start();
    }

    /// <summary>Replaces the policy that plays the iterations that begin from now on.</summary>
    internal void Publish(PublishedPolicy newest)
    {
        lock (_gate)
        {
            _newest = newest;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits for the oldest iteration that was not taken yet, unless stopped, with regular pulses; the caller disposes
    /// it.</summary>
    /// <exception cref="MtrlException">An action was not finite; other exceptions of playing come out here, too.</exception>
    internal SampledEpisodes Take(Action pulse, CancellationToken stop)
    {
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            lock (_gate)
            {
                if (_played.Count > 0)
                    return _played.Dequeue();
                _failure?.Throw();
                Monitor.Wait(_gate, PulseEvery);
            }

            pulse();
        }
    }

    public void Dispose()
    {
        _end.Cancel();
        lock (_gate)
            Monitor.PulseAll(_gate);
        _thread.Join();
        foreach (IDisposable sampled in _played)
            sampled.Dispose();
        _end.Dispose();
    }

    private void PlayAll()
    {
        try
        {
            while (Newest() is { } policy)
            {
                using var scope = torch.NewDisposeScope();
                var sampled = _play(_next, policy.Player, _end.Token).WithLag((int)(_next - policy.Updates));
                lock (_gate)
                {
                    _played.Enqueue(sampled);
                    _next++;
                    Monitor.PulseAll(_gate);
                }
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // Nobody takes the iteration.
        }
        catch (Exception e)
        {
            lock (_gate)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Waits until the next iteration may begin.</summary>
    /// <returns>The newest policy; null: none is to be played.</returns>
    private PublishedPolicy? Newest()
    {
        lock (_gate)
        {
            while (_next > _newest.Last && !_end.IsCancellationRequested)
                Monitor.Wait(_gate);
            return _end.IsCancellationRequested ? null : _newest;
        }
    }
}
