namespace MtrlFunctional.Storage;

/// <summary>One record of <c>metrics.jsonl</c>.</summary>
/// <param name="Mode">"train", "eval", or a mode of evaluation such as "eval_base".</param>
/// <param name="Step">Environment steps of every task.</param>
/// <param name="Values">Numbers by name; NaN if not measured.</param>
/// <param name="Texts">Texts by name, such as the tasks' names, from the first record of the mode.</param>
public sealed record MetricsRecord(
    string Mode, long Step, IReadOnlyDictionary<string, double> Values, IReadOnlyDictionary<string, string> Texts);

/// <summary><c>metrics.jsonl</c>: one JSON object for each line, <c>mode</c> and <c>step</c> first. NaN is written as null,
/// infinities as text. Not thread-safe.</summary>
/// <param name="path">The file.</param>
/// <param name="position">0 for a new run, or <see cref="RunLog.Position"/> of the resumed checkpoint.</param>
/// <exception cref="MtrlException">The file cannot be written.</exception>
public sealed class MetricsLog(string path, long position = 0) : RunLog(path, position)
{
    /// <summary>Appends a record.</summary>
    /// <param name="mode">"train", "eval", or a mode of evaluation such as "eval_base".</param>
    /// <param name="step">Environment steps of every task.</param>
    /// <param name="values">Numbers by name, in the order in which they are written.</param>
    /// <param name="texts">Texts by name, written after the numbers, or null.</param>
    /// <exception cref="MtrlException">The disk is full or failed; only this record is lost.</exception>
    public void Append(
        string mode, long step, IEnumerable<KeyValuePair<string, double>> values,
        IEnumerable<KeyValuePair<string, string>>? texts = null) => WriteObject(json =>
    {
        json.WriteString("mode", mode);
        json.WriteNumber("step", step);
        foreach (var (name, value) in values.Given())
        {
            if (double.IsFinite(value))
                json.WriteNumber(name, value);
            else if (double.IsNaN(value))
                json.WriteNull(name);
            else
                json.WriteString(name, value > 0 ? "Infinity" : "-Infinity");
        }

        foreach (var (name, text) in texts ?? [])
            json.WriteString(name, text);
    });

    /// <summary>Reads a log, also while it is written; a line in progress at its end is left out.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Only records of this mode, "train" or "eval"; null: all. Of the others the mode alone is parsed.</param>
    /// <param name="skipped">
    /// Receives one message with the numbers of the lines that are no records, as a full disk leaves them, which are left out;
    /// null: such a line is an error.
    /// </param>
    /// <returns>The records, oldest first.</returns>
    /// <exception cref="MtrlException">
    /// Missing, or, without <paramref name="skipped"/>, a line is not a record; the message names the line.
    /// </exception>
    public static IReadOnlyList<MetricsRecord> Read(string path, string? mode = null, Action<string>? skipped = null)
    {
        var rows = new MetricsRows();
        return LogRecords.Read(
            path, "metrics", skipped, line => Parse(rows, line),
            line => mode is not null && MetricsRows.ModeOf(line.Span) is { } other && other != mode);
    }

    /// <summary>The whole records at the end of a log, newest first, also while it is written; other lines are passed over.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">The most bytes to read: 16 MB are a thousand records of fifty tasks.</param>
    /// <returns>None without a file.</returns>
    /// <exception cref="MtrlException">Not a regular file, unreadable, or larger than 1.1 GB.</exception>
    public static IEnumerable<MetricsRecord> NewestFirst(string path, int bytes = 1 << 24)
    {
        var rows = new MetricsRows();
        return AppendedLines.Last(path, bytes).Reverse().Select(line => Parse(rows, line)).OfType<MetricsRecord>();
    }

    private static MetricsRecord? Parse(MetricsRows rows, ReadOnlyMemory<byte> line)
    {
        MetricsRecord? record = null;
        rows.Parse(line.Span, (mode, step, names, values) =>
        {
            var numbers = new Dictionary<string, double>(names.Length);
            for (var i = 0; i < names.Length; i++)
                numbers[names[i]] = values[i];
            record = new MetricsRecord(mode, step, numbers, rows.Texts[mode]);
        });
        return record;
    }
}
