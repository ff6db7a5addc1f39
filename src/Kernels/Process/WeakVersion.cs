using System.Buffers.Binary;
using System.Text;

namespace MtrlFunctional.Tensors;

/// <summary>Marks a symbol version that a shared library needs as weak (VER_FLG_WEAK, System V ABI and the GNU tables of
/// versions): the loader then accepts a system without it, if no symbol of that version is used.</summary>
internal static class WeakVersion
{
    private const int NeededVersions = 0x6FFFFFFE;
    private const byte Weak = 2;

    /// <summary>Marks it in place.</summary>
    /// <param name="file">A library for 64-bit little-endian processors (ELF).</param>
    /// <param name="version">Such as GLIBCXX_3.4.32.</param>
    /// <returns>Whether the library needs that version.</returns>
    internal static bool Mark(Span<byte> file, string version)
    {
        var marked = false;
        var sections = new Table((int)U64(file, 0x28), U16(file, 0x3A));
        for (var i = 0; i < U16(file, 0x3C); i++)
        {
            var section = sections[i];
            if (U32(file, section + 4) != NeededVersions)
                continue;
            var names = (int)U64(file, sections[U32(file, section + 40)] + 24);
            var library = (int)U64(file, section + 24);
            for (var left = U32(file, section + 44); left > 0; left--)
            {
                var entry = library + U32(file, library + 8);
                for (var versions = U16(file, library + 2); versions > 0; versions--)
                {
                    if (Text(file, names + U32(file, entry + 8)) == version)
                    {
                        file[entry + 4] |= Weak;
                        marked = true;
                    }

                    entry += U32(file, entry + 12);
                }

                library += U32(file, library + 12);
            }
        }

        return marked;
    }

    private readonly record struct Table(int Start, int Size)
    {
        internal int this[int i] => Start + (i * Size);
    }

    private static ushort U16(Span<byte> file, int at) => BinaryPrimitives.ReadUInt16LittleEndian(file[at..]);

    private static int U32(Span<byte> file, int at) => BinaryPrimitives.ReadInt32LittleEndian(file[at..]);

    private static long U64(Span<byte> file, int at) => BinaryPrimitives.ReadInt64LittleEndian(file[at..]);

    private static string Text(Span<byte> file, int at) => Encoding.ASCII.GetString(file[at..][..file[at..].IndexOf((byte)0)]);
}
