using System.Globalization;
using System.Runtime.InteropServices;
using MtrlFunctional.Storage;

namespace MtrlFunctional.Replay;

/// <summary>
/// The files of records of a replay on a disk in its checkpoints: linked, with a hash each, not copied. Flags are in the
/// index, as they are not in the files.
/// </summary>
internal static class LinkedRecords
{
    private const string FilePrefix = "replay/records-";

    private const string Names = "records";

    private const string Places = "records/places";

    private const string Flags = "records/flags";

    /// <summary>Whether a file of a checkpoint contains records.</summary>
    internal static bool Has(CheckpointFile file) => file.Name.StartsWith(FilePrefix, StringComparison.Ordinal);

    /// <summary>Adds the whole files of a replay to a checkpoint.</summary>
    /// <param name="replay">The replay.</param>
    /// <param name="writer">The checkpoint under construction.</param>
    /// <param name="metadata">Metadata of the checkpoint's index; receives the names.</param>
    /// <returns>Entries of the index about the files; empty without files.</returns>
    internal static IEnumerable<SafetensorsEntry> Save(
        TaskReplay replay, CheckpointWriter writer, Dictionary<string, string> metadata)
    {
        var names = new List<string>();
        var places = new List<long>();
        using var flags = new MemoryStream();
        for (var task = 0; task < replay.Rings.Count; task++)
        {
            var ring = replay.Rings[task];
            foreach (var (first, count) in ring.WholeFiles())
            {
                names.Add(ring.SaveFile(first, writer, FilePrefix));
                places.AddRange([task, first, count]);
            }

            foreach (var run in ring.Runs(ring.Head, ring.FirstLoose))
                flags.Write(MemoryMarshal.AsBytes(ring.FlagsOf(run)));
        }

        if (names.Count == 0)
            return [];
        metadata[Names] = string.Join('\n', names);
        return
        [
            SafetensorsEntry.Of(Places, places.ToArray(), names.Count, 3),
            SafetensorsEntry.Of(Flags, flags.ToArray(), flags.Length),
        ];
    }

    /// <summary>Reads the files that a checkpoint holds: links them where the replay is on a disk and has files of this size.</summary>
    /// <param name="replay">With the positions of the saved one.</param>
    /// <param name="index">Index of the checkpoint.</param>
    /// <param name="checkpoint">A whole checkpoint.</param>
    /// <param name="covered">The first unread slot of each task.</param>
    /// <exception cref="CheckpointException">The index contradicts the positions or the files.</exception>
    internal static void Load(TaskReplay replay, SafetensorsFile index, Checkpoint checkpoint, long[] covered)
    {
        if (!index.Metadata.TryGetValue(Names, out var list))
            return;
        var names = list.Split('\n');
        var places = index.ReadLongs(Places);
        if (places.Length != names.Length * 3)
            throw Unsound(index.Path, $"'{Places}' does not have three numbers for each of {names.Length} files");
        var flagsRead = 0L;
        for (var i = 0; i < names.Length; i++)
        {
            var (task, first, count) = (places[3 * i], places[(3 * i) + 1], places[(3 * i) + 2]);
            if (task < 0 || task >= covered.Length || first < 0 || count is < 1 or > int.MaxValue)
                throw Unsound(index.Path, $"'{Places}' names no slots of a task");
            var ring = replay.Rings[(int)task];
            var from = Math.Max(first, ring.Head);
            if (from != covered[task] || from >= first + count || first + count > ring.End - 1)
                throw Unsound(index.Path, $"the files of task {task.ToString(CultureInfo.InvariantCulture)} do not follow each other");
            ReadFile(ring, checkpoint, names[i], first, count);
            covered[task] = first + count;
            foreach (var run in ring.Runs(from, covered[task]))
            {
                index.ReadRaw(Flags, flagsRead, MemoryMarshal.AsBytes(ring.FlagsOf(run)));
                flagsRead += run.Count;
            }
        }
    }

    private static void ReadFile(ReplayRing ring, Checkpoint checkpoint, string name, long first, long count)
    {
        using var file = checkpoint.OpenTensors(name);
        var tensor = file.Tensor(RecordFiles.Slots);
        if (tensor.Bytes != count * ring.RecordBytes)
            throw Unsound(file.Path, $"it does not have {count.ToString(CultureInfo.InvariantCulture)} records of this replay");
        if (ring.LinkFile(first, checkpoint, name, tensor))
            return;
        foreach (var run in ring.Runs(Math.Max(first, ring.Head), first + count))
            ring.SetRecords(run, records => file.ReadRaw(RecordFiles.Slots, (run.From - first) * ring.RecordBytes, records));
    }

    private static CheckpointException Unsound(string path, string fault) =>
        new(CheckpointFault.Damaged, $"{path}: {fault}.");
}
