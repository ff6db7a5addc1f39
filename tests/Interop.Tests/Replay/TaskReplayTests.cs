using static MtrlFunctional.Tests.Replay.ReplayLayouts;

namespace MtrlFunctional.Tests.Replay;

public class TaskReplayTests
{
    [Test]
    public void AMetaWorldTransitionTakesAtMost120Bytes()
    {
        var shape = new ReplayShape
        {
            Tasks = 10,
            Spec = MtrlFunctional.Tasks.MetaWorld.MetaWorldSpaces.Spec(150),
            CapacityPerTask = 100_000,
        };
        Assert.That(shape.Bytes, Is.LessThanOrEqualTo(120L * shape.Tasks * shape.CapacityPerTask));
    }

    [Test]
    public void NothingIsStoredAfterItsDisposal()
    {
        var replay = new TaskReplay(Shape(Frames(4)));
        replay.BeginEpisode(0, new float[4]);
        replay.Dispose();
        Assert.Throws<ObjectDisposedException>(() => replay.Add(0, new float[replay.Shape.ActionWidth], 0, new float[4], false));
    }

    private static readonly ObservationSpace[] Layouts =
    [
        ReplayLayouts.MetaWorld, Frames(4), Frames(3, 3, 2), Frames(2, 4), Frames(1, 2),
        ReplayLayouts.Pictures, Frames(3, 3, 2, ElementType.UInt8),
    ];

    private static Key KeyOf(long counter) => KeyModule.At(counter, KeyModule.OfSeed(7));

    [Test]
    public void HoldsTheNewestTransitionsToTheBit(
        [ValueSource(nameof(Layouts))] ObservationSpace layout, [Values(1, 4, 25)] int episode, [Values] bool compressed)
    {
        for (var seed = 0; seed < (LongForm.IsAsked ? 20 : compressed ? 2 : 3); seed++)
        {
            var shape = Shape(layout, capacity: 10 + (13 * seed % 60), episode: 1) with { IsCompressed = compressed };
            var walk = new ReplayWalk(shape, new TaskReplay(shape), seed);
            for (var round = 0; round < (LongForm.IsAsked ? 40 : 20); round++)
            {
                walk.Steps(11, episode);
                for (var task = 0; task < shape.Tasks; task++)
                {
                    walk.AssertHolds(task);
                    if (layout.Frames <= 2)
                        Assert.That(
                            walk.Replay.CountOf(task),
                            Is.EqualTo(Math.Min(shape.CapacityPerTask, walk.Naive.All(task, false).Count)));
                }
            }
        }
    }

    private static readonly ReplayShape[] Shapes =
        [Shape(ReplayLayouts.MetaWorld), ReplayLayouts.DifferentRows, Shape(ReplayLayouts.Pictures, tasks: 2)];

    /// <summary>Numbers behind those of a task are zero, too.</summary>
    [Test]
    public void ABatchHasTheTransitionsOfItsDrawAndZerosBehindThem(
        [ValueSource(nameof(Shapes))] ReplayShape shape, [Values] bool withTask, [Values] bool linked)
    {
        var walk = new ReplayWalk(shape, new TaskReplay(shape), 5);
        Assert.That(walk.Replay.DrawNewest(KeyOf(0), 16, window: 5).Counts, Is.All.EqualTo(0));
        for (var round = 0; round < (LongForm.IsAsked ? 20 : 8); round++)
        {
            walk.Steps(20, episodeLength: 6);
            var (balanced, uniform, newest) = (
                walk.Replay.DrawBalanced(KeyOf(round), 16, linked), walk.Replay.DrawUniform(KeyOf(round), 30, linked),
                walk.Replay.DrawNewest(KeyOf(round), 16, window: 5));
            walk.AssertReads(balanced, withTask, linked);
            walk.AssertReads(uniform, withTask, linked);
            walk.AssertReads(newest, withTask);
            Assert.That((uniform.Counts.Sum(), uniform.Rows), Is.EqualTo((30, uniform.Counts.Max())));
            for (var task = 0; task < shape.Tasks; task++)
                Assert.That(newest.Slots[task].Distinct(), Is.SubsetOf(walk.Replay.Rings[task].Transitions().TakeLast(5)));
        }
    }

    [Test]
    public void RowsOfTasksTakeNoMoreThanTheirNumbers()
    {
        // Frame, tail, action and reward: 21 + 4 + 1, 5 + 1 + 1 and 45 + 2 + 1 numbers, not three times 45 + 4 + 1; and flags.
        // 40 transitions and six episodes take 52 slots, and as many more as there are frames.
        var shape = ReplayLayouts.DifferentRows;
        Assert.That(shape.Bytes, Is.EqualTo((54 * ((4 * 26) + 1)) + (53 * ((4 * (7 + 48)) + 2))));
        Assert.That((shape with { Own = null }).Bytes, Is.EqualTo(3 * 53 * ((4 * 50) + 1)));
    }

    [Test]
    public void RowsOfTasksAreParts()
    {
        var shape = ReplayLayouts.DifferentRows;
        var (wide, active) = (Spec(Frames(46), 1), Spec(Frames(3), 5));
        foreach (var own in new EnvironmentSpec[][] { [.. shape.Own!.Take(2)], [.. shape.Own!.Take(2), wide], [.. shape.Own!.Take(2), active] })
            Throws<ArgumentException>(() => _ = new TaskReplay(shape with { Own = own }), "parts of rows");
        Throws<ArgumentException>(() => _ = new TaskReplay(shape with { IsCompressed = true }), "parts of rows");
    }

    [Test]
    public void EveryStoredTransitionIsDrawnEquallyOften()
    {
        var shape = Shape(Frames(1), capacity: 30);
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
        ReplayWalk[] walks = [.. Enumerable.Range(0, 2).Select(_ => new ReplayWalk(shape, new TaskReplay(shape), 9))];
        Array.ForEach(walks, walk => walk.Steps(60, 6));
        string Slots(int walk, int key) => string.Join(' ', walks[walk].Replay.DrawBalanced(KeyOf(key), 8).Slots.SelectMany(slots => slots));
        Assert.That(Enumerable.Range(0, 50).Select(key => Slots(1, key)), Is.EqualTo(Enumerable.Range(0, 50).Select(key => Slots(0, key))));
        Assert.That(Enumerable.Range(0, 50).Select(key => Slots(0, key)), Is.Unique, "another key draws other rows");
    }

    [Test]
    public void ATaskWithoutTransitionsGetsPadding()
    {
        var shape = Shape(Frames(2));
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
        var shape = Shape(Frames(1, 2, 1));
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
        Throws<MtrlException>(() => _ = new TaskReplay(Shape(Frames(1000), int.MaxValue / 2)), "smaller capacity");
    }

    private static void Throws<T>(Action act, string word)
        where T : Exception =>
        Assert.That(Assert.Throws<T>(act)!.Message, Does.Contain(word));
}
