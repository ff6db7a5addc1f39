using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MtrlFunctional.Storage;

/// <summary>Writes safetensors files that any reader of the format accepts.</summary>
public static class SafetensorsWriter
{
    /// <summary>
    /// Writes a temporary file in the same folder, syncs it to the disk and renames it: a reader sees the old
    /// file or the whole new one.
    /// </summary>
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
    /// <param name="stream">Destination of the bytes; not flushed, not closed.</param>
    /// <param name="entries">The tensors, names unique.</param>
    /// <param name="metadata">The text map <c>__metadata__</c>, or null.</param>
    /// <exception cref="ArgumentException">A name is used twice, or an entry wrote other than its promised bytes.</exception>
    public static void Write(
        Stream stream, IEnumerable<SafetensorsEntry> entries, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = entries.OrderByDescending(e => e.Type.Size()).ToList();
        if (ordered.Select(e => e.Name).GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"Tensor '{twice.Key}' is given twice.", nameof(entries));

        stream.Write(Header(ordered, metadata));
        var counting = new CountingStream(stream);
        foreach (var entry in ordered)
        {
            var before = counting.Written;
            entry.Write(counting);
            if (counting.Written - before != entry.Bytes)
                throw new ArgumentException(
                    $"Tensor '{entry.Name}' promised {Text.Count(entry.Bytes)} bytes and wrote "
                    + $"{Text.Count(counting.Written - before)}.", nameof(entries));
        }
    }

    /// <summary>The header of a file with these tensors in this order.</summary>
    internal static byte[] Header(IReadOnlyList<SafetensorsEntry> entries, IReadOnlyDictionary<string, string>? metadata)
    {
        var json = new ArrayBufferWriter<byte>();
        var options = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(json, options))
        {
            writer.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                writer.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata)
                    writer.WriteString(key, value);
                writer.WriteEndObject();
            }

            long offset = 0;
            foreach (var entry in entries)
            {
                writer.WriteStartObject(entry.Name);
                writer.WriteString("dtype", entry.Type.ToString());
                WriteNumbers(writer, "shape", entry.Shape);
                WriteNumbers(writer, "data_offsets", [offset, checked(offset + entry.Bytes)]);
                writer.WriteEndObject();
                offset += entry.Bytes;
            }

            writer.WriteEndObject();
        }

        // Blanks after the JSON let the data begin at a multiple of eight bytes.
        var padded = (json.WrittenCount + 7) / 8 * 8;
        if (padded > SafetensorsHeader.MaxBytes)
            throw new ArgumentException("The header is larger than the format allows.", nameof(entries));
        var header = new byte[8 + padded];
        BinaryPrimitives.WriteInt64LittleEndian(header, padded);
        json.WrittenSpan.CopyTo(header.AsSpan(8));
        header.AsSpan(8 + json.WrittenCount).Fill((byte)' ');
        return header;
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string key, IReadOnlyList<long> numbers)
    {
        writer.WriteStartArray(key);
        foreach (var number in numbers)
            writer.WriteNumberValue(number);
        writer.WriteEndArray();
    }
}
