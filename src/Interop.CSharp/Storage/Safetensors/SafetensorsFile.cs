using System.Buffers.Binary;
using System.Numerics;
using Microsoft.Win32.SafeHandles;

namespace MtrlFunctional.Storage;

/// <summary>A safetensors file is damaged, of another format, or lacks a requested tensor.</summary>
/// <param name="path">The file, as it was given.</param>
/// <param name="fault">What is wrong, without the path.</param>
/// <param name="cause">The runtime error, or null.</param>
public sealed class SafetensorsException(string path, string fault, Exception? cause = null)
    : MtrlException($"{path}: {fault}", inner: cause);

/// <summary>An open safetensors file. Its header is checked as a whole when it is opened; data is read when asked for, by
/// positioned reads, so files larger than memory work and threads may share the file. Dispose closes it.</summary>
/// <remarks>Numbers are read exactly or refused: a type is widened, never narrowed.</remarks>
public sealed class SafetensorsFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, SafetensorsTensor> _byName;

    private SafetensorsFile(
        string path, SafeFileHandle handle, List<SafetensorsTensor> tensors, Dictionary<string, string> metadata)
    {
        (Path, _handle, Tensors, Metadata) = (path, handle, tensors, metadata);
        _byName = tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
    }

    /// <summary>The path, as it was given.</summary>
    public string Path { get; }

    /// <summary>All tensors, in the order of their data.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    /// <summary>The text map <c>__metadata__</c>; empty where the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Names of all tensors, in the order of their data.</summary>
    public IEnumerable<string> Names => Tensors.Select(t => t.Name);

    /// <summary>Opens a file and checks its whole header against its length.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The open file; the caller disposes it.</returns>
    /// <exception cref="SafetensorsException">Missing, unreadable, truncated or malformed.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            if (PlainFile.FaultOfGiven(path) is { } fault)
                throw new SafetensorsException(path, fault);
            handle = File.OpenHandle(path);
            var (tensors, metadata) = ReadHeader(path, handle);
            return new SafetensorsFile(path, handle, tensors, metadata);
        }
        catch (Exception e)
        {
            handle?.Dispose();
            throw e switch
            {
                FileNotFoundException or DirectoryNotFoundException => new SafetensorsException(path, "no such file.", e),
                IOException or UnauthorizedAccessException or ArgumentException => Unreadable(path, e),
                _ => e,
            };
        }
    }

    private static (List<SafetensorsTensor>, Dictionary<string, string>) ReadHeader(
        string path, SafeFileHandle handle)
    {
        var length = RandomAccess.GetLength(handle);
        if (length < 8)
            throw new SafetensorsException(
                path, $"{Text.Count(length)} bytes, where a safetensors file has at least 8: this is not a safetensors file, or it was truncated.");

        Span<byte> prefix = stackalloc byte[8];
        ReadExactly(path, handle, prefix, 0);
        var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerBytes > SafetensorsHeader.MaxBytes)
            throw new SafetensorsException(path, OtherFormat(prefix) ?? $"states a header of {headerBytes} bytes, more than the "
                + $"{Text.Count(SafetensorsHeader.MaxBytes)} that are read: perhaps this is not a safetensors file.");
        if ((long)headerBytes > length - 8)
            throw new SafetensorsException(path, OtherFormat(prefix)
                ?? $"{Text.Count(length)} bytes, its header alone has {Text.Count(8 + (long)headerBytes)}: it was cut off.");

        var header = new byte[(int)headerBytes];
        ReadExactly(path, handle, header, 8);
        var dataStart = 8 + (long)headerBytes;
        var (tensors, metadata) = new SafetensorsHeader(path, dataStart).Parse(header);

        var stated = tensors.Count == 0 ? dataStart : tensors[^1].Offset + tensors[^1].Bytes;
        if (stated != length)
            throw new SafetensorsException(
                path, $"{Text.Count(length)} bytes, its header states {Text.Count(stated)}.");
        return (tensors, metadata);
    }

    /// <summary>The format of a file that is no safetensors file, from its first bytes, as a fault; null: not
    /// recognised.</summary>
    private static string? OtherFormat(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("PK\u0003\u0004"u8))
            return "is a zip file, as torch.save writes, not a safetensors file.";
        // The version of its format, then the length of its producer's name.
        if (head[0] == 0x08 && head[2] == 0x12)
            return "is an ONNX file, as exported policies are, not a safetensors file.";
        foreach (var character in head)
            // No UTF-8 has bytes above 0xF4.
            if (character is (< (byte)' ' and not ((byte)'\t' or (byte)'\n' or (byte)'\r')) or > 0xF4)
                return null;
        return "is a text, not a safetensors file.";
    }

    /// <summary>Whether the file holds a tensor of this name.</summary>
    /// <param name="name">The key.</param>
    /// <returns>True if the file has the tensor.</returns>
    public bool Contains(string name) => _byName.ContainsKey(name.Given());

    /// <summary>Type, shape and offset of a tensor.</summary>
    /// <param name="name">The key.</param>
    /// <returns>Header entry of the tensor.</returns>
    /// <exception cref="SafetensorsException">There is no such tensor; the message lists some that are.</exception>
    public SafetensorsTensor Tensor(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_byName.TryGetValue(name, out var tensor))
            return tensor;
        var some = string.Join(", ", Names.Take(8)) + (Tensors.Count > 8 ? ", …" : "");
        throw new SafetensorsException(
            Path, $"holds no tensor '{name}'; it holds {(Tensors.Count == 0 ? "none" : some)}.");
    }

    /// <summary>Reads floating point or integer elements as doubles, exactly.</summary>
    /// <param name="name">The key.</param>
    /// <returns>All elements, row by row.</returns>
    /// <exception cref="SafetensorsException">No such tensor, or a 64-bit integer beyond 2⁵³.</exception>
    public double[] ReadDoubles(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var tensor = Tensor(name);
        return tensor.Type switch
        {
            SafetensorsType.F64 => ReadAs<double>(tensor),
            SafetensorsType.F32 => Widen<float, double>(tensor),
            SafetensorsType.F16 => Widen<Half, double>(tensor),
            SafetensorsType.BF16 => Array.ConvertAll(ReadAs<ushort>(tensor), bits => (double)FromBFloat16(bits)),
            _ => Array.ConvertAll(ReadLongs(name), x => ToDouble(tensor, x)),
        };
    }

    /// <summary>Reads 32- or 16-bit floating point elements, or integers of at most 16 bits.</summary>
    /// <param name="name">The key.</param>
    /// <returns>All elements, row by row.</returns>
    /// <exception cref="SafetensorsException">No such tensor, or a type that floats cannot hold exactly.</exception>
    public float[] ReadFloats(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var tensor = Tensor(name);
        return tensor.Type switch
        {
            SafetensorsType.F32 => ReadAs<float>(tensor),
            SafetensorsType.F16 => Widen<Half, float>(tensor),
            SafetensorsType.BF16 => Array.ConvertAll(ReadAs<ushort>(tensor), FromBFloat16),
            SafetensorsType.F64 or SafetensorsType.I64 or SafetensorsType.I32 => throw Narrowing(tensor, "floats"),
            _ => Array.ConvertAll(ReadLongs(name), x => (float)x),
        };
    }

    /// <summary>Reads integer or boolean elements.</summary>
    /// <param name="name">The key.</param>
    /// <returns>All elements, row by row.</returns>
    /// <exception cref="SafetensorsException">No such tensor, or not of an integer type.</exception>
    public long[] ReadLongs(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var tensor = Tensor(name);
        return tensor.Type switch
        {
            SafetensorsType.I64 => ReadAs<long>(tensor),
            SafetensorsType.I32 => Widen<int, long>(tensor),
            SafetensorsType.I16 => Widen<short, long>(tensor),
            SafetensorsType.I8 => Widen<sbyte, long>(tensor),
            SafetensorsType.U8 or SafetensorsType.BOOL => Widen<byte, long>(tensor),
            _ => throw Narrowing(tensor, "integers"),
        };
    }

    /// <summary>Reads integer elements of at most 32 bits, or 64-bit elements that fit.</summary>
    /// <param name="name">The key.</param>
    /// <returns>All elements, row by row.</returns>
    /// <exception cref="SafetensorsException">No such tensor, not of an integer type, or out of range.</exception>
    public int[] ReadInts(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var tensor = Tensor(name);
        return Array.ConvertAll(
            ReadLongs(name),
            x => x is >= int.MinValue and <= int.MaxValue
                ? (int)x
                : throw new SafetensorsException(Path, $"tensor '{name}' holds {Text.Count(x)}, beyond 32 bits."));
    }

    /// <summary>The bytes of a tensor, as stored in the file.</summary>
    /// <param name="name">The key.</param>
    /// <returns>All bytes, little-endian.</returns>
    /// <exception cref="SafetensorsException">No such tensor, or more than 2 GB: use <see cref="ReadRaw"/>.</exception>
    public byte[] Raw(string name) => ReadAs<byte>(Tensor(name.Given()));

    /// <summary>Fills a buffer with bytes of a tensor, from an offset inside it.</summary>
    /// <param name="name">The key.</param>
    /// <param name="start">First byte to read, counted from the start of the tensor.</param>
    /// <param name="destination">Destination of the bytes; filled entirely.</param>
    /// <exception cref="SafetensorsException">No such tensor, or the range reaches beyond its end.</exception>
    public void ReadRaw(string name, long start, Span<byte> destination)
    {
        var tensor = Tensor(name);
        if (start < 0 || start > tensor.Bytes - destination.Length)
            throw new SafetensorsException(
                Path, $"tensor '{name}' has {Text.Count(tensor.Bytes)} bytes, "
                + $"asked for {Text.Count(destination.Length)} from {Text.Count(start)} on.");
        ReadExactly(Path, _handle, destination, tensor.Offset + start);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    private T[] ReadAs<T>(SafetensorsTensor tensor)
        where T : unmanaged
    {
        var count = tensor.Bytes / Marshal.SizeOf<T>();
        if (count > Array.MaxLength || tensor.Bytes > int.MaxValue)
            throw new SafetensorsException(
                Path, $"tensor '{tensor.Name}' has {Text.Size(tensor.Bytes)}, more than one array holds.");
        var values = new T[count];
        ReadExactly(Path, _handle, MemoryMarshal.AsBytes(values.AsSpan()), tensor.Offset);
        return values;
    }

    private TTo[] Widen<TFrom, TTo>(SafetensorsTensor tensor)
        where TFrom : unmanaged, INumberBase<TFrom>
        where TTo : INumberBase<TTo> =>
        Array.ConvertAll(ReadAs<TFrom>(tensor), TTo.CreateChecked);

    private double ToDouble(SafetensorsTensor tensor, long value) =>
        value is >= -(1L << 53) and <= 1L << 53
            ? value
            : throw new SafetensorsException(
                Path, $"tensor '{tensor.Name}' holds {Text.Count(value)}, which a double cannot hold exactly.");

    private SafetensorsException Narrowing(SafetensorsTensor tensor, string wanted) =>
        new(Path, $"tensor '{tensor.Name}' is of type {tensor.Type} and cannot be read as {wanted} without loss.");

    private static float FromBFloat16(ushort bits) => BitConverter.Int32BitsToSingle(bits << 16);

    private static void ReadExactly(string path, SafeFileHandle handle, Span<byte> destination, long offset)
    {
        try
        {
            for (int read; destination.Length > 0; destination = destination[read..], offset += read)
                if ((read = RandomAccess.Read(handle, destination, offset)) == 0)
                    throw new SafetensorsException(path, "became shorter while it was read.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, e);
        }
    }

    private static SafetensorsException Unreadable(string path, Exception e) =>
        new(path, $"cannot be read ({e.Message.TrimEnd('.')}).", e);
}
