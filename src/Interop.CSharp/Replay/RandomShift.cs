using System.Runtime.CompilerServices;

namespace MtrlFunctional.Replay;

/// <summary>
/// Random shifts of pictures: each observation of a batch is padded by repetition of its border and cropped at
/// random to its size. All frames of an observation are shifted alike; an observation and the next one
/// independently. Source: Kostrikov, Yarats and Fergus (2020), arXiv:2004.13649, section 4.1.
/// </summary>
/// <param name="Pad">Largest shift in pixels, at least 1.</param>
/// <param name="Height">Rows of a picture.</param>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Key">Key of the shifts: the shift of a row depends on it and on the number of the row only.</param>
public sealed record RandomShift(int Pad, int Height, int Width, Key Key)
{
    private readonly ulong _seed = KeyModule.Bits(Key);

    /// <summary>Whether a frame is a whole number of pictures larger than the shift.</summary>
    internal bool Fits(int frame) =>
        Pad >= 1 && Math.Min(Height, Width) > Pad && frame % (Height * Width) == 0;

    /// <summary>Shift of an observation.</summary>
    /// <param name="row">Number of the row in the batch.</param>
    /// <param name="next">Whether the shift is for the next observation.</param>
    internal Offset Of(long row, bool next)
    {
        var counter = ((ulong)row << 2) + (next ? 2UL : 0);
        int Draw(ulong at) => (int)CounterRandom.Below(_seed, at, (2 * Pad) + 1) - Pad;
        return new Offset(Draw(counter), Draw(counter + 1));
    }

    /// <summary>Copies a frame, shifted.</summary>
    /// <param name="from">[channels; height; width].</param>
    /// <param name="to">The destination, of the same size.</param>
    /// <param name="bytes">Bytes of the frame.</param>
    /// <param name="offset">The pixel of the source at the place of pixel 0.</param>
    internal unsafe void Copy(byte* from, byte* to, int bytes, Offset offset)
    {
        // Columns [left, right) of the result are inside the source.
        var (left, right) = (Math.Max(0, -offset.Right), Math.Min(Width, Width - offset.Right));
        for (var plane = 0; plane < bytes; plane += Height * Width)
            for (var y = 0; y < Height; y++, to += Width)
            {
                var row = from + plane + (Math.Clamp(y + offset.Down, 0, Height - 1) * Width);
                Unsafe.InitBlockUnaligned(to, row[0], (uint)left);
                Unsafe.CopyBlockUnaligned(to + left, row + left + offset.Right, (uint)(right - left));
                Unsafe.InitBlockUnaligned(to + right, row[Width - 1], (uint)(Width - right));
            }
    }

    /// <summary>Rows down and pixels to the right, each in [−Pad, Pad].</summary>
    internal readonly record struct Offset(int Down, int Right);
}
