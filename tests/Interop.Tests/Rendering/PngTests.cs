using System.Buffers.Binary;
using System.IO.Compression;

namespace MtrlFunctional.Tests.Rendering;

public sealed class PngTests
{
    [TestCase(1, 1)]
    [TestCase(7, 3)]
    [TestCase(64, 48)]
    public void APictureIsReadBackAsItWas(int width, int height)
    {
        var pixels = new byte[3 * width * height];
        new Random(1).NextBytes(pixels);
        var file = new MemoryStream();
        Png.Write(new Frame(width, height, pixels), file);
        var (readWidth, readHeight, read) = Read(file.ToArray());
        Assert.That((readWidth, readHeight), Is.EqualTo((width, height)));
        Assert.That(read, Is.EqualTo(pixels));
    }

    [Test]
    public void AWrongNumberOfPixelsIsRefused() =>
        Assert.That(() => new Frame(2, 2, new byte[11]), Throws.ArgumentException.With.Message.Contains("12 bytes, got 11"));

    // A reader of its own, from the standard: checks every checksum, and that no row is filtered.
    private static (int Width, int Height, byte[] Pixels) Read(byte[] file)
    {
        Assert.That(file[..8], Is.EqualTo(new byte[] { 137, 80, 78, 71, 13, 10, 26, 10 }));
        byte[] header = [], data = [];
        for (var at = 8; at < file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            var typed = file.AsSpan(at + 4, length + 4);
            Assert.That(BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + length)), Is.EqualTo(Crc(typed)));
            var type = System.Text.Encoding.ASCII.GetString(typed[..4]);
            if (type == "IHDR")
                header = typed[4..].ToArray();
            if (type == "IDAT")
                data = [.. data, .. typed[4..]];
            at += length + 12;
        }

        Assert.That(header[8..], Is.EqualTo(new byte[] { 8, 2, 0, 0, 0 }));
        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(header), BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4)));
        var rows = new MemoryStream();
        using (var zlib = new ZLibStream(new MemoryStream(data), CompressionMode.Decompress))
            zlib.CopyTo(rows);
        byte[][] filtered = [.. rows.ToArray().Chunk(1 + (3 * width))];
        Assert.That(filtered.Select(row => row[0]), Is.All.EqualTo(0));
        return (width, height, [.. filtered.SelectMany(row => row[1..])]);
    }

    private static uint Crc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var octet in data)
        {
            crc ^= octet;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
        }

        return ~crc;
    }
}
