namespace MtrlFunctional.Storage;

/// <summary>Reads the records of a log, whose lines may be damaged.</summary>
internal static class LogRecords
{
    private const int Most = 3;

    /// <summary>The records of a log, oldest first. Lines that are no records of something, such as "metrics", are left out and told in one
    /// message; null: such a line is an error. Those of other records are left out without one.</summary>
    internal static List<T> Read<T>(
        string path, string what, Action<string>? skipped, Func<ReadOnlyMemory<byte>, T?> parse, Func<ReadOnlyMemory<byte>, bool>? isOther = null)
        where T : class
    {
        var (records, damaged) = (new List<T>(), new List<int>());
        foreach (var (index, line) in AppendedLines.All(path).Index())
            if (line.Length == 0 || isOther?.Invoke(line) is true)
                continue;
            else if (parse(line) is { } record)
                records.Add(record);
            else if (skipped is null)
                throw new MtrlException($"{path}: line {index + 1} is not a record of {what}. Remove the line.");
            else
                damaged.Add(index + 1);
        if (damaged.Count == 1)
            skipped?.Invoke($"{path}: line {damaged[0]} is no record of {what} and was left out.");
        else if (damaged.Count > 1)
            skipped?.Invoke($"{path}: lines {Listed(damaged)} are no records of {what} and were left out.");
        return records;
    }

    /// <summary>"3 and 5", "3, 5, 8 and 20 more".</summary>
    private static string Listed(List<int> lines) => lines.Count <= Most
        ? $"{string.Join(", ", lines[..^1])} and {lines[^1]}"
        : $"{string.Join(", ", lines[..Most])} and {lines.Count - Most} more";
}
