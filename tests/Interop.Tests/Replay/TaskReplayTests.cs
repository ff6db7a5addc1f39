using static MtrlFunctional.Tests.Replay.ReplayLayouts;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Replay;

public class TaskReplayTests
{
    [Test]
    public void AMetaWorldTransitionTakesAtMost120Bytes()
    {
        var shape = new ReplayShape
        {
            Tasks = 10,
            Observation = ReplayLayouts.MetaWorld,
            ActionWidth = 4,
            CapacityPerTask = 100_000,
            EpisodeLength = 150,
        };
        Assert.That(shape.BytesPerTransition, Is.LessThanOrEqualTo(120));
    }

    private static readonly ObservationLayout[] Layouts =
    [
        ReplayLayouts.MetaWorld, ObservationLayout.Plain(4), new(3, 3, 2), new(2, 4, 0), new(1, 2, 0),
        ReplayLayouts.Pictures, new(3, 3, 2) { IsBytes = true }, new(5, 2, 1) { Order = FrameOrder.OldestFirst },
    ];

    private static Key KeyOf(long counter) => KeyModule.At(counter, KeyModule.OfSeed(7));

    [Test]
    public void HoldsTheNewestTransitionsToTheBit(
        [ValueSource(nameof(Layouts))] ObservationLayout layout, [Values(1, 4, 25)] int episode, [Values] bool compressed)
    {
        for (var seed = 0; seed < (LongForm.IsAsked ? 20 : compressed ? 2 : 5); seed++)
        {
            var shape = Shape(layout, capacity: 10 + (13 * seed % 60), episode: 1) with { IsCompressed = compressed };
            var walk = new ReplayWalk(shape, new TaskReplay(shape), seed);
            for (var round = 0; round < 40; round++)
            {
                walk.Steps(11, episode);
                for (var task = 0; task < shape.Tasks; task++)
                {
                    CheckSuffix(walk, task);
                    if (layout.Stack <= 2)
                        Assert.That(
                            walk.Replay.CountOf(task),
                            Is.EqualTo(Math.Min(shape.CapacityPerTask, walk.Naive.All(task, false).Count)));
                }
            }
        }
    }

    /// <summary>Numbers behind those of a task are not stored, and zero in a batch.</summary>
    [Test]
    public void RowsOfTasksAreNoWiderThanNeeded()
    {
        var shape = ReplayLayouts.DifferentRows;
        var walk = new ReplayWalk(shape, new TaskReplay(shape), 5);
        using var batch = new NativeBatch(shape, 16, oneHot: true);
        for (var round = 0; round < 40; round++)
        {
            walk.Steps(20, episodeLength: 6);
            walk.Replay.Fill(walk.Replay.DrawBalanced(KeyOf(round), 16), batch.Memory);
            for (var task = 0; task < shape.Tasks; task++)
            {
                CheckSuffix(walk, task);
                var stored = walk.Naive.All(task, false).TakeLast(walk.Replay.CountOf(task)).ToDictionary(t => t.Obs[0]);
                for (var row = 0; row < 16; row++)
                {
                    var (got, id, _) = batch.Row(task, row);
                    AssertSame(got, stored[got.Obs[0]]);
                    Assert.That(Array.IndexOf(id, 1f), Is.EqualTo(task));
                }
            }
        }

        // Frame, tail, action and reward: 21 + 4 + 1, 5 + 1 + 1 and 45 + 2 + 1 numbers, not three times 45 + 4 + 1; and flags.
        // 40 transitions and six episodes take 52 slots, and as many more as there are frames.
        Assert.That(shape.Bytes, Is.EqualTo((54 * ((4 * 26) + 1)) + (53 * ((4 * (7 + 48)) + 2))));
        Assert.That((shape with { Own = null }).Bytes, Is.EqualTo(3 * 53 * ((4 * 50) + 1)));
    }

