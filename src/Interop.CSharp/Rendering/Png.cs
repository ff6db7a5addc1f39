using System.Buffers.Binary;
using System.IO.Compression;

namespace MtrlFunctional.Rendering;

/// <summary>Pictures as PNG: 8 bits a channel, no transparency. Format: W3C, Portable Network Graphics (3rd edition).</summary>
internal static class Png
{
    private const int BytesPerPixel = 3;
    private const int Filters = 5;

    private static readonly uint[] _crc = [.. Enumerable.Range(0, 256).Select(CrcOf)];

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

    private static ReadOnlySpan<byte> Compress(Frame frame)
    {
        var stride = BytesPerPixel * frame.Width;
        var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            ReadOnlySpan<byte> above = new byte[stride];
            var (best, tried) = (new byte[stride + 1], new byte[stride + 1]);
            for (var y = 0; y < frame.Height; y++)
            {
                ReadOnlySpan<byte> row = frame.Pixels.AsSpan(y * stride, stride);
                var least = long.MaxValue;
                for (var filter = 0; filter < Filters; filter++)
                {
                    var sum = Filter(filter, row, above, tried);
                    if (sum < least)
                        (least, best, tried) = (sum, tried, best);
                }

                zlib.Write(best);
                above = row;
            }
        }

        return compressed.GetBuffer().AsSpan(0, (int)compressed.Length);
    }

    // §9.2; the row whose differences are smallest compresses best (§12.7).
    private static long Filter(int filter, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, Span<byte> into)
    {
        var sum = 0L;
        into[0] = (byte)filter;
        for (var i = 0; i < row.Length; i++)
        {
            int left = 0, corner = 0, up = above[i];
            if (i >= BytesPerPixel)
                (left, corner) = (row[i - BytesPerPixel], above[i - BytesPerPixel]);
            var predicted = filter switch
            {
                0 => 0,
                1 => left,
                2 => up,
                3 => (left + up) / 2,
                _ => Paeth(left, up, corner),
            };
            var difference = (sbyte)(row[i] - predicted);
            into[i + 1] = (byte)difference;
            sum += Math.Abs((int)difference);
        }

        return sum;
    }

    private static int Paeth(int left, int up, int corner)
    {
        var (l, u, c) = (Math.Abs(up - corner), Math.Abs(left - corner), Math.Abs(left + up - (2 * corner)));
        return l <= u && l <= c ? left : u <= c ? up : corner;
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
    private static uint CrcOf(int octet)
    {
        var crc = (uint)octet;
        for (var bit = 0; bit < 8; bit++)
            crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        return crc;
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (var octet in data)
            crc = _crc[(byte)(crc ^ octet)] ^ (crc >> 8);
        return crc;
    }
}
