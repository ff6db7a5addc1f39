namespace MtrlFunctional.Storage;

/// <summary>Lines of a log that are no records of something, such as "metrics": each is an error, or all are left out with one message.</summary>
/// <param name="path">The log.</param>
/// <param name="what">What its records are of.</param>
/// <param name="skipped">Receives the message; null: such a line is an error.</param>
internal sealed class DamagedLines(string path, string what, Action<string>? skipped)
{
    private const int Most = 3;

    private readonly List<int> _lines = [];

    /// <summary>Leaves a line out.</summary>
    internal void Add(int number)
    {
        if (skipped is null)
            throw new MtrlException($"{path}: line {number} is not a record of {what}. Remove the line.");
        _lines.Add(number);
    }

    /// <summary>Tells of the lines, where there are some: "…: line 3 is no record of metrics and was left out.", "…: lines 3, 5, 8 and
    /// 20 more are …".</summary>
    internal void Report()
    {
        if (_lines.Count == 0)
            return;
        var named = string.Join(", ", _lines.Count <= Most ? _lines[..^1] : _lines[..Most]);
        var rest = _lines.Count <= Most ? $"{_lines[^1]}" : $"{_lines.Count - Most} more";
        skipped?.Invoke(_lines.Count == 1
            ? $"{path}: line {_lines[0]} is no record of {what} and was left out."
            : $"{path}: lines {named} and {rest} are no records of {what} and were left out.");
    }
}