    [Test]
    public void RowsOfTasksAreParts()
    {
        var shape = ReplayLayouts.DifferentRows;
        ReplayRow wide = new(ObservationLayout.Plain(46), 1), active = new(ObservationLayout.Plain(3), 5);
        foreach (var own in new ReplayRow[][] { [.. shape.Own!.Take(2)], [.. shape.Own!.Take(2), wide], [.. shape.Own!.Take(2), active] })
            Throws<ArgumentException>(() => _ = new TaskReplay(shape with { Own = own }), "parts of rows");
        Throws<ArgumentException>(() => _ = new TaskReplay(shape with { IsCompressed = true }), "parts of rows");
    }

    [Test]
    public void DrawsOfTheNewestHoldNoOthers([Values(1, 5, 1000)] int window)
    {
        var shape = Shape(ReplayLayouts.MetaWorld);
        var walk = new ReplayWalk(shape, new TaskReplay(shape), 5);
        using var batch = new NativeBatch(shape, 16, oneHot: false);
        Assert.That(walk.Replay.DrawNewest(KeyOf(0), 16, window).Counts, Is.All.EqualTo(0));
        for (var update = 0; update < 50; update++)
        {
            walk.Steps(7, episodeLength: 6);
            walk.Replay.Fill(walk.Replay.DrawNewest(KeyOf(update), 16, window), batch.Memory);
            for (var task = 0; task < shape.Tasks; task++)
            {
                var stored = walk.Naive.All(task, false).TakeLast(walk.Replay.CountOf(task)).TakeLast(window);
                var first = stored.Select(transition => transition.Obs[0]).ToHashSet();
                for (var row = 0; row < 16 && first.Count > 0; row++)
                    Assert.That(first, Does.Contain(batch.Row(task, row).Transition.Obs[0]));
            }
        }
    }

    [Test]
    public void BalancedBatchesHoldStoredRowsOfTheirOwnTask([Values] bool oneHot, [Values] bool linked)
    {
        var shape = Shape(ReplayLayouts.MetaWorld);
        var walk = new ReplayWalk(shape, new TaskReplay(shape), 5);
        using var batch = new NativeBatch(shape, 16, oneHot);
        for (var update = 0; update < 100; update++)
        {
            walk.Steps(20, episodeLength: 6);
            walk.Replay.Fill(walk.Replay.DrawBalanced(KeyOf(update), 16, linked), batch.Memory);
            for (var task = 0; task < shape.Tasks; task++)
            {
                var stored = walk.Naive.All(task, linked).TakeLast(walk.Replay.CountOf(task)).ToDictionary(t => t.Obs[0]);
                for (var row = 0; row < 16; row++)
                {
                    var (got, obsId, nextId) = batch.Row(task, row);
                    AssertSame(got, stored[got.Obs[0]]);
                    Assert.That(batch.Weight(task, row), Is.EqualTo(1f));
                    float[] id = [.. Enumerable.Range(0, oneHot ? 3 : 0).Select(t => t == task ? 1f : 0f)];
                    Assert.That(obsId, Is.EqualTo(id));
                    Assert.That(nextId, Is.EqualTo(id));
                }
            }
        }
    }

    [Test]
    public void UniformBatchesArePaddedWithZeros()
    {
        var shape = Shape(ReplayLayouts.MetaWorld);
        var walk = new ReplayWalk(shape, new TaskReplay(shape), 6);
        walk.Steps(80, 7);
        var draw = walk.Replay.DrawUniform(KeyOf(3), 50);
        Assert.That(draw.Counts.Sum(), Is.EqualTo(50));
        Assert.That(draw.Rows, Is.EqualTo(draw.Counts.Max()));

        using var batch = new NativeBatch(shape, draw.Rows + 2, oneHot: true);
        walk.Replay.Fill(draw, batch.Memory);
        for (var task = 0; task < shape.Tasks; task++)
        {
            var stored = walk.Naive.All(task, false).ToDictionary(t => t.Obs[0]);
            for (var row = 0; row < draw.Rows + 2; row++)
            {
                var (got, id, _) = batch.Row(task, row);
                if (row < draw.Counts[task])
                    AssertSame(got, stored[got.Obs[0]]);
                else
                    Assert.That(got.Obs.Concat(got.NextObs).Concat(got.Action).Concat(id), Is.All.Zero);
                Assert.That(batch.Weight(task, row), Is.EqualTo(row < draw.Counts[task] ? 1f : 0f));
            }
        }
    }

