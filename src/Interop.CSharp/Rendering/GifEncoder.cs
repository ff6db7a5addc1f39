namespace MtrlFunctional.Rendering;

/// <summary>Writes an animated GIF (GIF89a) that is shown again and again.</summary>
/// <remarks>Pixels that stay as they are are transparent, so that a still background takes no space. A frame whose colours the palette
/// does not have begins another one. Delays are hundredths of a second, at least two, below which viewers show frames slowly.</remarks>
internal sealed class GifEncoder : IVideoEncoder
{
    private const int LeastDelay = 2;

    private readonly MemoryStream _file = new();
    private readonly (int Width, int Height) _size;
    private readonly double _delay;
    private readonly byte[] _shown;
    private readonly byte[] _indices;
    private readonly LzwCoder _coder = new();
    private GifPalette? _global;
    private GifPalette? _palette;
    private long _frame;
    private long _time;
    private byte[]? _skipped;

    internal GifEncoder(int width, int height, double framesPerSecond)
    {
        (_size, _delay) = ((width, height), 100 / framesPerSecond);
        (_shown, _indices) = (new byte[3 * width * height], new byte[width * height]);
    }

    public void Add(byte[] pixels)
    {
        _frame++;
        var until = (long)Math.Round(_frame * _delay);

        // The next frame takes the time of one that would be too short.
        _skipped = until - _time < LeastDelay ? [.. pixels] : null;
        if (_skipped is null)
            Show(pixels, until);
    }

    private void Show(byte[] pixels, long until)
    {
        var isFirst = _palette is null;
        if (_palette is null || !_palette.Fits(pixels))
            _palette = GifPalette.Of(pixels);
        if (isFirst)
            WriteHeader(_global = _palette);
        for (var i = 0; i < _indices.Length; i++)
        {
            var pixel = pixels.AsSpan(3 * i, 3);
            _indices[i] = !isFirst && pixel.SequenceEqual(_shown.AsSpan(3 * i, 3)) ? GifPalette.Transparent : _palette.IndexOf(pixel);
        }

        pixels.CopyTo(_shown, 0);
        WriteFrame((int)(until - _time));
        _time = until;
    }

    public void Finish(string path)
    {
        if (_skipped is { } last)
            Show(last, _time + LeastDelay);
        _file.WriteByte(0x3B);
        OutputFile.Write(path, _file.WriteTo);
    }

    public void Dispose() => _file.Dispose();

    private void WriteHeader(GifPalette palette)
    {
        _file.Write("GIF89a"u8);
        WriteSize();

        // A palette of 256 colours; no background; square pixels.
        _file.Write([0xF7, 0, 0]);
        _file.Write(palette.Colours);

        // Netscape's extension: repeat without end.
        _file.Write([0x21, 0xFF, 11]);
        _file.Write("NETSCAPE2.0"u8);
        _file.Write([3, 1, 0, 0, 0]);
    }

    private void WriteFrame(int delay)
    {
        // Graphic control: keep the picture below, one index is transparent.
        _file.Write([0x21, 0xF9, 4, 0x05, (byte)delay, (byte)(delay >> 8), GifPalette.Transparent, 0]);
        _file.Write([0x2C, 0, 0, 0, 0]);
        WriteSize();
        if (ReferenceEquals(_palette, _global))
        {
            _file.WriteByte(0);
        }
        else
        {
            _file.WriteByte(0x87);
            _file.Write(_palette!.Colours);
        }

        _coder.Write(_indices, _file);
    }

    private void WriteSize() =>
        _file.Write([(byte)_size.Width, (byte)(_size.Width >> 8), (byte)_size.Height, (byte)(_size.Height >> 8)]);
}
