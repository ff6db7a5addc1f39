using System.Text;
using System.Text.Json;

namespace MtrlFunctional.Storage;

/// <summary>
/// Parses the JSON header of a safetensors file and refuses everything that the format forbids:
/// duplicate keys, unknown types, sizes that overflow, holes and overlaps between tensors.
/// Format: https://github.com/huggingface/safetensors#format.
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>Largest header that the format allows, in bytes.</summary>
    internal const long MaxBytes = 100_000_000;

    /// <summary>The most tensors, metadata entries and dimensions: a hundred times the largest agents' here.</summary>
    private const int MostEntries = 100_000, MostDimensions = 64;

    private const int LongestMessage = 400;

    private const string MetadataKey = "__metadata__";

    /// <summary>A fault of the header; the reader adds the path. A name in it may be long, its message is not.</summary>
    internal sealed class Fault(string message)
        : Exception(message.Length <= LongestMessage ? message : $"{message[..LongestMessage]}…");

    internal static (List<SafetensorsTensor> Tensors, Dictionary<string, string> Metadata) Parse(
        ReadOnlySpan<byte> json, long dataStart)
    {
        try
        {
            return ParseChecked(json, dataStart);
        }
        catch (JsonException e)
        {
            throw new Fault($"its header is not valid JSON ({FirstSentence(e.Message)}).");
        }
        catch (Exception e) when (e is InvalidOperationException or DecoderFallbackException)
        {
            // GetString on text that is not valid UTF-8.
            throw new Fault("its header holds text that is not valid UTF-8.");
        }
    }

    private static (List<SafetensorsTensor>, Dictionary<string, string>) ParseChecked(
        ReadOnlySpan<byte> json, long dataStart)
    {
        if (json.Length == 0 || json[0] != (byte)'{')
            throw new Fault("its header does not start with '{': this is not a safetensors file.");

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
        var tensors = new List<SafetensorsTensor>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);

        Expect(ref reader, JsonTokenType.StartObject, "the header");
        while (NextKey(ref reader, out var name))
        {
            if (!names.Add(name))
                throw new Fault($"its header holds '{name}' twice.");
            if (names.Count > MostEntries)
                throw TooMany("tensors", MostEntries);
            if (name == MetadataKey)
                ReadMetadata(ref reader, metadata);
            else
                tensors.Add(ReadTensor(ref reader, name, dataStart));
        }

        // Only blanks may follow: they align the data.
        while (reader.Read())
            throw new Fault("its header goes on after the closing '}'.");

        tensors.Sort((a, b) => (a.Offset, a.Bytes).CompareTo((b.Offset, b.Bytes)));
        CheckContiguous(tensors, dataStart);
        return (tensors, metadata);
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata)
    {
        Expect(ref reader, JsonTokenType.StartObject, $"'{MetadataKey}'");
        while (NextKey(ref reader, out var key))
        {
            Expect(ref reader, JsonTokenType.String, $"metadata '{key}'");
            if (!metadata.TryAdd(key, reader.GetString()!))
                throw new Fault($"its metadata holds '{key}' twice.");
            if (metadata.Count > MostEntries)
                throw TooMany("metadata entries", MostEntries);
        }
    }

    private static SafetensorsTensor ReadTensor(ref Utf8JsonReader reader, string name, long dataStart)
    {
        SafetensorsType? type = null;
        long[]? shape = null;
        long[]? offsets = null;

        Expect(ref reader, JsonTokenType.StartObject, $"tensor '{name}'");
        while (NextKey(ref reader, out var key))
        {
            switch (key)
            {
                case "dtype" when type is null:
                    Expect(ref reader, JsonTokenType.String, $"dtype of '{name}'");
                    type = ReadType(name, reader.GetString()!);
                    break;
                case "shape" when shape is null:
                    shape = ReadSizes(ref reader, $"shape of '{name}'");
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadSizes(ref reader, $"data_offsets of '{name}'");
                    break;
                default:
                    throw new Fault($"tensor '{name}' has an unknown or repeated field '{key}'.");
            }
        }

        if (type is null || shape is null || offsets is null)
            throw new Fault($"tensor '{name}' lacks dtype, shape or data_offsets.");
        if (offsets.Length != 2 || offsets[0] > offsets[1])
            throw new Fault($"data_offsets of '{name}' are not [begin, end] with begin ≤ end.");

        var bytes = BytesOf(name, type.Value, shape);
        if (bytes != offsets[1] - offsets[0])
            throw new Fault(
                $"tensor '{name}' of shape [{string.Join("; ", shape)}] and type {type} takes "
                + $"{Text.Count(bytes)} bytes, its data_offsets give {Text.Count(offsets[1] - offsets[0])}.");
        if (offsets[1] > long.MaxValue - dataStart)
            throw new Fault($"data_offsets of '{name}' overflow.");

        return new SafetensorsTensor(name, type.Value, shape, dataStart + offsets[0], bytes);
    }

    private static SafetensorsType ReadType(string name, string text) =>
        Enum.TryParse<SafetensorsType>(text, out var type) && type.ToString() == text
            ? type
            : throw new Fault(
                $"tensor '{name}' has type '{text}'; known are {string.Join(", ", Enum.GetNames<SafetensorsType>())}.");

    private static long[] ReadSizes(ref Utf8JsonReader reader, string what)
    {
        var sizes = new List<long>();
        Expect(ref reader, JsonTokenType.StartArray, what);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var size) || size < 0)
                throw new Fault($"{what} holds something other than whole numbers of at least 0.");
            sizes.Add(size);
            if (sizes.Count > MostDimensions)
                throw new Fault($"{what} has more than {Text.Count(MostDimensions)} numbers.");
        }

        return [.. sizes];
    }

    private static long BytesOf(string name, SafetensorsType type, long[] shape)
    {
        try
        {
            long bytes = type.Size();
            foreach (var size in shape)
                bytes = checked(bytes * size);
            return bytes;
        }
        catch (OverflowException)
        {
            throw new Fault($"shape [{string.Join("; ", shape)}] of '{name}' overflows.");
        }
    }

    private static void CheckContiguous(List<SafetensorsTensor> tensors, long dataStart)
    {
        var end = dataStart;
        foreach (var tensor in tensors)
        {
            if (tensor.Offset != end)
                throw new Fault(
                    $"tensor '{tensor.Name}' begins at byte {Text.Count(tensor.Offset - dataStart)} of the data, "
                    + $"the one before ends at {Text.Count(end - dataStart)}: "
                    + (tensor.Offset > end ? "there is a hole." : "they overlap."));
            end += tensor.Bytes;
        }
    }

    private static Fault TooMany(string what, int most) => new($"its header has more than {Text.Count(most)} {what}.");

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string what)
    {
        if (!reader.Read() || reader.TokenType != type)
            throw new Fault($"{what} must be a JSON {type}.");
    }

    private static bool NextKey(ref Utf8JsonReader reader, out string key)
    {
        if (!reader.Read())
            throw new Fault("its header ends early.");
        key = reader.TokenType == JsonTokenType.PropertyName ? reader.GetString()! : "";
        return reader.TokenType == JsonTokenType.PropertyName;
    }

    private static string FirstSentence(string message)
    {
        var end = message.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? message.TrimEnd('.') : message[..end];
    }
}
