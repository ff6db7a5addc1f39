using System.Globalization;
using System.Runtime.InteropServices;
using MtrlFunctional.Storage;

namespace MtrlFunctional.Replay;

/// <summary>
/// A replay in checkpoints. Stored transitions never change, so each checkpoint adds one segment with the new
/// transitions and links the segments of the previous one: a large replay is not rewritten at each save. Segments with
/// all transitions overwritten are dropped. Of a replay on a disk, whole files of records are linked
/// (<see cref="LinkedRecords"/>), and segments contain the slots after them.
/// </summary>
/// <remarks>
/// A segment <c>replay/segment-HASH.safetensors</c> holds, for each task, consecutive slots
/// (<c>N/slots</c>, [slots; numbers of a record], and <c>N/flags</c>). A record of pictures is stored as bytes: the
/// frame, the tail, zeros up to a multiple of four, then the action and the reward as 32-bit floats. <c>replay/index.safetensors</c> lists the valid slots
/// of each segment and holds the newest slot of each task, which may still change.
/// </remarks>
public static class ReplayStore
{
    private const string IndexName = "replay/index.safetensors";

    private const string SegmentPrefix = "replay/segment-";

    /// <summary>
    /// The number of small segments that are merged into one: opening them would take longer than writing.
    /// </summary>
    private const int MostSegments = 64;

    /// <summary>Mean size of segments that are never written again.</summary>
    private const long LargeSegment = 1 << 24;

    /// <summary>Slots [From, To) of each task in one file.</summary>
    private sealed record Segment(string Name, long[] From, long[] To);

    /// <summary>Approximate number of bytes that a save writes.</summary>
    /// <param name="replay">The replay.</param>
    /// <param name="previous">The checkpoint before it, or null.</param>
    /// <returns>Bytes of the new transitions.</returns>
    public static long BytesToSave(TaskReplay replay, Checkpoint? previous)
    {
        var kept = Kept(replay, previous);
        var bytes = replay.Rings.Select((ring, task) => Math.Max(0, ring.End - Start(ring, kept, task)) * (ring.RecordBytes + 1)).Sum();
        return bytes + 65_536;
    }

    /// <summary>Writes the replay into a checkpoint.</summary>
    /// <param name="replay">The replay; unchanged.</param>
    /// <param name="writer">The checkpoint under construction.</param>
    /// <param name="previous">
    /// The checkpoint that this run saved last, or was loaded from; null: everything is written. It must
    /// hold earlier transitions of the same replay.
    /// </param>
    /// <exception cref="MtrlException">The disk is full or failed.</exception>
    public static void Save(TaskReplay replay, CheckpointWriter writer, Checkpoint? previous)
    {
        var segments = Kept(replay, previous);
        foreach (var segment in segments)
            writer.TakeOver(previous!, segment.Name);
        if (WriteSegment(replay, writer, segments) is { } added)
            segments.Add(added);
        WriteIndex(replay, writer, segments);
    }

    /// <summary>Whether a checkpoint holds a replay.</summary>
    /// <param name="checkpoint">A whole checkpoint.</param>
    /// <returns>False where it was saved without one.</returns>
    public static bool IsIn(Checkpoint checkpoint) => checkpoint.Contains(IndexName);

    /// <summary>Reads a replay back: draws equal the saved replay's draws.</summary>
    /// <param name="shape">Sizes of the run; capacity and layout must equal the saved replay's.</param>
    /// <param name="checkpoint">A whole checkpoint.</param>
    /// <param name="folder">
    /// Folder of the files of the replay, which links the checkpoint's files; null: main memory.
    /// </param>
    /// <returns>The replay.</returns>
    /// <exception cref="MtrlException">Saved with other sizes, or damaged, or no room for it.</exception>
    public static TaskReplay Load(ReplayShape shape, Checkpoint checkpoint, string? folder = null)
    {
        using var index = checkpoint.OpenTensors(IndexName);
        CheckShape(index, shape);
        var replay = new TaskReplay(shape, folder, isReserved: false);
        try
        {
            Read(replay, index, checkpoint);
            replay.ReserveFiles();
            return replay;
        }
        catch
        {
            replay.Dispose();
            throw;
        }
    }

