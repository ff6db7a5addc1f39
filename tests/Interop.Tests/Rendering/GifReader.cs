namespace MtrlFunctional.Tests.Rendering;

/// <summary>An animated GIF as browsers show it: each frame over the one before, with its delay.</summary>
internal sealed record GifReader(int Width, int Height, IReadOnlyList<byte[]> Frames, IReadOnlyList<int> Delays)
{
    internal static GifReader Read(string path)
    {
        using var file = new BinaryReader(File.OpenRead(path));
        if (!file.ReadBytes(6).AsSpan().SequenceEqual("GIF89a"u8))
            throw new InvalidDataException("no GIF");
        var (width, height) = (file.ReadUInt16(), file.ReadUInt16());
        var flags = file.ReadByte();
        file.ReadBytes(2);
        var global = Palette(file, flags);
        var (frames, delays, shown, transparent) = (new List<byte[]>(), new List<int>(), new byte[3 * width * height], -1);
        while (true)
        {
            switch (file.ReadByte())
            {
                case 0x3B:
                    return new GifReader(width, height, frames, delays);
                case 0x21 when file.ReadByte() == 0xF9:
                    var control = Blocks(file);
                    delays.Add(control[1] | (control[2] << 8));
                    transparent = (control[0] & 1) != 0 ? control[3] : -1;
                    break;
                case 0x21:
                    Blocks(file);
                    break;
                case 0x2C:
                    file.ReadBytes(8);
                    var own = file.ReadByte();
                    var palette = (own & 0x80) != 0 ? Palette(file, own) : global;
                    var indices = Decode(file.ReadByte(), Blocks(file));
                    for (var i = 0; i < width * height; i++)
                        if (indices[i] != transparent)
                            palette.AsSpan(3 * indices[i], 3).CopyTo(shown.AsSpan(3 * i));
                    frames.Add([.. shown]);
                    break;
                case var other:
                    throw new InvalidDataException($"block {other:X}");
            }
        }
    }

    private static byte[] Palette(BinaryReader file, int flags) =>
        (flags & 0x80) != 0 ? file.ReadBytes(3 << ((flags & 7) + 1)) : [];

    private static byte[] Blocks(BinaryReader file)
    {
        var bytes = new List<byte>();
        while (file.ReadByte() is var length and > 0)
            bytes.AddRange(file.ReadBytes(length));
        return [.. bytes];
    }

    private static List<byte> Decode(int first, byte[] bytes)
    {
        var (clear, text, texts) = (1 << first, new List<byte>(), new List<byte[]>());
        var (size, bit) = (first + 1, 0);
        byte[] before = [];
        while (true)
        {
            var code = 0;
            for (var i = 0; i < size; i++, bit++)
                code |= ((bytes[bit / 8] >> (bit % 8)) & 1) << i;
            if (code == clear + 1)
                return text;
            if (code == clear)
            {
                texts = [.. Enumerable.Range(0, clear).Select(value => new[] { (byte)value }), [], []];
                (size, before) = (first + 1, []);
                continue;
            }

            byte[] now = code < texts.Count ? texts[code] : [.. before, before[0]];
            text.AddRange(now);
            if (before.Length > 0 && texts.Count < 4096)
                texts.Add([.. before, now[0]]);
            if (texts.Count == 1 << size && size < 12)
                size++;
            before = now;
        }
    }
}
