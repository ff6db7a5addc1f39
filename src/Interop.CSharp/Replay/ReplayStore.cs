namespace MtrlFunctional.Replay;

/// <summary>A replay in checkpoints: files of equally many consecutive slots of a task, and an index. Stored transitions never
/// change, so that a checkpoint links the files of the one before and adds those that have become whole: a large replay is not
/// rewritten at each save. Of a replay on a disk, its own files are linked.</summary>
/// <remarks>A file <c>replay/records-HASH.safetensors</c> has one tensor, <c>slots</c>, [slots; numbers of a record]. A record of
/// pictures is stored as bytes: the frame, the tail, zeros up to a multiple of four, then the action and the reward as 32-bit
/// floats. <c>replay/index.safetensors</c> lists the files, and has of each task N the records after the last whole file
/// (<c>N/slots</c>), whose newest may still change, and the flags of all slots (<c>N/flags</c>).</remarks>
internal static class ReplayStore
{
    private const string IndexName = "replay/index.safetensors";

    private const string FilePrefix = "replay/records-";

    private const string Slots = "slots";

    /// <summary>Tensor of the index with task, first slot and slot after the last of each file; its metadata has their names.</summary>
    private const string Files = "files";

    /// <summary>Tensor of the index with oldest slot, oldest that can be drawn, slot after the newest, transitions and whether an
    /// episode runs, of each task.</summary>
    private const string Positions = "positions";

    /// <summary>Slots [From, To) of a task in a file.</summary>
    private sealed record Saved(string Name, int Task, long From, long To);

    /// <summary>Approximate number of bytes that a save after another one writes.</summary>
    internal static long BytesToSave(TaskReplay replay, Checkpoint? previous)
    {
        var earlier = Earlier(replay, previous);
        return 65_536 + replay.Rings.Select((ring, task) =>
            ((ring.End - ring.FirstLoose) * ring.RecordBytes) + (ring.End - ring.Head)
            + (ring.WholeFiles().Count(file => !earlier.ContainsKey((task, file.From, file.To))) * ring.NewFileBytes)).Sum();
    }

    /// <summary>Writes the replay into a checkpoint, by links to the one that this run saved last or was loaded from, which
    /// holds earlier transitions of the same replay; null: everything is written.</summary>
    internal static void Save(TaskReplay replay, CheckpointWriter writer, Checkpoint? previous)
    {
        var earlier = Earlier(replay, previous);
        var files = new List<Saved>();
        for (var task = 0; task < replay.Rings.Count; task++)
            foreach (var file in replay.Rings[task].WholeFiles())
            {
                if (earlier.TryGetValue((task, file.From, file.To), out var saved))
                    writer.TakeOver(previous!, saved.Name);
                else
                {
                    var (name, from) = replay.Rings[task].SaveFile(file, writer, FilePrefix);
                    saved = new Saved(name, task, from, file.To);
                }

                files.Add(saved);
            }

        WriteIndex(replay, writer, files);
    }

    /// <summary>Whether a checkpoint was saved with a replay.</summary>
    internal static bool IsIn(Checkpoint checkpoint) => checkpoint.Contains(IndexName);

    /// <summary>Reads a replay of equal sizes back: draws equal the saved replay's draws. Its files lie in a folder and link
    /// the checkpoint's; null: main memory.</summary>
    /// <exception cref="MtrlException">Saved with other sizes, or damaged, or no room for it.</exception>
    internal static TaskReplay Load(ReplayShape shape, Checkpoint checkpoint, string? folder = null)
    {
        using var index = checkpoint.OpenTensors(IndexName);
        CheckShape(index, shape);
        return new TaskReplay(shape, folder).Prepared(replay => Read(replay, index, checkpoint));
    }

    /// <summary>The tensor of the records of consecutive slots.</summary>
    internal static SafetensorsEntry Records(ReplayShape shape, long slots, Action<Stream> write, string name = Slots) =>
        new(name, shape.IsBytes ? SafetensorsType.U8 : SafetensorsType.F32, [slots, shape.RecordBytes / shape.NumberSize], write);