    /// <summary>Segments of the previous checkpoint that have a slot whose transition is still stored.</summary>
    private static List<Segment> Kept(TaskReplay replay, Checkpoint? previous)
    {
        if (previous is null || !previous.IsStillThere || !previous.Contains(IndexName))
            return [];
        using var index = previous.OpenTensors(IndexName);
        CheckShape(index, replay.Shape);
        var kept = ReadSegments(index, replay.Shape.Tasks)
            .Where(s => replay.Rings.Where((ring, task) => s.To[task] > Math.Max(ring.FirstLoose, s.From[task])).Any())
            .ToList();

        // Slots beyond the end of this replay belong to another history.
        var foreign = kept.Any(s => replay.Rings.Where((ring, task) => s.To[task] > ring.End).Any());
        var bytes = kept.Sum(s => replay.Rings.Select((ring, task) => (s.To[task] - s.From[task]) * ring.RecordBytes).Sum());
        return foreign || HasGap(replay, kept) || AreMerged(kept.Count, bytes) ? [] : kept;
    }

    /// <summary>Whether slots between segments, or before them, were in files of records which this replay does not have.</summary>
    private static bool HasGap(TaskReplay replay, List<Segment> segments)
    {
        var covered = Array.ConvertAll(replay.Rings.ToArray(), ring => ring.FirstLoose);
        foreach (var segment in segments)
            for (var task = 0; task < covered.Length; task++)
                if (segment.To[task] > covered[task])
                {
                    if (segment.From[task] > covered[task])
                        return true;
                    covered[task] = segment.To[task];
                }

        return false;
    }

    /// <summary>Whether segments are merged into one.</summary>
    /// <param name="count">Segments.</param>
    /// <param name="bytes">Size of all segments.</param>
    internal static bool AreMerged(int count, long bytes) => count >= MostSegments && bytes / count < LargeSegment;

    /// <summary>First slot of a task that no segment holds.</summary>
    private static long Start(ReplayRing ring, List<Segment> segments, int task) =>
        Math.Max(ring.FirstLoose, segments.Count == 0 ? 0 : segments[^1].To[task]);

    private static Segment? WriteSegment(TaskReplay replay, CheckpointWriter writer, List<Segment> before)
    {
        var from = replay.Rings.Select((ring, task) => Start(ring, before, task)).ToArray();

        // Excludes the newest slot: its action and flags may still be set.
        var to = replay.Rings.Select((ring, task) => Math.Max(from[task], ring.End - 1)).ToArray();
        if (from.SequenceEqual(to))
            return null;

        var entries = new List<SafetensorsEntry>();
        for (var task = 0; task < from.Length; task++)
        {
            var (ring, first, last) = (replay.Rings[task], from[task], to[task]);
            entries.Add(new SafetensorsEntry(
                SlotsOf(task), replay.Shape.ElementType, [last - first, NumbersOf(replay.Shape, ring.RecordBytes)],
                stream => WriteRuns(stream, ring, first, last, run => ring.RecordsOf(run))));
            entries.Add(new SafetensorsEntry(
                FlagsOf(task), SafetensorsType.U8, [last - first],
                stream => WriteRuns(stream, ring, first, last, run => MemoryMarshal.AsBytes(ring.FlagsOf(run)))));
        }

        var metadata = Describe(replay.Shape);
        metadata["from"] = string.Join(' ', from);
        var file = writer.WriteHashed(
            SegmentPrefix, ".safetensors", stream => SafetensorsWriter.Write(stream, entries, metadata));
        return new Segment(file.Name, from, to);
    }

