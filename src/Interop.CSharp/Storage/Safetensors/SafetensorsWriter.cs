using System.Buffers.Binary;

namespace MtrlFunctional.Storage;

/// <summary>Writes safetensors files that any reader of the format accepts.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes a temporary file in the same folder, syncs it to the disk and renames it: a reader sees the old file or
    /// the whole new one.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="entries">
    /// Tensors of the file, names unique. Wider types come first in the file, so that data is aligned.
    /// </param>
    /// <param name="metadata">The text map <c>__metadata__</c>, or null.</param>
    /// <exception cref="MtrlException">The disk is full or the folder cannot be written.</exception>
    public static void Write(
        string path, IEnumerable<SafetensorsEntry> entries, IReadOnlyDictionary<string, string>? metadata = null) =>
        DurableFile.Replace(path, stream => Write(stream, entries, metadata));

    /// <summary>Writes header and data to a stream.</summary>
    /// <param name="stream">Destination of the bytes, which tells its position; not flushed, not closed.</param>
    /// <param name="entries">The tensors, names unique.</param>
    /// <param name="metadata">The text map <c>__metadata__</c>, or null.</param>
    /// <exception cref="ArgumentException">A name is used twice, or an entry wrote other than its promised bytes.</exception>
    public static void Write(
        Stream stream, IEnumerable<SafetensorsEntry> entries, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var ordered = entries.OrderByDescending(e => e.Type.Size()).ToList();
        stream.Write(Header(ordered, metadata));
        foreach (var entry in ordered)
        {
            var start = stream.Position;
            entry.Write(stream);
            if (stream.Position - start != entry.Bytes)
                throw new ArgumentException(
                    $"Tensor '{entry.Name}' promised {Text.Count(entry.Bytes)} bytes and wrote "
                    + $"{Text.Count(stream.Position - start)}.", nameof(entries));
        }
    }

    /// <summary>The header of a file with these tensors in this order.</summary>
    internal static byte[] Header(IReadOnlyList<SafetensorsEntry> entries, IReadOnlyDictionary<string, string>? metadata)
    {
        var stated = new OrderedDictionary<string, object>(StringComparer.Ordinal);
        if (metadata is { Count: > 0 })
            stated.Add(SafetensorsHeader.MetadataKey, metadata);
        long offset = 0;
        foreach (var entry in entries)
        {
            if (entry.Name == SafetensorsHeader.MetadataKey || entry.Shape.Any(size => size < 0))
                throw new ArgumentException(
                    $"Tensor '{entry.Name}' [{string.Join("; ", entry.Shape)}]: a name other than {SafetensorsHeader.MetadataKey} and sizes of at least 0 are "
                    + "needed.", nameof(entries));
            var end = checked(offset + entry.Bytes);
            stated.Add(entry.Name, new SafetensorsHeader.Entry(entry.Type.ToString(), [.. entry.Shape], [offset, end]));
            offset = end;
        }

        // Blanks after the JSON let the data begin at a multiple of eight bytes.
        var json = JsonSerializer.SerializeToUtf8Bytes(stated, SafetensorsHeader.Layout);
        var padded = (json.Length + 7) / 8 * 8;
        if (padded > SafetensorsHeader.MaxBytes)
            throw new ArgumentException($"The header has more than {Text.Count(SafetensorsHeader.MaxBytes)} bytes.", nameof(entries));
        var header = new byte[8 + padded];
        header.AsSpan().Fill((byte)' ');
        BinaryPrimitives.WriteInt64LittleEndian(header, padded);
        json.CopyTo(header, 8);
        return header;
    }
}
