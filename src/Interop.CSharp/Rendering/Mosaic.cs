namespace MtrlFunctional.Rendering;

/// <summary>Several pictures as one.</summary>
public static class Mosaic
{
    /// <summary>Tiles in rows, from the upper left.</summary>
    /// <param name="tiles">At least one; all of one size.</param>
    /// <param name="columns">Tiles a row, at least 1. Cells without a tile stay white.</param>
    /// <param name="gap">White pixels between two tiles.</param>
    /// <returns>A new picture.</returns>
    /// <exception cref="ArgumentException">No tile, or tiles of different sizes.</exception>
    public static Frame Of(IReadOnlyList<Frame> tiles, int columns, int gap = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(gap);
        if (tiles.Count == 0)
            throw new ArgumentException("A mosaic needs at least one tile.", nameof(tiles));
        var (width, height) = (tiles[0].Width, tiles[0].Height);
        if (tiles.Any(tile => (tile.Width, tile.Height) != (width, height)))
            throw new ArgumentException($"All tiles must be {width} × {height} as the first one.", nameof(tiles));

        columns = Math.Min(columns, tiles.Count);
        var rows = (tiles.Count + columns - 1) / columns;
        var stride = 3 * ((columns * (width + gap)) - gap);
        var pixels = new byte[stride * ((rows * (height + gap)) - gap)];
        pixels.AsSpan().Fill(byte.MaxValue);
        for (var i = 0; i < tiles.Count; i++)
        {
            var corner = (i / columns * (height + gap) * stride) + (i % columns * (width + gap) * 3);
            for (var y = 0; y < height; y++)
                tiles[i].Pixels.AsSpan(3 * width * y, 3 * width).CopyTo(pixels.AsSpan(corner + (stride * y)));
        }

        return new Frame(stride / 3, pixels.Length / stride, pixels);
    }

    /// <summary>Tiles a row that bring the whole nearest to 16 : 9 with few empty cells.</summary>
    /// <param name="count">How many tiles.</param>
    /// <param name="tileAspect">Width of a tile by its height.</param>
    /// <returns>1 to <paramref name="count"/>.</returns>
    public static int Columns(int count, double tileAspect)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        double Cost(int columns)
        {
            var rows = (count + columns - 1) / columns;
            var empty = 2.0 * ((rows * columns) - count) / columns;
            return Math.Abs(Math.Log(columns * tileAspect / rows / (16.0 / 9.0))) + empty;
        }

        return Enumerable.Range(1, count).MinBy(Cost);
    }
}