    [Test]
    public void EveryStoredTransitionIsDrawnEquallyOften()
    {
        var shape = Shape(ObservationLayout.Plain(1), capacity: 30);
        var walk = new ReplayWalk(shape, new TaskReplay(shape), 8);
        walk.Steps(60, 5);
        var rows = 100_000;
        foreach (var balanced in new[] { true, false })
        {
            var draw = balanced ? walk.Replay.DrawBalanced(KeyOf(1), rows / 3) : walk.Replay.DrawUniform(KeyOf(2), rows);
            for (var task = 0; task < 3; task++)
            {
                var n = walk.Replay.CountOf(task);
                var expected = balanced ? rows / 3.0 / n : rows / (double)walk.Replay.Count;
                var counts = draw.Slots[task].GroupBy(s => s).Select(g => g.Count()).ToList();
                Assert.That(counts, Has.Count.EqualTo(n));
                Assert.That(counts, Is.All.InRange(expected - (5 * Math.Sqrt(expected)), expected + (5 * Math.Sqrt(expected))));
            }
        }
    }

    [Test]
    public void ADrawIsAFunctionOfContentsAndKey()
    {
        var shape = Shape(ReplayLayouts.MetaWorld);
        var (one, two) = (new ReplayWalk(shape, new TaskReplay(shape), 9), new ReplayWalk(shape, new TaskReplay(shape), 9));
        using var first = new NativeBatch(shape, 8, true);
        using var second = new NativeBatch(shape, 8, true);
        var seen = new HashSet<string>();
        for (var update = 0; update < 50; update++)
        {
            one.Steps(9, 6);
            two.Steps(9, 6);
            if (update == 0)
                one.Steps(60, 6);
            if (update == 0)
                two.Steps(60, 6);
            one.Replay.SampleBalanced(KeyOf(update), first.Memory);
            two.Replay.SampleBalanced(KeyOf(update), second.Memory);
            two.Steps(1, 6);
            one.Steps(1, 6);
            Assert.That(second.Everything(), Is.EqualTo(first.Everything()));
            seen.Add(string.Join(",", first.Everything()));
        }

        Assert.That(seen, Has.Count.EqualTo(50), "another key draws other rows");
    }

    [Test]
    public void TensorsAreFilledInPlace()
    {
        var shape = Shape(ReplayLayouts.MetaWorld);
        var walk = new ReplayWalk(shape, new TaskReplay(shape), 9);
        walk.Steps(100, 6);
        using var scope = torch.NewDisposeScope();
        var obs = Zeros(3, 8, 42);
        var next = Zeros(3, 8, 42);
        var action = Zeros(3, 8, 2);
        var (reward, terminal, weight) = (Zeros(3, 8), Zeros(3, 8), Zeros(3, 8));
        walk.Replay.SampleBalanced(KeyOf(1), BatchMemory.Over(obs, action, reward, next, terminal, weight, oneHot: true));

        using var batch = new NativeBatch(shape, 8, oneHot: true);
        walk.Replay.SampleBalanced(KeyOf(1), batch.Memory);
        float[] got = [.. new[] { obs, action, reward, next, terminal, weight }.SelectMany(x => x.ToFloats())];
        Assert.That(got, Is.EqualTo(batch.Everything()));

        static torch.Tensor Zeros(params long[] shape) => torch.zeros(shape);
        Throws<ArgumentException>(() => BatchMemory.Over(obs, action, reward, next, terminal, Zeros(3, 7), true), "[3; 8]");
        Throws<ArgumentException>(() => BatchMemory.Over(obs, action, reward, obs.to_type(ScalarType.Float64), terminal, weight, true), "32-bit");
        Throws<ArgumentException>(() => walk.Replay.SampleBalanced(KeyOf(1), BatchMemory.Over(obs, action, reward, next, terminal, weight, false)), "Takes 39 numbers, got 42");
    }

