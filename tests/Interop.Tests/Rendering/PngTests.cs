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
        var noise = new byte[3 * width * height];
        new Random(1).NextBytes(noise);
        // Noise, a flat colour and a slope: each favours another filter.
        byte[][] pictures =
        [
            noise,
            [.. noise.Select(_ => (byte)77)],
            [.. noise.Select((_, i) => (byte)((i / 3 % width) + (i / 3 / width)))],
        ];
        foreach (var pixels in pictures)
        {
            var file = new MemoryStream();
            Png.Write(new Frame(width, height, pixels), file);
            var (readWidth, readHeight, read) = Read(file.ToArray());
            Assert.That((readWidth, readHeight), Is.EqualTo((width, height)));
            Assert.That(read, Is.EqualTo(pixels));
        }
    }

    [Test]
    public void AWrongNumberOfPixelsIsRefused() =>
        Assert.That(() => new Frame(2, 2, new byte[11]), Throws.ArgumentException.With.Message.Contains("12 bytes, got 11"));

    // A reader of its own, from the standard: checks every checksum and undoes the filters.
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
        return (width, height, Unfilter(rows.ToArray(), 3 * width, height));
    }

    private static byte[] Unfilter(byte[] rows, int stride, int height)
    {
        var pixels = new byte[stride * height];
        for (var y = 0; y < height; y++)
        {
            for (var i = 0; i < stride; i++)
            {
                var left = i < 3 ? 0 : pixels[(y * stride) + i - 3];
                var up = y == 0 ? 0 : pixels[((y - 1) * stride) + i];
                var corner = i < 3 || y == 0 ? 0 : pixels[((y - 1) * stride) + i - 3];
                var estimate = left + up - corner;
                var nearest = new[] { left, up, corner }.MinBy(value => Math.Abs(estimate - value));
                int[] predictions = [0, left, up, (left + up) / 2, nearest];
                pixels[(y * stride) + i] = (byte)(rows[(y * (stride + 1)) + 1 + i] + predictions[rows[y * (stride + 1)]]);
            }
        }

        return pixels;
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
