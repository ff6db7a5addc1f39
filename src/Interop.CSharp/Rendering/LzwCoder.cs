namespace MtrlFunctional.Rendering;

/// <summary>GIF's variant of the Lempel–Ziv–Welch code, for bytes.</summary>
internal sealed class LzwCoder
{
    private const int Clear = 256;
    private const int End = 257;
    private const int Most = 4096;

    // The code of a known text followed by a byte.
    private readonly Dictionary<int, int> _codes = new(Most);
    private readonly byte[] _block = new byte[256];
    private int _bits;
    private int _held;

    /// <summary>Writes the code size, blocks of codes, and the empty block at the end.</summary>
    internal void Write(byte[] text, Stream into)
    {
        into.WriteByte(8);
        (_bits, _held, _block[0]) = (0, 0, 0);
        var size = 9;
        Put(Clear, size, into);
        _codes.Clear();
        int prefix = text[0];
        foreach (var next in text.AsSpan(1))
        {
            var longer = (prefix << 8) | next;
            if (_codes.TryGetValue(longer, out var known))
            {
                prefix = known;
                continue;
            }

            Put(prefix, size, into);
            var code = End + 1 + _codes.Count;
            if (code == Most)
            {
                Put(Clear, size, into);
                _codes.Clear();
                size = 9;
            }
            else
            {
                _codes[longer] = code;
                if (code == 1 << size)
                    size++;
            }

            prefix = next;
        }

        Put(prefix, size, into);
        Put(End, size, into);
        if (_held > 0)
            Byte((byte)_bits, into);
        Flush(into);
        into.WriteByte(0);
    }

    private void Put(int code, int size, Stream into)
    {
        _bits |= code << _held;
        for (_held += size; _held >= 8; _held -= 8, _bits >>= 8)
            Byte((byte)_bits, into);
    }

    private void Byte(byte value, Stream into)
    {
        _block[++_block[0]] = value;
        if (_block[0] == 255)
            Flush(into);
    }

    private void Flush(Stream into)
    {
        if (_block[0] > 0)
            into.Write(_block, 0, _block[0] + 1);
        _block[0] = 0;
    }
}
