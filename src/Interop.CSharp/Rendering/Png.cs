using System.Buffers.Binary;
using System.IO.Compression;

namespace MtrlFunctional.Rendering;

/// <summary>Pictures as PNG: 8 bits a channel, no transparency. Format: W3C, Portable Network Graphics (3rd edition).</summary>
internal static class Png
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    internal static void Write(Frame frame, Stream to)
    {
        to.Write(Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, frame.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], frame.Height);
        // 8 bits, red-green-blue; the rest has one legal value.
        (header[8], header[9]) = (8, 2);
        WriteChunk(to, "IHDR"u8, header);
        WriteChunk(to, "IDAT"u8, Compress(frame));
        WriteChunk(to, "IEND"u8, []);
    }

    // Rows as they are: of pictures of scenes, filters (§9.2) take more than they save.
    private static ReadOnlySpan<byte> Compress(Frame frame)
    {
        var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
            foreach (var row in frame.Pixels.Chunk(frame.Pixels.Length / frame.Height))
                zlib.Write([0, .. row]);
        return compressed.GetBuffer().AsSpan(0, (int)compressed.Length);
    }

    private static void WriteChunk(Stream to, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        to.Write(number);
        to.Write(type);
        to.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, type), data));
        to.Write(number);
    }

    // CRC-32 of ISO 3309, reflected.
    private static uint Crc(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (var octet in data)
        {
            crc ^= octet;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        }

        return crc;
    }
}