    private delegate ReadOnlySpan<byte> Bytes((long From, int Count) run);

    private static void WriteRuns(Stream stream, ReplayRing ring, long from, long to, Bytes bytes)
    {
        foreach (var run in ring.Runs(from, to))
            stream.Write(bytes(run));
    }

    private static void WriteIndex(TaskReplay replay, CheckpointWriter writer, List<Segment> segments)
    {
        var (tasks, record) = (replay.Shape.Tasks, WidestRecord(replay));
        var positions = replay.Rings.SelectMany(r => new[] { r.Head, r.First, r.End, r.Count, r.Open ? 1 : 0 }).ToArray();
        var newest = new byte[tasks * record];
        var flags = new byte[tasks];
        for (var task = 0; task < tasks; task++)
        {
            var ring = replay.Rings[task];
            if (ring.End == ring.Head)
                continue;
            var run = ring.Runs(ring.End - 1, ring.End).Single();
            ring.RecordsOf(run).CopyTo(newest.AsSpan(task * record));
            flags[task] = (byte)ring.FlagsOf(run)[0];
        }

        var metadata = Describe(replay.Shape);
        metadata["segments"] = string.Join('\n', segments.Select(s => s.Name));
        var files = LinkedRecords.Save(replay, writer, metadata);
        writer.WriteTensors(
            IndexName,
            [
                SafetensorsEntry.Of("positions", positions, tasks, 5),
                new SafetensorsEntry(
                    "newest/slots", replay.Shape.ElementType, [tasks, NumbersOf(replay.Shape, record)], stream => stream.Write(newest)),
                SafetensorsEntry.Of("newest/flags", flags, tasks),
                SafetensorsEntry.Of("segments/from", segments.SelectMany(s => s.From).ToArray(), segments.Count, tasks),
                SafetensorsEntry.Of("segments/to", segments.SelectMany(s => s.To).ToArray(), segments.Count, tasks),
                .. files,
            ],
            metadata);
    }

    private static void Read(TaskReplay replay, SafetensorsFile index, Checkpoint checkpoint)
    {
        var shape = replay.Shape;
        var positions = Exactly(index.ReadLongs("positions"), shape.Tasks * 5, index.Path, "positions");
        for (var task = 0; task < shape.Tasks; task++)
        {
            var p = positions.AsSpan(task * 5, 5);
            if (!replay.Rings[task].Restore(p[0], p[1], p[2], p[3], p[4]))
                throw Unsound(index.Path, task);
        }

        var covered = Array.ConvertAll(replay.Rings.ToArray(), ring => ring.Head);
        LinkedRecords.Load(replay, index, checkpoint, covered);
        foreach (var segment in ReadSegments(index, shape.Tasks))
            ReadSegment(replay, checkpoint, segment, covered);
        ReadNewest(replay, index, covered);
        for (var task = 0; task < shape.Tasks; task++)
            if (!replay.Rings[task].IsSound())
                throw Unsound(index.Path, task);
    }

    private static List<Segment> ReadSegments(SafetensorsFile index, int tasks)
    {
        var names = index.Metadata["segments"].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var count = names.Length * tasks;
        var from = Exactly(index.ReadLongs("segments/from"), count, index.Path, "segments/from").Chunk(tasks).ToArray();
        var to = Exactly(index.ReadLongs("segments/to"), count, index.Path, "segments/to").Chunk(tasks).ToArray();
        return [.. names.Select((name, i) => new Segment(name, from[i], to[i]))];
    }

