using System.Runtime.CompilerServices;

namespace MtrlFunctional.Replay;

/// <summary>Rows down and pixels to the right, each in [−Pad, Pad].</summary>
internal readonly record struct ShiftOffset(int Down, int Right);

/// <summary>What <see cref="RandomShift"/> does to pictures.</summary>
internal static class RandomShifts
{
    /// <summary>Whether a frame is a whole number of pictures larger than the shift.</summary>
    internal static bool Fits(this RandomShift shift, int frame) =>
        shift.Pad >= 1 && Math.Min(shift.Height, shift.Width) > shift.Pad && frame % (shift.Height * shift.Width) == 0;

    /// <summary>Shift of the observation, or of the next one, in a row of a batch.</summary>
    internal static ShiftOffset Of(this RandomShift shift, long row, bool next)
    {
        var (seed, counter) = (KeyModule.Bits(shift.Key), ((ulong)row << 2) + (next ? 2UL : 0));
        int Draw(ulong at) => (int)Keys.BelowAt(seed, at, (2 * shift.Pad) + 1) - shift.Pad;
        return new ShiftOffset(Draw(counter), Draw(counter + 1));
    }

    /// <summary>Copies a frame [channels; height; width], shifted: the offset is the pixel of the source that becomes pixel
    /// 0.</summary>
    internal static unsafe void Copy(this RandomShift shift, byte* from, byte* to, int bytes, ShiftOffset offset)
    {
        var (height, width) = (shift.Height, shift.Width);

        // Columns [left, right) of the result are inside the source.
        var (left, right) = (Math.Max(0, -offset.Right), Math.Min(width, width - offset.Right));
        for (var plane = 0; plane < bytes; plane += height * width)
            for (var y = 0; y < height; y++, to += width)
            {
                var row = from + plane + (Math.Clamp(y + offset.Down, 0, height - 1) * width);
                Unsafe.InitBlockUnaligned(to, row[0], (uint)left);
                Unsafe.CopyBlockUnaligned(to + left, row + left + offset.Right, (uint)(right - left));
                Unsafe.InitBlockUnaligned(to + right, row[width - 1], (uint)(width - right));
            }
    }
}
