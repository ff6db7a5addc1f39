namespace MtrlFunctional.Storage;

/// <summary>The numbers of one line of <c>metrics.jsonl</c>.</summary>
/// <param name="mode">"train", "eval", or a mode of evaluation such as "eval_base".</param>
/// <param name="step">Environment steps of every task.</param>
/// <param name="names">Names of the numbers; the same array for as long as the lines of a mode have the same names.</param>
/// <param name="values">Numbers in the order of the names, NaN if not measured; valid during the call.</param>
public delegate void MetricsRow(string mode, long step, string[] names, ReadOnlySpan<double> values);

/// <summary>Parses many lines of one <c>metrics.jsonl</c>: a line costs no allocation as long as its names equal the names of the
/// line before in its mode. Not thread-safe.</summary>
public sealed class MetricsRows
{
    /// <summary>More numbers than a line of 10,000 tasks has.</summary>
    private const int MostNames = 40_000;

    private const int MostModes = 16;

    // The names of the line before, by its mode.
    private readonly Dictionary<string, string[]> _names = [];
    private readonly Dictionary<string, Dictionary<string, string>> _texts = [];
    private double[] _values = new double[64];

    /// <summary>By mode, the texts of its first line by name, such as the tasks' names.</summary>
    public IReadOnlyDictionary<string, Dictionary<string, string>> Texts => _texts;

    /// <summary>Parses a line.</summary>
    /// <param name="line">The line, UTF-8.</param>
    /// <param name="row">Called with its numbers.</param>
    /// <returns>Whether it is a record; <paramref name="row"/> was called only then.</returns>
    public bool Parse(ReadOnlySpan<byte> line, MetricsRow row)
    {
        try
        {
            return ParseRecord(line, row);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }

    /// <summary>The mode of a line, of which nothing else is parsed; null: the line is no record.</summary>
    internal static string? ModeOf(ReadOnlySpan<byte> line)
    {
        try
        {
            var json = new Utf8JsonReader(line);
            return BeginsWithMode(ref json) ? json.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private bool ParseRecord(ReadOnlySpan<byte> line, MetricsRow row)
    {
        var json = new Utf8JsonReader(line);
        if (!BeginsWithMode(ref json))
            return false;
        var (mode, known) = Mode(ref json);
        if (known is null && _names.Count == MostModes)
            return false;
        if (!json.Read() || !json.ValueTextEquals("step"u8) || !json.Read() || !json.TryGetInt64(out var step))
            return false;

        if (known is null)
            _texts[mode] = [];
        var names = known ?? [];
        var count = 0;
        List<string>? changed = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json;
            json.Read();
            if (!TryNumber(ref json, out var value))
            {
                if (known is null && json.TokenType == JsonTokenType.String)
                    _texts[mode][name.GetString()!] = json.GetString()!;
                json.Skip();
                continue;
            }

            if (changed is null && (count == names.Length || !name.ValueTextEquals(names[count])))
                changed = [.. names[..count]];
            if (count == MostNames)
                throw new FormatException();
            changed?.Add(name.GetString()!);
            if (count == _values.Length)
                Array.Resize(ref _values, 2 * count);
            _values[count++] = value;
        }

        // Another record may begin within a line that a full disk cut off.
        if (json.TokenType != JsonTokenType.EndObject || json.Read())
            return false;
        if (changed is not null || count < names.Length)
            names = changed?.ToArray() ?? names[..count];
        _names[mode] = names;
        row(mode, step, names, _values.AsSpan(0, count));
        return true;
    }

    private static bool BeginsWithMode(ref Utf8JsonReader json) =>
        json.Read() && json.TokenType == JsonTokenType.StartObject && json.Read() && json.ValueTextEquals("mode"u8)
        && json.Read() && json.TokenType == JsonTokenType.String;

    /// <summary>The mode of a line, and the names of the line before in it, if there was one.</summary>
    private (string Mode, string[]? Names) Mode(ref Utf8JsonReader mode)
    {
        foreach (var (known, names) in _names)
        {
            if (mode.ValueTextEquals(known))
                return (known, names);
        }

        return (mode.GetString()!, null);
    }

    private static bool TryNumber(ref Utf8JsonReader json, out double value)
    {
        value = double.NaN;
        switch (json.TokenType)
        {
            case JsonTokenType.Number:
                value = json.GetDouble();
                return true;
            case JsonTokenType.Null:
                return true;
            case JsonTokenType.String when json.ValueTextEquals("Infinity"u8):
                value = double.PositiveInfinity;
                return true;
            case JsonTokenType.String when json.ValueTextEquals("-Infinity"u8):
                value = double.NegativeInfinity;
                return true;
            default:
                return false;
        }
    }
}