    private static void ReadSegment(TaskReplay replay, Checkpoint checkpoint, Segment segment, long[] covered)
    {
        using var file = checkpoint.OpenTensors(segment.Name);
        for (var task = 0; task < covered.Length; task++)
        {
            var ring = replay.Rings[task];
            var from = Math.Max(segment.From[task], covered[task]);
            var to = Math.Min(segment.To[task], ring.End - 1);
            if (to <= from)
                continue;
            if (from != covered[task])
                throw Gap(file.Path, task);
            var at = from - segment.From[task];
            foreach (var run in ring.Runs(from, to))
            {
                var offset = at * ring.RecordBytes;
                ring.SetRecords(run, records => file.ReadRaw(SlotsOf(task), offset, records));
                file.ReadRaw(FlagsOf(task), at, MemoryMarshal.AsBytes(ring.FlagsOf(run)));
                at += run.Count;
            }

            covered[task] = to;
        }
    }

    private static void ReadNewest(TaskReplay replay, SafetensorsFile index, long[] covered)
    {
        var widest = WidestRecord(replay);
        var newest = Exactly(index.Raw("newest/slots"), covered.Length * widest, index.Path, "newest/slots");
        var flags = Exactly(index.Raw("newest/flags"), covered.Length, index.Path, "newest/flags");
        for (var task = 0; task < covered.Length; task++)
        {
            var ring = replay.Rings[task];
            if (ring.End == ring.Head)
                continue;
            if (covered[task] != ring.End - 1)
                throw Gap(index.Path, task);
            var run = ring.Runs(ring.End - 1, ring.End).Single();
            var record = newest.AsMemory(task * widest, ring.RecordBytes);
            ring.SetRecords(run, records => record.Span.CopyTo(records));
            ring.FlagsOf(run)[0] = (SlotFlags)flags[task];
        }
    }

    private static long NumbersOf(ReplayShape shape, int bytes) => bytes / shape.Observation.NumberSize;

    private static int WidestRecord(TaskReplay replay) => replay.Rings.Max(ring => ring.RecordBytes);

    private static Dictionary<string, string> Describe(ReplayShape shape) => new()
    {
        ["tasks"] = Number(shape.Tasks),
        ["frame"] = Number(shape.Observation.Frame),
        ["stack"] = Number(shape.Observation.Stack),
        ["tail"] = Number(shape.Observation.Tail),
        ["element"] = shape.Observation.IsBytes ? "byte" : "32-bit float",
        ["order"] = shape.Observation.Order == FrameOrder.OldestFirst ? "oldest first" : "newest first",
        ["action"] = Number(shape.ActionWidth),
        ["capacity per task"] = Number(shape.CapacityPerTask),
        ["episode length"] = Number(shape.EpisodeLength),
        ["rows of tasks"] = shape.Own is null
            ? "whole"
            : string.Join(' ', shape.Own.Select(RowOf)),
    };

    private static string RowOf(ReplayRow row)
    {
        var (frame, stack, tail) = row.Observation;
        return $"{Number(frame)}×{Number(stack)}+{Number(tail)},{Number(row.ActionWidth)}";
    }

    private static void CheckShape(SafetensorsFile index, ReplayShape shape)
    {
        foreach (var (name, wanted) in Describe(shape))
            if (index.Metadata.GetValueOrDefault(name) is var saved && saved != wanted)
                throw new MtrlException(
                    $"{index.Path}: saved with {name} {saved ?? "unknown"}, this run has {wanted}: "
                    + "a run goes on with the configuration that it began with.");
    }

    private static MtrlException Gap(string path, int task) =>
        new CheckpointException(
            CheckpointFault.Damaged, $"{path}: transitions of task {Number(task)} are missing between segments.");

    private static MtrlException Unsound(string path, int task) => new CheckpointException(
        CheckpointFault.Damaged, $"{path}: the positions of task {Number(task)} are not those of a replay of this size.");

    private static T[] Exactly<T>(T[] numbers, int count, string path, string name) => numbers.Length == count
        ? numbers
        : throw new CheckpointException(
            CheckpointFault.Damaged, $"{path}: '{name}' has {Number(numbers.Length)} numbers, this replay {Number(count)}.");

    private static string SlotsOf(int task) => $"{Number(task)}/slots";

    private static string FlagsOf(int task) => $"{Number(task)}/flags";

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