    /// <summary>The files of the previous checkpoint, by task and slots that are still in memory; none if its transitions are not
    /// those of this replay.</summary>
    private static Dictionary<(int Task, long From, long To), Saved> Earlier(TaskReplay replay, Checkpoint? previous)
    {
        if (previous is null || !previous.IsStillThere || !IsIn(previous))
            return [];
        using var index = previous.OpenTensors(IndexName);
        CheckShape(index, replay.Shape);
        var files = ReadFiles(index, replay.Shape.Tasks);

        // Slots beyond the end of this replay belong to another history.
        return files.Any(file => file.To >= replay.Rings[file.Task].End)
            ? []
            : files.ToDictionary(file => (file.Task, Math.Max(file.From, replay.Rings[file.Task].Head), file.To));
    }

    private static void WriteIndex(TaskReplay replay, CheckpointWriter writer, List<Saved> files)
    {
        var positions = replay.Rings.SelectMany(r => new[] { r.Head, r.First, r.End, r.Count, r.Open ? 1 : 0 }).ToArray();
        var metadata = Describe(replay.Shape);
        metadata[Files] = string.Join('\n', files.Select(file => file.Name));
        var entries = new List<SafetensorsEntry>
        {
            SafetensorsEntry.Of(Positions, positions, replay.Rings.Count, 5),
            SafetensorsEntry.Of(Files, files.SelectMany(file => new[] { file.Task, file.From, file.To }).ToArray(), files.Count, 3),
        };
        for (var task = 0; task < replay.Rings.Count; task++)
        {
            var (ring, from) = (replay.Rings[task], replay.Rings[task].FirstLoose);
            entries.Add(Records(
                replay.Shape.Of(task), ring.End - from, stream => ring.Write(stream, from, ring.End), SlotsOf(task)));
            entries.Add(new SafetensorsEntry(FlagsOf(task), SafetensorsType.U8, [ring.End - ring.Head], stream =>
            {
                foreach (var run in ring.Runs(ring.Head, ring.End))
                    stream.Write(MemoryMarshal.AsBytes(ring.FlagsOf(run)));
            }));
        }

        writer.WriteTensors(IndexName, entries, metadata);
    }

    private static void Read(TaskReplay replay, SafetensorsFile index, Checkpoint checkpoint)
    {
        var positions = Exactly(index.ReadLongs(Positions), replay.Shape.Tasks * 5L, index.Path, Positions);
        for (var task = 0; task < replay.Shape.Tasks; task++)
        {
            var p = positions.AsSpan(task * 5, 5);
            if (!replay.Rings[task].Restore(p[0], p[1], p[2], p[3], p[4]))
                throw Unsound(index.Path, task);
        }

        var covered = replay.Rings.Select(ring => ring.Head).ToArray();
        foreach (var saved in ReadFiles(index, replay.Shape.Tasks))
        {
            var ring = replay.Rings[saved.Task];
            var from = Math.Max(saved.From, ring.Head);
            if (from != covered[saved.Task] || from >= saved.To || saved.To >= ring.End)
                throw CheckpointException.Damaged(index.Path, $"the files of task {Number(saved.Task)} do not follow each other.");
            ReadFile(ring, checkpoint, saved, from);
            covered[saved.Task] = saved.To;
        }

        for (var task = 0; task < replay.Shape.Tasks; task++)
            ReadRest(replay.Rings[task], index, task, covered[task]);
    }

