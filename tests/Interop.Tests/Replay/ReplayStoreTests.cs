using static MtrlFunctional.Tests.Replay.ReplayLayouts;

namespace MtrlFunctional.Tests.Replay;

public class ReplayStoreTests
{
    private static readonly ObservationSpace[] Layouts =
        [ReplayLayouts.MetaWorld, Frames(3), Frames(2, 3, 1), ReplayLayouts.Pictures];

    private static IEnumerable<ReplayShape> Shapes => Layouts.Select(layout => Shape(layout)).Append(ReplayLayouts.DifferentRows);

    [Test]
    public void ASaveWritesOnlyWhatIsNew()
    {
        using var folder = new TemporaryFolder();
        var home = new Checkpoints(folder["c"]);
        var shape = Shape(ReplayLayouts.MetaWorld, capacity: 20_000);
        var walk = new ReplayWalk(shape, new TaskReplay(shape), 1);
        walk.Steps(20_000, 50);
        var first = Save(home, 1, walk.Replay, null);
        walk.Steps(100, 50);
        Assert.That(ReplayStore.BytesToSave(walk.Replay, first), Is.LessThan(500_000));
        var second = Save(home, 2, walk.Replay, first);
        Assert.That(second.Files.Except(first.Files).Sum(f => f.Bytes), Is.LessThan(400_000));
        Assert.That(second.Files.Sum(f => f.Bytes), Is.GreaterThan(2_000_000), "taken over");

        // The older folder may go: the bytes stay as long as one folder names them.
        home.Retain(1);
        AssertEqual(walk.Replay, ReplayStore.Load(shape, home.Latest()!), 1);
    }

    [Test]
    public void FilesAreLeftBehindWhenAllInThemIsOverwritten()
    {
        using var folder = new TemporaryFolder();
        var home = new Checkpoints(folder["c"]);
        var shape = Shape(Frames(2), capacity: 30);
        shape = shape with { BytesOfFile = 4 * shape.RecordBytes };
        var walk = new ReplayWalk(shape, new TaskReplay(shape), 2);
        Checkpoint? saved = null;
        for (var save = 0; save < 40; save++)
        {
            walk.Steps(30, 20);
            saved = Save(home, save, walk.Replay, saved);
            home.Retain(1);
        }

        Assert.That(saved!.Files, Has.Count.InRange(20, 36));
        AssertEqual(walk.Replay, ReplayStore.Load(shape, saved), 9);
    }

    [Test]
    public void OtherSizesAreRefusedByName()
    {
        using var folder = new TemporaryFolder();
        var home = new Checkpoints(folder["c"]);
        var saved = Save(home, 1, new TaskReplay(Shape(ReplayLayouts.MetaWorld)), null);
        void Refused(ReplayShape shape, Checkpoint checkpoint, string message) => Assert.That(
            () => ReplayStore.Load(shape, checkpoint), Throws.InstanceOf<MtrlException>().With.Message.Contains(message));
        Refused(Shape(ReplayLayouts.MetaWorld, 41), saved, "saved with capacity per task 40, this run has 41");
        Assert.That(ReplayStore.Load(Shape(ReplayLayouts.MetaWorld), saved).Count, Is.Zero);

        var different = ReplayLayouts.DifferentRows;
        Refused(
            different with { Own = null }, Save(home, 3, new TaskReplay(different), null),
            "saved with rows of tasks 18×2+3,4 5×1+0,1 45×1+0,2, this run has whole");
        var pictures = Save(home, 2, new TaskReplay(Shape(ReplayLayouts.Pictures)), null);
        Refused(Shape(Frames(90, 3)), pictures, "saved with element byte, this run has 32-bit float");
    }

    /// <summary>Random walks beyond the capacity, saved and resumed on a disk and in memory, with files of other sizes, too.</summary>
    [Test]
    public void AReplayOnADiskGoesOnAsIfNothingHadHappened([ValueSource(nameof(Shapes))] ReplayShape shape)
    {
        for (var seed = 0; seed < (LongForm.IsAsked ? 6 : 2); seed++)
        {
            using var folder = new TemporaryFolder();
            var home = new Checkpoints(folder["c"]);
            var random = new Random(seed);
            var ofFile = shape with { BytesOfFile = 8 * shape.RecordBytes };
            var straight = new ReplayWalk(shape, new TaskReplay(shape), seed);
            var resumed = new ReplayWalk(shape, new TaskReplay(ofFile, folder.Path), seed);
            Checkpoint? saved = null;
            for (var save = 1; save <= (LongForm.IsAsked ? 20 : 8); save++)
            {
                var steps = random.Next(60);
                straight.Steps(steps, 7);
                resumed.Steps(steps, 7);
                saved = Save(home, save, resumed.Replay, saved);
                home.Retain(1);
                if (random.Next(2) == 0)
                {
                    resumed.Replay.Dispose();
                    resumed.Replay = random.Next(4) switch
                    {
                        0 => ReplayStore.Load(shape, home.Latest()!),
                        1 => ReplayStore.Load(ofFile with { BytesOfFile = 5 * shape.RecordBytes }, home.Latest()!, folder.Path),
                        _ => ReplayStore.Load(ofFile, home.Latest()!, folder.Path),
                    };
                }

                AssertEqual(straight.Replay, resumed.Replay, save);
            }

            resumed.Replay.Dispose();
            Assert.That(Directory.GetFiles(folder.Path), Is.Empty);
        }
    }

