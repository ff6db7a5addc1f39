using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MtrlFunctional.Storage;

/// <summary>
/// Manifest of a checkpoint: its information, and length and hash of every file. It is
/// written last and ends with a hash of itself, so any changed byte is detected.
/// </summary>
internal static class CheckpointManifest
{
    internal const string FileName = "manifest.json";

    /// <summary>Version of the format of a checkpoint, the only one that is read; a program that would misread it has another.</summary>
    internal const int Format = 2;

    /// <summary>Size of the largest manifest that is read, in bytes: some 30,000 files.</summary>
    private const long MaxBytes = 4 << 20;

    private const string Program = "MtrlFunctional";
    private const string SealStart = ",\n  \"seal\": \"";
    private const string SealEnd = "\"\n}\n";

    internal static byte[] Write(CheckpointInfo info, IEnumerable<CheckpointFile> files)
    {
        var json = new ArrayBufferWriter<byte>();
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n" };
        using (var writer = new Utf8JsonWriter(json, options))
        {
            writer.WriteStartObject();
            writer.WriteString("program", Program);
            writer.WriteNumber("format", Format);
            writer.WriteString("version", typeof(CheckpointManifest).Assembly.GetName().Version!.ToString(3));
            writer.WriteNumber("step", info.Step);
            writer.WriteString("configuration", info.Configuration);
            writer.WriteNumber("threads", info.Threads);
            writer.WriteString("precision", info.Precision);
            WriteMap(writer, "libraries", info.Libraries, writer.WriteString);
            WriteMap(writer, "logs", info.Logs, writer.WriteNumber);
            writer.WriteString("processor", info.ProcessorModel);
            writer.WriteStartArray("files");
            foreach (var file in files)
            {
                writer.WriteStartObject();
                writer.WriteString("name", file.Name);
                writer.WriteNumber("bytes", file.Bytes);
                writer.WriteString("sha256", file.Sha256);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        var body = json.WrittenSpan[..^"\n}".Length];
        return [.. body, .. Encoding.UTF8.GetBytes(SealStart + HashingStream.Of(body) + SealEnd)];
    }

    internal static (CheckpointInfo Info, List<CheckpointFile> Files) Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = PlainFile.Read(Path.GetDirectoryName(path)!, path, MaxBytes);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Damaged(path, "not found, so the checkpoint is not whole.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CheckpointException.OfReading(path, e);
        }
        catch (MtrlException e)
        {
            throw new CheckpointException(CheckpointFault.Damaged, e.Message);
        }

        // The seal is of no version: a changed bit in the number of the format is damage, not another program.
        if (!IsSealed(bytes))
            throw Damaged(path, "its seal does not fit its content.");
        try
        {
            var json = JsonNode.Parse(bytes) as JsonObject;
            if (json?["program"]?.GetValue<string>() != Program)
                throw new CheckpointException(CheckpointFault.Incompatible, $"{path}: not a checkpoint of this program.");
            var format = json["format"]!.GetValue<int>();
            if (format != Format)
                throw new CheckpointException(
                    CheckpointFault.OtherFormat,
                    $"{path}: format {format}, written by version {Text.Short(json["version"]!.GetValue<string>())} of this program; this "
                    + $"one reads format {Format}. Go on with the program that wrote it, or train anew in another folder (setup.name).");
            var (info, files) = (ReadInfo(json), ReadFiles(json));
            return CheckpointNames.Fault(info, files) is { } fault ? throw Damaged(path, fault) : (info, files);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException
            or FormatException or ArgumentException)
        {
            throw Damaged(path, "is cut off or changed.");
        }
    }

    private static CheckpointInfo ReadInfo(JsonObject json) => new()
    {
        Step = json["step"]!.GetValue<long>(),
        Configuration = json["configuration"]!.GetValue<string>(),
        Threads = json["threads"]!.GetValue<int>(),
        Precision = json["precision"]!.GetValue<string>(),
        Libraries = ReadMap<string>(json["libraries"]!),
        Logs = ReadMap<long>(json["logs"]!),
        ProcessorModel = json["processor"]!.GetValue<string>(),
    };

    private static List<CheckpointFile> ReadFiles(JsonObject json) =>
    [
        .. json["files"]!.AsArray().Select(f => new CheckpointFile(
            f!["name"]!.GetValue<string>(), f["bytes"]!.GetValue<long>(), f["sha256"]!.GetValue<string>())),
    ];

    private static Dictionary<string, T> ReadMap<T>(JsonNode node) =>
        node.AsObject().ToDictionary(p => p.Key, p => p.Value!.GetValue<T>());

    private static void WriteMap<T>(
        Utf8JsonWriter writer, string name, IReadOnlyDictionary<string, T> map, Action<string, T> write)
    {
        writer.WriteStartObject(name);
        foreach (var (key, value) in map.OrderBy(p => p.Key, StringComparer.Ordinal))
            write(key, value);
        writer.WriteEndObject();
    }

    private static bool IsSealed(byte[] bytes)
    {
        var length = SealStart.Length + 64 + SealEnd.Length;
        if (bytes.Length < length)
            return false;
        var body = bytes.AsSpan(0, bytes.Length - length);
        return bytes.AsSpan(body.Length).SequenceEqual(Encoding.UTF8.GetBytes(SealStart + HashingStream.Of(body) + SealEnd));
    }

    private static CheckpointException Damaged(string path, string fault) =>
        new(CheckpointFault.Damaged, $"{path}: {fault}");
}
