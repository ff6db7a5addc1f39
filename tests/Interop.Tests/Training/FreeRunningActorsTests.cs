using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Training;

/// <summary>Which policy plays which iteration, and how playing ends.</summary>
public class FreeRunningActorsTests
{
    private static readonly Player[] _players = [.. Enumerable.Range(0, 4).Select(_ => new Player((rows, _) => rows))];

    [Test]
    public void EachIterationIsPlayedByThePolicyThatIsTheNewestWhenItBegins()
    {
        using var scope = torch.NewDisposeScope();
        var begun = new List<int>();
        using var finish = new SemaphoreSlim(0);
        using var actors = new FreeRunningActors(new PublishedPolicy(_players[0], 5, 7), (iteration, player, stop) =>
        {
            lock (begun)
                begun.Add(Array.FindIndex(_players, known => ReferenceEquals(known, player)));
            finish.Wait(stop);
            return Played();
        });
        void Begins(int count) => Waiting.Until($"{count} iterations have begun", () => Count(begun) == count);
        int Next() => actors.Take(() => { }, CancellationToken.None).Lag!.Value;

        Begins(1);
        actors.Publish(new PublishedPolicy(_players[1], 6, 8));
        finish.Release(3);
        Begins(4);
        int[] first = [Next(), Next(), Next()];
        finish.Release();
        first = [.. first, Next()];
        actors.Publish(new PublishedPolicy(_players[2], 9, 9));
        finish.Release();
        // The number of the iteration without that of the policy's updates.
        Assert.That(first, Is.EqualTo(new[] { 0, 0, 1, 2 }));
        Assert.That(Next(), Is.Zero);
        Assert.That(begun, Is.EqualTo(new[] { 0, 1, 1, 1, 2 }));
    }

    [Test]
    public void WhatPlayingRaisesComesOutAfterTheIterationsBeforeIt()
    {
        using var scope = torch.NewDisposeScope();
        var begun = 0;
        using var actors = new FreeRunningActors(
            new PublishedPolicy(_players[0], 0, 16),
            (iteration, player, stop) => begun++ < 2 ? Played() : throw new MtrlException("an action is not finite"));
        SampledEpisodes Next() => actors.Take(() => { }, CancellationToken.None);
        Assert.That(new[] { Next().Lag, Next().Lag }, Is.EqualTo(new int?[] { 0, 1 }));
        Assert.That(() => Next(), Throws.TypeOf<MtrlException>().With.Message.EqualTo("an action is not finite"));
    }

    [Test]
    public void DisposingEndsAnIterationInProgressAndFreesThoseThatWait()
    {
        var live = Libtorch.LiveTensors;
        var begun = new List<int>();
        using (new FreeRunningActors(new PublishedPolicy(_players[0], 0, 16), (iteration, player, stop) =>
        {
            lock (begun)
                begun.Add((int)iteration);
            if (iteration == 2)
                stop.WaitHandle.WaitOne();
            stop.ThrowIfCancellationRequested();
            return Played();
        }))
            Waiting.Until("the third iteration has begun", () => Count(begun) == 3);
        Assert.That(Libtorch.LiveTensors, Is.EqualTo(live));
    }

    private static int Count(List<int> list)
    {
        lock (list)
            return list.Count;
    }

    private static SampledEpisodes Played()
    {
        var x = torch.zeros([1, 1, 1, 1], ScalarType.Float32, Libtorch.Cpu);
        return new SampledEpisodes(
            new Episodes(x, x.clone(), x.clone(), x.clone(), [1], [false], [[]], [false]), [0], [[]], 0, 0, 1, 1, null).Detached();
    }
}
