using System.Collections.Concurrent;
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
    private const int PulseMilliseconds = 100;

    private readonly BlockingCollection<SampledEpisodes> _played = [];
    private readonly SemaphoreSlim _published = new(0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _playing;
    private volatile PublishedPolicy _newest;

    /// <summary>Begins with the iteration that is learned next. Iterations are played until a stop; their tensors are of no
    /// scope.</summary>
    internal FreeRunningActors(PublishedPolicy first, Func<long, Player, CancellationToken, SampledEpisodes> play)
    {
        _newest = first;
        _playing = Task.Factory.StartNew(
            () => PlayAll(first.Updates, play), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Replaces the policy that plays the iterations that begin from now on.</summary>
    internal void Publish(PublishedPolicy newest)
    {
        _newest = newest;
        _published.Release();
    }

    /// <summary>Waits for the oldest iteration that was not taken yet, unless stopped, with regular pulses; the caller disposes
    /// it.</summary>
    /// <exception cref="MtrlException">An action was not finite; other exceptions of playing come out here, too.</exception>
    internal SampledEpisodes Take(Action pulse, CancellationToken stop)
    {
        SampledEpisodes? sampled;
        while (!_played.TryTake(out sampled, PulseMilliseconds, stop))
        {
            // Raises the failure after which nothing is played any more.
            if (_played.IsCompleted)
                _playing.GetAwaiter().GetResult();
            pulse();
        }

        return sampled;
    }

    public void Dispose()
    {
        _end.Cancel();
        // Waits without raising its exception.
        Task.WaitAny(_playing);
        foreach (IDisposable sampled in _played)
            sampled.Dispose();
        _played.Dispose();
        _published.Dispose();
        _end.Dispose();
    }

    private void PlayAll(long first, Func<long, Player, CancellationToken, SampledEpisodes> play)
    {
        try
        {
            for (var next = first; ; next++)
            {
                PublishedPolicy policy;
                while ((policy = _newest).Last < next)
                    _published.Wait(_end.Token);
                _end.Token.ThrowIfCancellationRequested();
                using var scope = torch.NewDisposeScope();
                _played.Add(play(next, policy.Player, _end.Token).WithLag((int)(next - policy.Updates)));
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // Nobody takes the iteration.
        }
        finally
        {
            _played.CompleteAdding();
        }
    }
}
