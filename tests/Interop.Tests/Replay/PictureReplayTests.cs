namespace MtrlFunctional.Tests.Replay;

public class PictureReplayTests
{
    private const int Rows = 24;

    private static ReplayShape Shape(int capacity = 40, bool compressed = false) =>
        ReplayLayouts.Shape(ReplayLayouts.Pictures, capacity, tasks: 2) with { IsCompressed = compressed };

    private static Key KeyOf(long counter) => KeyModule.At(counter, KeyModule.OfSeed(3));

    /// <summary>Episodes of random length, more than the capacity, saved and resumed at random, in memory, compressed or not, or a file.</summary>
    [Test]
    public void ABatchEqualsThatOfANaiveStoreBitByBit([Range(0, 4)] int seed)
    {
        var random = new Random(seed);
        var (capacity, episode) = (random.Next(1, 100), random.Next(1, 31));
        var (linked, inFile) = (random.Next(2) == 0, random.Next(2) == 0);
        var (compressed, resumedCompressed) = (random.Next(2) == 0, random.Next(2) == 0);
        using var folder = new TemporaryFolder();
        var home = new Checkpoints(folder["c"]);
        var shape = Shape(10 + (capacity % 40), compressed);
        var backing = inFile ? folder.Path : null;
        shape = shape with { BytesOfFile = 120 * (1 + (capacity % 13)) };
        var walk = new ReplayWalk(shape, new TaskReplay(shape, backing), seed);
        Checkpoint? saved = null;
        for (var round = 0; round < 8; round++)
        {
            walk.Steps(random.Next(1, 40), episode);
            if (random.Next(3) == 0)
            {
                saved = ReplayLayouts.Save(home, round, walk.Replay, saved);
                walk.Replay.Dispose();
                walk.Replay = ReplayStore.Load(shape with { IsCompressed = resumedCompressed }, home.Latest()!, backing);
            }

            if (walk.Replay.Count > 0)
                walk.AssertReads(walk.Replay.DrawBalanced(KeyOf(round), Rows, linked), linked: linked);
        }

        walk.Replay.Dispose();
    }

    [Test]
    public void CompressedPicturesTakeTheSameBytesHoweverOftenTheRingIsOverwritten()
    {
        var shape = Shape(capacity: 100, compressed: true);
        using var replay = new TaskReplay(shape);
        var walk = new ReplayWalk(shape, replay, 2);
        walk.Steps(600, 20);
        var once = replay.CompressedBytes;
        walk.Steps(3_000, 20);
        Assert.That(replay.CompressedBytes, Is.EqualTo(once).Within(20).Percent);
        Assert.That(once, Is.LessThan(shape.Slots * shape.Tasks * shape.Frame / 2));
    }

    [Test]
    public unsafe void OverwrittenCompressedFramesAreFreed()
    {
        const int Frame = 21_168;
        using var frames = new CompressedFrames(Frame, 64);
        var (random, frame) = (new Random(1), new byte[Frame]);
        var before = 0L;
        for (var slot = 0; slot < 3_000; slot++)
        {
            random.NextBytes(frame);
            frames.Put(slot, frame);
            if (slot == 1_000)
                before = Environment.WorkingSet;
        }

        // Noise does not shrink: 42 MB were stored since then.
        Assert.That(Environment.WorkingSet - before, Is.LessThan(21_000_000));
        var last = new byte[Frame];
        fixed (byte* into = last)
            frames.Read(2_999, into);
        Assert.That(last, Is.EqualTo(frame));
    }

    [Test]
    public void ShiftedPicturesArePaddedByTheirBorderAndCropped([Values(1, 4)] int pad, [Values] bool compressed)
    {
        var shape = Shape(compressed: compressed);
        var walk = new ReplayWalk(shape, new TaskReplay(shape), 4);
        walk.Steps(120, 9);
        var draw = walk.Replay.DrawBalanced(KeyOf(1), Rows);
        var shift = new RandomShift(pad, ReplayLayouts.PictureHeight, ReplayLayouts.PictureWidth, KeyOf(2));
        var (plain, shifted) = (walk.Replay.Batch(draw), walk.Replay.Batch(draw, shift: shift));
        var offsets = new HashSet<ShiftOffset>();
        var rows = plain.SelectMany(task => task).Zip(shifted.SelectMany(task => task));
        foreach (var (row, (want, got)) in rows.Select(pair => (pair.First.Transition, pair.Second.Transition)).Index())
        {
            var (now, next) = (shift.Of(row, next: false), shift.Of(row, next: true));
            Assert.That(got.Obs, Is.EqualTo(Cropped(want.Obs, now)));
            Assert.That(got.NextObs, Is.EqualTo(Cropped(want.NextObs, next)));
            Assert.That(got.Action, Is.EqualTo(want.Action));
            offsets.UnionWith([now, next]);
        }

        Assert.That(offsets.Select(o => o.Down).Distinct().Order(), Is.EqualTo(Enumerable.Range(-pad, (2 * pad) + 1)));
        Assert.That(offsets.Select(o => o.Right).Distinct().Order(), Is.EqualTo(Enumerable.Range(-pad, (2 * pad) + 1)));
    }

