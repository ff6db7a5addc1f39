namespace MtrlFunctional.Storage;

/// <summary><c>train.log</c>: a line where the log is due and for each evaluation, formatted by
/// <see cref="MtrlFunctional.Experiments"/>. Not thread-safe.</summary>
internal sealed class TrainLog(string path, long position = 0) : RunLog(path, position)
{
    internal void Append(string line) => Write(Encoding.UTF8.GetBytes(line + "\n"));
}

/// <summary>All log files of a run: <c>train.log</c>, <c>metrics.jsonl</c> and, optionally TensorBoard events and
/// <c>conflicts.jsonl</c>. Dispose closes them. Not thread-safe.</summary>
internal sealed class RunLogs : IDisposable
{
    /// <summary>Opens the logs of a run, whose lock is held, truncated to the lengths in the checkpoint; without one they are
    /// emptied. The time of this start names a new event file.</summary>
    /// <exception cref="MtrlException">A file cannot be written.</exception>
    internal RunLogs(RunFolder run, DateTimeOffset startedAt, bool tensorBoard, CheckpointInfo? checkpoint = null, bool conflicts = false)
    {
        var positions = checkpoint?.Logs ?? new Dictionary<string, long>();
        try
        {
            Train = new TrainLog(run.TrainLogFile, positions.GetValueOrDefault(Path.GetFileName(run.TrainLogFile)));
            Metrics = new MetricsLog(run.MetricsFile, positions.GetValueOrDefault(Path.GetFileName(run.MetricsFile)));
            if (conflicts)
                Conflicts = new ConflictsLog(run.ConflictsFile, positions.GetValueOrDefault(Path.GetFileName(run.ConflictsFile)));
            else
                DurableFile.TryDelete(run.ConflictsFile);
            RemoveOtherEvents(run, positions);
            if (!tensorBoard)
                return;
            var name = positions.Keys.FirstOrDefault(IsEvents) ?? TensorBoardEvents.FileName(startedAt);
            Events = new TensorBoardEvents(Path.Combine(run.Path, name), startedAt, positions.GetValueOrDefault(name));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The paper's lines.</summary>
    internal TrainLog Train { get; }

    /// <summary>All numbers.</summary>
    internal MetricsLog Metrics { get; }

    /// <summary>Cosine similarities of the task gradients, or null if disabled.</summary>
    internal ConflictsLog? Conflicts { get; }

    /// <summary>TensorBoard events, or null if disabled.</summary>
    internal TensorBoardEvents? Events { get; }

    /// <summary>Names of the files that lack records of steps before the checkpoint.</summary>
    internal IEnumerable<string> Shorter => All.Where(log => log.IsShorter).Select(log => log.Name);

    /// <summary>Syncs all logs and returns their lengths in bytes by file name, for a checkpoint.</summary>
    internal IReadOnlyDictionary<string, long> Positions()
    {
        foreach (var log in All)
            log.Sync();
        return All.ToDictionary(log => log.Name, log => log.Position);
    }

    public void Dispose()
    {
        foreach (var log in All)
            log.Dispose();
    }

    // Those that are written; after one that could not be opened, those before it.
    private IEnumerable<RunLog> All => new RunLog?[] { Train, Metrics, Conflicts, Events }.OfType<RunLog>();

    /// <summary>Deletes event files not in the checkpoint: their steps would appear twice.</summary>
    private static void RemoveOtherEvents(RunFolder run, IReadOnlyDictionary<string, long> positions)
    {
        foreach (var path in Directory.GetFiles(run.Path, "events.out.tfevents.*"))
            if (!positions.ContainsKey(Path.GetFileName(path)))
                DurableFile.TryDelete(path);
    }

    /// <summary>Whether a file of this name has TensorBoard events.</summary>
    internal static bool IsEvents(string name) => name.StartsWith("events.out.tfevents.", StringComparison.Ordinal);
}