    [Test]
    public void CheckpointsLinkTheFilesOfAReplayOnADisk()
    {
        using var folder = new TemporaryFolder();
        var home = new Checkpoints(folder["c"]);
        var shape = Shape(ReplayLayouts.Pictures, capacity: 500) with { BytesOfFile = 5_000 };
        using var replay = new TaskReplay(shape, folder.Path);
        var walk = new ReplayWalk(shape, replay, 1);
        walk.Steps(800, 50);
        var first = Save(home, 1, replay, null);
        walk.Steps(100, 50);
        Assert.That(ReplayStore.BytesToSave(replay, first), Is.LessThan(65_536 + (3 * 5_000)));
        var second = Save(home, 2, replay, first);
        home.Retain(1);

        // Three names of the files that were whole at the first save: two would be a copy.
        var linked = second.Files.Where(IsRecords).ToList();
        Assert.That(linked, Has.Count.GreaterThan(10));
        Assert.That(first.Files.Where(IsRecords), Is.SubsetOf(linked));
        Assert.That(second.Files.Except(linked).Sum(f => f.Bytes), Is.LessThan(3 * 7_000));
        Assert.That(linked.Select(f => PlainFile.Look(second.PathOf(f.Name)).Names), Has.All.EqualTo(2));

        using (var resumed = ReplayStore.Load(shape, second, folder.Path))
        {
            AssertEqual(replay, resumed, 1);
            Assert.That(linked.Select(f => PlainFile.Look(second.PathOf(f.Name)).Names), Has.All.EqualTo(3));

            // What goes on after a load is not seen in the checkpoint.
            walk.Replay = resumed;
            walk.Steps(2_000, 50);
        }

        AssertEqual(replay, ReplayStore.Load(shape, home.Latest()!), 1);
    }

    [Test]
    public void FilesOfOverwrittenTransitionsAreRemoved()
    {
        using var folder = new TemporaryFolder();
        var shape = Shape(ReplayLayouts.Pictures, capacity: 200) with { BytesOfFile = 2_000 };
        using var replay = new TaskReplay(shape, folder.Path);
        var walk = new ReplayWalk(shape, replay, 1);
        walk.Steps(2_000, 50);
        var files = Directory.GetFiles(folder.Path).Length;
        walk.Steps(2_000, 50);
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.LessThan(2 * files));
    }

    [Test]
    public void AnIndexThatContradictsItsFilesIsDamaged()
    {
        using var folder = new TemporaryFolder();
        var home = new Checkpoints(folder["c"]);
        var shape = Shape(ReplayLayouts.Pictures) with { BytesOfFile = 1_000 };
        using var replay = new TaskReplay(shape, folder.Path);
        new ReplayWalk(shape, replay, 1).Steps(200, 20);
        var saved = Save(home, 1, replay, null);
        var path = saved.PathOf("replay/index.safetensors");
        using (var index = SafetensorsFile.Open(path))
        {
            var places = index.ReadLongs("files");
            places[^2]++;
            var entries = index.Tensors.Select(t => new SafetensorsEntry(
                t.Name, t.Type, t.Shape, stream => stream.Write(t.Name == "files"
                    ? System.Runtime.InteropServices.MemoryMarshal.AsBytes<long>(places) : index.Raw(t.Name)))).ToList();
            SafetensorsWriter.Write(path, entries, index.Metadata);
        }

        Assert.That(
            Assert.Throws<CheckpointException>(() => ReplayStore.Load(shape, saved, folder.Path))!.Message,
            Does.Contain("the files of task 2 do not follow each other"));
    }

    private static bool IsRecords(CheckpointFile file) => file.Name.StartsWith("replay/records-", StringComparison.Ordinal);

    private static void AssertEqual(TaskReplay a, TaskReplay b, long key)
    {
        Assert.That(b.Count, Is.EqualTo(a.Count));
        for (var task = 0; task < a.Shape.Tasks; task++)
        {
            Assert.That(b.InEpisode(task), Is.EqualTo(a.InEpisode(task)));
            foreach (var linked in new[] { false, true })
                Assert.That(Numbers(b.Transitions(task, linked)), Is.EqualTo(Numbers(a.Transitions(task, linked))));
        }

        if (a.Count > 0)
            Assert.That(
                b.DrawUniform(KeyModule.OfSeed(key), 50).Slots, Is.EqualTo(a.DrawUniform(KeyModule.OfSeed(key), 50).Slots));
    }

    private static float[] Numbers(IEnumerable<Transition> transitions) =>
        [.. transitions.SelectMany(t => t.Obs.Concat(t.Action).Append(t.Reward).Concat(t.NextObs).Append(t.Terminal ? 1 : 0))];
}