    [Test]
    public void ARingLargerThanAnArrayIsReadAtItsEnd()
    {
        // Main memory that is never written takes none: 3.2 GB are reserved, some pages of them are written.
        var shape = ReplayLayouts.Shape(ReplayLayouts.PicturesOf(84, 84), 150_000, tasks: 1);
        Assert.That(shape.RecordsBytes, Is.GreaterThan((long)int.MaxValue));
        using var ring = new ReplayRing(shape, null);
        var first = shape.Slots - 3;
        ring.Restore(first, first, first, 0, open: 0);
        var frames = Enumerable.Range(0, 8).Select(i => Enumerable.Repeat((byte)i, shape.Frame).ToArray()).ToArray();
        byte[] Stack(int newest) => [.. frames[Math.Max(0, newest - 2)], .. frames[Math.Max(0, newest - 1)], .. frames[newest]];
        ring.Begin(Stack(0));
        for (var t = 1; t < 8; t++)
            ring.Add([t, -t], t, Stack(t), terminal: false);

        var (obs, next, action) = (new byte[shape.Width], new byte[shape.Width], new float[2]);
        for (var t = 1; t < 8; t++)
            unsafe
            {
                float reward, terminal;
                fixed (byte* o = obs, n = next)
                fixed (float* a = action)
                    ring.Read(first + t - 1, false, o, a, &reward, n, &terminal);
                Assert.That(obs.AsSpan().SequenceEqual(Stack(t - 1)) && next.AsSpan().SequenceEqual(Stack(t)), $"step {t}");
                Assert.That((action[0], action[1], reward, terminal), Is.EqualTo((t, -t, t, 0f)));
            }
    }

    [Test]
    public void TasksThatAreNotStoredTakeNoSpace()
    {
        using var replay = new TaskReplay(Shape() with { Stored = new HashSet<int> { 1 } });
        Assert.That(replay.Shape.Bytes, Is.EqualTo(Shape().Bytes / 2));
        replay.BeginEpisode(1, new byte[270]);
        Assert.That(
            Assert.Throws<InvalidOperationException>(() => replay.BeginEpisode(0, new byte[270]))!.Message,
            Does.Contain("task 0 are not stored"));
    }

    [Test]
    public void TheFilesOfAReplayAreMadeAsItFillsAndRemovedWithIt()
    {
        using var folder = new TemporaryFolder();
        using var replay = new TaskReplay(Shape(), folder.Path);
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty);
        new ReplayWalk(Shape(), replay, 1).Steps(10, 5);
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Not.Empty);
        replay.Dispose();
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty);
    }

    [Test]
    public void BytesAndFloatsAreNotConfused()
    {
        using var pictures = new TaskReplay(Shape());
        using var numbers = new TaskReplay(ReplayLayouts.Shape(ReplayLayouts.Frames(270)));
        Throws(() => pictures.BeginEpisode(0, new float[270]), "Takes bytes, got 32-bit floats");
        Throws(() => numbers.BeginEpisode(0, new byte[270]), "Takes 32-bit floats, got bytes");
        pictures.BeginEpisode(0, new byte[270]);
        pictures.Add(0, [0, 0], 1, new byte[270], terminal: false);
        Throws(() => pictures.Read(pictures.DrawUniform(KeyOf(1), 1), shift: new RandomShift(4, 7, 7, KeyOf(1))), "no pictures");

        static void Throws(Action act, string word) =>
            Assert.That(Assert.Throws<ArgumentException>(() => act())!.Message, Does.Contain(word));
    }

    /// <summary>Each plane repeated beyond its border, then cut at the offset.</summary>
    private static float[] Cropped(float[] planes, ShiftOffset offset)
    {
        const int height = ReplayLayouts.PictureHeight, width = ReplayLayouts.PictureWidth;
        var result = new float[planes.Length];
        for (var i = 0; i < planes.Length; i++)
        {
            var (plane, y, x) = (i / (height * width), i / width % height, i % width);
            var (fromY, fromX) = (Math.Clamp(y + offset.Down, 0, height - 1), Math.Clamp(x + offset.Right, 0, width - 1));
            result[i] = planes[(((plane * height) + fromY) * width) + fromX];
        }

        return result;
    }
}
