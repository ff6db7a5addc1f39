using System.Text.RegularExpressions;
using MtrlFunctional.Surgery;

namespace MtrlFunctional.Storage;

/// <summary><c>conflicts.jsonl</c>: pairwise cosine similarities of the task gradients, one JSON object for each line:
/// <c>part</c>, <c>step</c>, <c>update</c>, <c>lengths</c> by task, <c>cosines</c> of the pairs (1, 0), (2, 0), (2, 1) … Four
/// digits of each number; null for missing values. Not thread-safe.</summary>
/// <param name="path">The file.</param>
/// <param name="position">0 for a new run, or <see cref="RunLog.Position"/> of the resumed checkpoint.</param>
/// <exception cref="MtrlException">The file cannot be written.</exception>
public sealed partial class ConflictsLog(string path, long position = 0) : RunLog(path, position)
{
    /// <summary>The most parts, above the number of parts of every agent: each part has an image.</summary>
    private const int MostParts = 16;

    /// <summary>Read for the newest records; a line of fifty tasks has about 10 kB.</summary>
    private const int EndBytes = 1 << 18;

    /// <summary>Appends a record.</summary>
    /// <param name="record">The record.</param>
    /// <exception cref="MtrlException">The disk is full or failed; only this record is lost.</exception>
    public void Append(ConflictRecord record) => WriteObject(json =>
    {
        json.WriteString("part", record.Given().Part);
        json.WriteNumber("step", record.Step);
        json.WriteNumber("update", record.Update);
        WriteNumbers(json, "lengths", record.Agreement.Lengths, "G4");
        WriteNumbers(json, "cosines", record.Agreement.Cosines, "F4");
    });

    /// <summary>Reads a log, also while it is written; a line in progress at its end is left out.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tasks">How many tasks the run has.</param>
    /// <param name="skipped">
    /// Receives one message with the numbers of the lines that are no records of this number of tasks, which are left out; null:
    /// such a line is an error.
    /// </param>
    /// <returns>The records, oldest first.</returns>
    /// <exception cref="MtrlException">
    /// Missing, or, without <paramref name="skipped"/>, a line is not a record; the message names the line.
    /// </exception>
    public static IReadOnlyList<ConflictRecord> Read(string path, int tasks, Action<string>? skipped = null)
    {
        var records = LogRecords.Read(path, $"the conflicts of {tasks} tasks", skipped, line => Parse(line, tasks));
        return records.DistinctBy(record => record.Part).Count() <= MostParts
            ? records
            : throw new MtrlException($"{path}: has more than {MostParts} parts, which no agent has.");
    }

    /// <summary>The newest record of each part, by their names, from the end of a log that may be written meanwhile.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="MtrlException">Not a regular file, or unreadable.</exception>
    public static IReadOnlyList<ConflictRecord> Newest(string path) =>
    [
        .. AppendedLines.Last(path, EndBytes)
            .Reverse().Take(MostParts).Select(line => Parse(line)).OfType<ConflictRecord>()
            .DistinctBy(record => record.Part).OrderBy(record => record.Part, StringComparer.Ordinal),
    ];

    private static void WriteNumbers(Utf8JsonWriter json, string name, double[] numbers, string format)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            if (double.IsFinite(number))
                json.WriteNumberValue(double.Parse(
                    number.ToString(format, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
            else
                json.WriteNullValue();
        }

        json.WriteEndArray();
    }

    /// <summary>The record of a line; null: it is none, or of another number of tasks.</summary>
    private static ConflictRecord? Parse(ReadOnlyMemory<byte> line, int? wanted = null)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            double[] Numbers(string name) => [.. root.GetProperty(name).EnumerateArray().Select(
                value => value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble())];
            var (part, lengths, cosines) = (root.GetProperty("part").GetString(), Numbers("lengths"), Numbers("cosines"));
            var tasks = wanted ?? lengths.Length;
            // A part is also the name of a file: conflicts-PART.svg.
            return part is not null && PartName().IsMatch(part) && lengths.Length == tasks && cosines.Length == tasks * (tasks - 1) / 2
                ? new ConflictRecord(
                    root.GetProperty("step").GetInt64(), root.GetProperty("update").GetInt64(), part, new Agreement(lengths, cosines))
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,40}\z")]
    private static partial Regex PartName();
}
