using System.Text.Encodings.Web;
using System.Text.Json.Serialization;

namespace MtrlFunctional.Storage;

/// <summary>Parses the JSON header of a safetensors file and refuses everything that the format forbids: duplicate keys, unknown
/// types, sizes that overflow, holes and overlaps between tensors. Format:
/// https://github.com/huggingface/safetensors#format.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="dataStart">Its first byte after the header.</param>
internal sealed partial class SafetensorsHeader(string path, long dataStart)
{
    /// <summary>Largest header that is read, in bytes: some 100,000 tensors, a hundred times as many as the largest
    /// agents here have.</summary>
    internal const int MaxBytes = 10_000_000;

    private const int MostDimensions = 64;

    /// <summary>A name may be long, a message is not.</summary>
    private const int LongestFault = 400;

    internal const string MetadataKey = "__metadata__";

    private static readonly JsonDocumentOptions _strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>Names and fields as the format has them.</summary>
    internal static readonly JsonSerializerOptions Layout = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private static readonly EntryJson _entries = new(new(Layout));

    /// <summary>A tensor as the header states it.</summary>
    internal sealed record Entry(string Dtype, long[] Shape, long[] DataOffsets);

    /// <summary>Reads entries without reflection, so that programs with environments can be trimmed.</summary>
    [JsonSerializable(typeof(Entry))]
    private sealed partial class EntryJson : JsonSerializerContext;

    /// <summary>The tensors in the order of their data, and the text map of the file.</summary>
    /// <exception cref="SafetensorsException">The format forbids something in it.</exception>
    internal (List<SafetensorsTensor> Tensors, Dictionary<string, string> Metadata) Parse(ReadOnlyMemory<byte> json)
    {
        if (json.Length == 0 || json.Span[0] != (byte)'{')
            throw Fault("its header does not start with '{': this is not a safetensors file.");
        try
        {
            using var header = JsonDocument.Parse(json, _strict);
            var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
            var tensors = new List<SafetensorsTensor>();
            foreach (var property in header.RootElement.EnumerateObject())
                if (property.NameEquals(MetadataKey))
                    ReadMetadata(property.Value, metadata);
                else
                    tensors.Add(ReadTensor(property.Name, property.Value));
            tensors.Sort((a, b) => (a.Offset, a.Bytes).CompareTo((b.Offset, b.Bytes)));
            CheckContiguous(tensors);
            return (tensors, metadata);
        }
        catch (JsonException e)
        {
            throw Fault($"its header is not valid JSON ({e.Message.Split(". ")[0].TrimEnd('.')}).");
        }
        catch (InvalidOperationException)
        {
            throw Fault("its header holds text that is not valid UTF-8.");
        }
    }

    private void ReadMetadata(JsonElement map, Dictionary<string, string> metadata)
    {
        if (map.ValueKind != JsonValueKind.Object)
            throw Fault($"'{MetadataKey}' must be a JSON object.");
        foreach (var entry in map.EnumerateObject())
            metadata[entry.Name] = entry.Value.ValueKind == JsonValueKind.String
                ? entry.Value.GetString()!
                : throw Fault($"metadata '{entry.Name}' must be a JSON string.");
    }

    private SafetensorsTensor ReadTensor(string name, JsonElement stated)
    {
        var (dtype, shape, offsets) = Stated(name, stated);
        if (!Enum.TryParse<SafetensorsType>(dtype, out var type) || type.ToString() != dtype)
            throw Fault($"tensor '{name}' has type '{dtype}'; known are {string.Join(", ", Enum.GetNames<SafetensorsType>())}.");
        if (shape.Length > MostDimensions)
            throw Fault($"shape of '{name}' has more than {MostDimensions} numbers.");
        if (shape.Concat(offsets).Any(size => size < 0))
            throw Fault($"shape or data_offsets of '{name}' hold a number below 0.");
        if (offsets is not [var begin, var end] || begin > end)
            throw Fault($"data_offsets of '{name}' are not [begin, end] with begin ≤ end.");
        if (end > long.MaxValue - dataStart)
            throw Fault($"data_offsets of '{name}' overflow.");

        var bytes = BytesOf(name, type, shape);
        return bytes == end - begin
            ? new SafetensorsTensor(name, type, shape, dataStart + begin, bytes)
            : throw Fault($"tensor '{name}' of shape [{string.Join("; ", shape)}] and type {type} takes "
                + $"{Text.Count(bytes)} bytes, its data_offsets give {Text.Count(end - begin)}.");
    }

    private Entry Stated(string name, JsonElement stated)
    {
        try
        {
            return stated.Deserialize(_entries.Entry) ?? throw new JsonException();
        }
        catch (JsonException e)
        {
            throw Fault($"tensor '{name}' is not {{\"dtype\": text, \"shape\": [whole numbers], \"data_offsets\": [begin, end]}}"
                + (e.Path is null or "$" ? "." : $": see {e.Path}."));
        }
    }

    private long BytesOf(string name, SafetensorsType type, long[] shape)
    {
        try
        {
            return type.BytesOf(shape);
        }
        catch (OverflowException)
        {
            throw Fault($"shape [{string.Join("; ", shape)}] of '{name}' overflows.");
        }
    }

    private void CheckContiguous(List<SafetensorsTensor> tensors)
    {
        var end = dataStart;
        foreach (var tensor in tensors)
        {
            if (tensor.Offset != end)
                throw Fault(
                    $"tensor '{tensor.Name}' begins at byte {Text.Count(tensor.Offset - dataStart)} of the data, "
                    + $"the one before ends at {Text.Count(end - dataStart)}: "
                    + (tensor.Offset > end ? "there is a hole." : "they overlap."));
            end += tensor.Bytes;
        }
    }

    private SafetensorsException Fault(string fault) =>
        new(path, fault.Length <= LongestFault ? fault : $"{fault[..LongestFault]}…");
}