    private static List<Saved> ReadFiles(SafetensorsFile index, int tasks)
    {
        var names = index.Metadata.GetValueOrDefault(Files, "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var numbers = Exactly(index.ReadLongs(Files), names.Length * 3L, index.Path, Files);
        return [.. names.Zip(numbers.Chunk(3), (name, slots) => slots is [>= 0 and var task, >= 0 and var from, var to] && task < tasks
            ? new Saved(name, (int)task, from, to)
            : throw CheckpointException.Damaged(index.Path, $"'{Files}' names no slots of a task."))];
    }

    private static void ReadFile(ReplayRing ring, Checkpoint checkpoint, Saved saved, long from)
    {
        using var file = checkpoint.OpenTensors(saved.Name);
        var tensor = file.Tensor(Slots);
        if (tensor.Bytes / ring.RecordBytes != saved.To - saved.From || tensor.Bytes % ring.RecordBytes != 0)
            throw CheckpointException.Damaged(file.Path, $"it does not have {saved.To - saved.From} records of this replay.");
        if (!ring.LinkFile(saved.From, file.Path, tensor))
            ReadRecords(ring, file, Slots, from, saved.To, (from - saved.From) * ring.RecordBytes);
    }

    /// <summary>Reads the records after the files, and all flags.</summary>
    private static void ReadRest(ReplayRing ring, SafetensorsFile index, int task, long from)
    {
        Exactly(index.Tensor(SlotsOf(task)).Bytes, (ring.End - from) * ring.RecordBytes, index.Path, SlotsOf(task));
        ReadRecords(ring, index, SlotsOf(task), from, ring.End, 0);
        var flags = Exactly(index.Raw(FlagsOf(task)), ring.End - ring.Head, index.Path, FlagsOf(task)).AsSpan();
        foreach (var run in ring.Runs(ring.Head, ring.End))
        {
            flags[..run.Count].CopyTo(MemoryMarshal.AsBytes(ring.FlagsOf(run)));
            flags = flags[run.Count..];
        }

        if (!ring.IsSound())
            throw Unsound(index.Path, task);
    }

    private static void ReadRecords(ReplayRing ring, SafetensorsFile file, string name, long from, long to, long at)
    {
        foreach (var run in ring.Runs(from, to))
        {
            ring.SetRecords(run, records => file.ReadRaw(name, at, records));
            at += (long)run.Count * ring.RecordBytes;
        }
    }

    private static Dictionary<string, string> Describe(ReplayShape shape) => new()
    {
        ["tasks"] = Number(shape.Tasks),
        ["frame"] = Number(shape.Frame),
        ["stack"] = Number(shape.Stack),
        ["tail"] = Number(shape.Spec.Observation.Tail),
        ["element"] = shape.IsBytes ? "byte" : "32-bit float",
        ["order"] = shape.IsBytes ? "oldest first" : "newest first",
        ["action"] = Number(shape.ActionWidth),
        ["capacity per task"] = Number(shape.CapacityPerTask),
        ["episode length"] = Number(shape.Spec.Horizon),
        ["rows of tasks"] = shape.Own is null
            ? "whole"
            : string.Join(' ', shape.Own.Select(RowOf)),
    };

    private static string RowOf(EnvironmentSpec own) => string.Create(
        CultureInfo.InvariantCulture,
        $"{EnvironmentSpecModule.FrameSize(own)}×{own.Observation.Frames}+{own.Observation.Tail},{EnvironmentSpecModule.ActionSize(own)}");

    private static void CheckShape(SafetensorsFile index, ReplayShape shape)
    {
        foreach (var (name, wanted) in Describe(shape))
            if (index.Metadata.GetValueOrDefault(name) is var saved && saved != wanted)
                throw new MtrlException(
                    $"{index.Path}: saved with {name} {saved ?? "unknown"}, this run has {wanted}: "
                    + "a run goes on with the configuration that it began with.");
    }

    private static T[] Exactly<T>(T[] numbers, long count, string path, string name)
    {
        Exactly(numbers.Length, count, path, name);
        return numbers;
    }

    private static void Exactly(long found, long wanted, string path, string name)
    {
        if (found != wanted)
            throw CheckpointException.Damaged(path, $"'{name}' has {Number(found)} numbers, this replay {Number(wanted)}.");
    }

    private static CheckpointException Unsound(string path, int task) =>
        CheckpointException.Damaged(path, $"the positions of task {Number(task)} do not fit a replay of this size.");

    private static string SlotsOf(int task) => $"{Number(task)}/slots";

    private static string FlagsOf(int task) => $"{Number(task)}/flags";

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
