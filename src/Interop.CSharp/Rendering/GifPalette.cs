namespace MtrlFunctional.Rendering;

/// <summary>The colours of a picture by median cut (Heckbert 1982, doi:10.1145/800064.801294), on five bits a channel.</summary>
internal sealed class GifPalette
{
    internal const byte Transparent = 255;

    private const int Bins = 1 << 15;

    /// <summary>Summed differences of the channels, above which a colour is another one; pixels of a thousand that may have one.</summary>
    private const int MostDifference = 48;
    private const int MostDifferent = 2;

    // −1: not looked for yet.
    private readonly short[] _indices = new short[Bins];
    private int _count;

    private GifPalette() => Array.Fill(_indices, (short)-1);

    /// <summary>[256; 3]: red, green, blue.</summary>
    internal byte[] Colours { get; } = new byte[3 * 256];

    /// <summary>The palette of a picture: with at most 255 bins of colours, each has an entry of its own.</summary>
    internal static GifPalette Of(byte[] pixels)
    {
        var sums = new long[Bins, 4];
        for (var i = 0; i < pixels.Length; i += 3)
        {
            var bin = Bin(pixels[i], pixels[i + 1], pixels[i + 2]);
            sums[bin, 0] += pixels[i];
            sums[bin, 1] += pixels[i + 1];
            sums[bin, 2] += pixels[i + 2];
            sums[bin, 3]++;
        }

        var boxes = new List<int[]> { Enumerable.Range(0, Bins).Where(bin => sums[bin, 3] > 0).ToArray() };
        while (boxes.Count < Transparent && Largest(boxes, sums) is { } largest)
        {
            boxes.Remove(largest);
            var (lower, upper) = Cut(largest, sums);
            boxes.Add(lower);
            boxes.Add(upper);
        }

        var palette = new GifPalette { _count = boxes.Count };
        foreach (var (index, box) in boxes.Index())
        {
            var count = box.Sum(bin => sums[bin, 3]);
            for (var channel = 0; channel < 3; channel++)
                palette.Colours[(3 * index) + channel] = (byte)(box.Sum(bin => sums[bin, channel]) / count);
            foreach (var bin in box)
                palette._indices[bin] = (short)index;
        }

        return palette;
    }

    /// <summary>Index of the nearest colour.</summary>
    internal byte IndexOf(ReadOnlySpan<byte> pixel)
    {
        ref var index = ref _indices[Bin(pixel[0], pixel[1], pixel[2])];
        if (index < 0)
        {
            var least = int.MaxValue;
            for (var i = 0; i < _count; i++)
                if (Difference(pixel, i) is var difference && difference < least)
                    (least, index) = (difference, (short)i);
        }

        return (byte)index;
    }

    /// <summary>Whether it has the colours of a picture, but for a few pixels.</summary>
    internal bool Fits(byte[] pixels)
    {
        var different = 0;
        for (var i = 0; i < pixels.Length; i += 3)
            if (Difference(pixels.AsSpan(i, 3), IndexOf(pixels.AsSpan(i, 3))) > MostDifference)
                different++;
        return different * 1000L <= MostDifferent * (pixels.Length / 3);
    }

    private int Difference(ReadOnlySpan<byte> pixel, int index) =>
        Math.Abs(pixel[0] - Colours[3 * index]) + Math.Abs(pixel[1] - Colours[(3 * index) + 1]) + Math.Abs(pixel[2] - Colours[(3 * index) + 2]);

    private static int Bin(int red, int green, int blue) => (red >> 3 << 10) | (green >> 3 << 5) | (blue >> 3);

    private static int Part(int bin, int channel) => (bin >> (10 - (5 * channel))) & 31;

    private static int Range(int[] box, int channel) => box.Max(bin => Part(bin, channel)) - box.Min(bin => Part(bin, channel));

    /// <summary>The box of several bins with the most pixels times width; null: each is a bin.</summary>
    private static int[]? Largest(List<int[]> boxes, long[,] sums) =>
        boxes.Where(box => box.Length > 1).MaxBy(box => box.Sum(bin => sums[bin, 3]) * Enumerable.Range(0, 3).Max(channel => Range(box, channel)));

    /// <summary>Two halves with as many pixels, along the widest channel.</summary>
    private static (int[] Lower, int[] Upper) Cut(int[] box, long[,] sums)
    {
        var widest = Enumerable.Range(0, 3).MaxBy(channel => Range(box, channel));
        int[] sorted = [.. box.OrderBy(bin => Part(bin, widest))];
        var (half, seen, at) = (sorted.Sum(bin => sums[bin, 3]) / 2, 0L, 0);
        while (at < sorted.Length - 1 && (at == 0 || seen + sums[sorted[at], 3] <= half))
            seen += sums[sorted[at++], 3];
        return (sorted[..at], sorted[at..]);
    }
}
