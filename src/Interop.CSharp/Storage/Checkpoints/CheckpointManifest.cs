namespace MtrlFunctional.Storage;

/// <summary>Manifest of a checkpoint: its information, and length and hash of every file. It is written last and ends with a hash
/// of itself, so any changed byte is detected.</summary>
internal static class CheckpointManifest
{
    internal const string FileName = "manifest.json";

    /// <summary>Version of the format of a checkpoint, the only one that is read; a program that would misread it has another.</summary>
    internal const int Format = 3;

    /// <summary>Size of the largest manifest that is read, in bytes: some 90,000 files.</summary>
    private const long MaxBytes = 16 << 20;

    private const string Program = "MtrlFunctional";
    private const string SealStart = ",\n  \"seal\": \"";
    private const string SealEnd = "\"\n}\n";

    private static readonly JsonSerializerOptions _layout = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>What every format has.</summary>
    private sealed record Origin(string Program, int Format, string Version);

    private sealed record Content(string Program, int Format, string Version, CheckpointInfo Info, IReadOnlyList<CheckpointFile> Files);

    internal static byte[] Write(CheckpointInfo info, IEnumerable<CheckpointFile> files)
    {
        var version = typeof(CheckpointManifest).Assembly.GetName().Version!.ToString(3);
        var json = JsonSerializer.SerializeToUtf8Bytes(new Content(Program, Format, version, info, [.. files]), _layout);
        var body = json.AsSpan(0, json.Length - "\n}".Length);
        return [.. body, .. Encoding.UTF8.GetBytes(SealStart + HashingStream.Of(body) + SealEnd)];
    }

    internal static (CheckpointInfo Info, IReadOnlyList<CheckpointFile> Files) Read(string path)
    {
        var bytes = CheckpointException.Reading(
            path, "not found, so the checkpoint is not whole.", () => PlainFile.Read(Path.GetDirectoryName(path)!, path, MaxBytes));

        // The seal is of no version: a changed bit in the number of the format is damage, not another program.
        if (!IsSealed(bytes))
            throw CheckpointException.Damaged(path, "its seal does not fit its content.");
        try
        {
            var origin = JsonSerializer.Deserialize<Origin>(bytes, _layout)!;
            if (origin.Program != Program)
                throw new CheckpointException(CheckpointFault.Incompatible, $"{path}: not a checkpoint of this program.");
            if (origin.Format != Format)
                throw new CheckpointException(
                    CheckpointFault.OtherFormat,
                    $"{path}: format {origin.Format}, written by version {Text.Short(origin.Version)} of this program; this "
                    + $"one reads format {Format}. Go on with the program that wrote it, or train anew in another folder (setup.name).");
            var (_, _, _, info, files) = JsonSerializer.Deserialize<Content>(bytes, _layout)!;
            return CheckpointNames.Fault(info, files) is { } fault ? throw CheckpointException.Damaged(path, fault) : (info, files);
        }
        catch (JsonException)
        {
            throw CheckpointException.Damaged(path, "is cut off or changed.");
        }
    }

    private static bool IsSealed(byte[] bytes)
    {
        var length = SealStart.Length + 64 + SealEnd.Length;
        if (bytes.Length < length)
            return false;
        var body = bytes.AsSpan(0, bytes.Length - length);
        return bytes.AsSpan(body.Length).SequenceEqual(Encoding.UTF8.GetBytes(SealStart + HashingStream.Of(body) + SealEnd));
    }
}