    [Test]
    public void ATaskWithoutTransitionsGetsPadding()
    {
        var shape = Shape(ObservationLayout.Plain(2));
        var replay = new TaskReplay(shape);
        replay.BeginEpisode(1, [1, 2]);
        Assert.Throws<InvalidOperationException>(() => replay.DrawBalanced(KeyOf(0), 4));
        replay.Add(1, [3, 4], 5, [6, 7], terminal: true);
        Assert.That(replay.DrawBalanced(KeyOf(0), 4).Counts, Is.EqualTo(new[] { 0, 4, 0 }));
        Assert.That(replay.DrawUniform(KeyOf(0), 4).Counts, Is.EqualTo(new[] { 0, 4, 0 }));
    }

    [Test]
    public void BrokenContractsAreNamed()
    {
        var shape = Shape(new ObservationLayout(1, 2, 1));
        var replay = new TaskReplay(shape);
        Throws<InvalidOperationException>(() => replay.Add(0, [0, 0], 0, [0, 0, 0], false), "begin one first");
        Throws<InvalidOperationException>(() => replay.AbandonEpisode(0), "begin one first");
        Throws<ArgumentException>(() => replay.BeginEpisode(0, [1, 1]), "Takes 3 numbers, got 2");
        Throws<ArgumentException>(() => replay.BeginEpisode(0, [1, 2, 9]), "frame 1 differs");
        Throws<ArgumentOutOfRangeException>(() => replay.BeginEpisode(3, [1, 1, 9]), "3 tasks");
        replay.BeginEpisode(0, [1, 1, 9]);
        Throws<ArgumentException>(() => replay.Add(0, [0], 0, [2, 1, 9], false), "Takes 2 numbers, got 1");
        replay.Add(0, [0, 0], 0, [2, 1, 9], false);
        Throws<ArgumentException>(() => replay.Add(0, [0, 0], 0, [3, 1, 9], false), "older frames");
        replay.Add(0, [0, 0], 0, [3, 2, 9], terminal: true);
        Throws<InvalidOperationException>(() => replay.Add(0, [0, 0], 0, [4, 3, 9], false), "begin one first");
        Throws<MtrlException>(() => _ = new TaskReplay(Shape(new(1000, 1, 0), int.MaxValue / 2)), "smaller capacity");
    }

    private static void CheckSuffix(ReplayWalk walk, int task)
    {
        foreach (var linked in new[] { false, true })
        {
            var got = walk.Replay.Transitions(task, linked).ToList();
            Assert.That(got, Has.Count.EqualTo(walk.Replay.CountOf(task)));
            foreach (var (g, want) in got.Zip(walk.Naive.All(task, linked).TakeLast(got.Count)))
                AssertSame(g, want);
        }
    }

    private static void AssertSame(Transition got, Transition want)
    {
        if (!got.Obs.AsSpan().SequenceEqual(want.Obs) || !got.NextObs.AsSpan().SequenceEqual(want.NextObs)
            || !got.Action.AsSpan().SequenceEqual(want.Action) || got.Reward != want.Reward || got.Terminal != want.Terminal)
            Assert.Fail($"got [{string.Join(" ", got.Obs)}] → [{string.Join(" ", got.NextObs)}], "
                + $"stored [{string.Join(" ", want.Obs)}] → [{string.Join(" ", want.NextObs)}]");
    }

    private static void Throws<T>(Action act, string word)
        where T : Exception =>
        Assert.That(Assert.Throws<T>(act)!.Message, Does.Contain(word));
}
