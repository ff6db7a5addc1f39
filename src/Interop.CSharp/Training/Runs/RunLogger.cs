using MtrlFunctional.Experiments;
using MtrlFunctional.Storage;
using MtrlFunctional.Surgery;

namespace MtrlFunctional.Training;

/// <summary>Writes each record of a run into all its logs and keeps new lines for display.</summary>
/// <param name="logging">Columns of the log line in the paper's format.</param>
/// <param name="logs">The files; not owned.</param>
/// <param name="names">Names of the tasks, in order.</param>
internal sealed class RunLogger(Logging logging, RunLogs logs, IReadOnlyList<string> names)
{
    private readonly List<string> _lines = [];

    /// <summary>Writes one record.</summary>
    /// <param name="mode">"train" or "eval".</param>
    /// <param name="step">Vector steps done.</param>
    /// <param name="record">Numbers by the original's names.</param>
    /// <exception cref="MtrlException">A disk failed.</exception>
    internal void Write(string mode, long step, Dictionary<string, double> record)
    {
        var columns = mode == "train" ? logging.TrainMetrics : logging.EvalMetrics;
        var line = LogLine.Format(mode, names.Count, columns, record);
        logs.Train.Append(line);
        _lines.Add(line);

        // Task indices go into the line only; the file has task names.
        logs.Metrics.Append(
            mode,
            step,
            record.Where(entry => entry.Key != "step" && !entry.Key.StartsWith("env_index_", StringComparison.Ordinal)),
            names.Select((name, i) => KeyValuePair.Create($"env_index_{i}", name)));
        logs.Events?.Append(DateTimeOffset.UtcNow, step, RunTags.Of(mode, record));
    }

    /// <summary>Writes gradient similarities of the tasks, if the run records them.</summary>
    /// <exception cref="MtrlException">A disk failed.</exception>
    internal void WriteConflicts(IEnumerable<ConflictRecord> records)
    {
        foreach (var record in records)
            logs.Conflicts?.Append(record);
    }

    /// <summary>Returns and clears the new lines, oldest first.</summary>
    internal IReadOnlyList<string> TakeLines()
    {
        string[] lines = [.. _lines];
        _lines.Clear();
        return lines;
    }
}
