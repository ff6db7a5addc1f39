namespace MtrlFunctional.Rendering;

/// <summary>A picture.</summary>
public sealed class Frame
{
    /// <summary>Takes ownership of an array of pixels.</summary>
    /// <param name="width">Pixels a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="pixels">height × width × 3 bytes: red, green, blue; rows from the top. Not copied.</param>
    /// <exception cref="ArgumentException">A wrong length.</exception>
    public Frame(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (pixels.Length != 3 * width * height)
            throw new ArgumentException(
                $"A frame of {width} × {height} has {3 * width * height} bytes, got {pixels.Length}.", nameof(pixels));
        (Width, Height, Pixels) = (width, height, pixels);
    }

    /// <summary>Pixels a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Shape [height; width; 3]: red, green, blue; rows from the top.</summary>
    public byte[] Pixels { get; }

    /// <summary>Writes the picture as a PNG file, replacing an existing file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="MtrlException">The disk is full or the folder cannot be written; the old file stays.</exception>
    public void SavePng(string path) => OutputFile.Write(path.Given(), file => Png.Write(this, file));
}
