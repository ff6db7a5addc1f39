namespace MtrlFunctional.Storage;

/// <summary>One line of a log, without its end.</summary>
/// <param name="line">UTF-8; valid during the call.</param>
public delegate void LineReader(ReadOnlySpan<byte> line);

/// <summary>Reads the lines that were appended to a log since the last reading, while another process writes it. Takes no lock
/// and writes nothing. A line in progress at the end is read when it is whole. Not thread-safe.</summary>
/// <param name="path">The file in the folder of its run; it may not exist yet.</param>
public sealed class AppendedLines(string path)
{
    private const int Chunk = 1 << 18;

    /// <summary>No record of a run is as long.</summary>
    private const int LongestLine = 1 << 24;

    /// <summary>Bytes before <see cref="Position"/> by which a continuation is recognised.</summary>
    private const int Known = 64;

    private byte[] _end = [];

    /// <summary>Bytes read so far, up to the end of a line.</summary>
    public long Position { get; private set; }

    /// <summary>Reads the lines after <see cref="Position"/>.</summary>
    /// <param name="restarted">
    /// Called before the first line if the file does not continue the part that was read: it was truncated, as by a
    /// resumed run, or replaced. It is then read from its beginning.
    /// </param>
    /// <param name="line">Called for each line, also an empty one.</param>
    /// <exception cref="MtrlException">Not a regular file, unreadable, larger than 1.1 GB, or a line of more than 16 MB.</exception>
    public void Read(Action restarted, LineReader line) => PlainFile.Reading(path, () =>
    {
        using var file = Open(path);
        if (file is null || !Continues(file))
        {
            if (Position > 0)
                restarted();
            (Position, _end) = (0, []);
        }

        if (file is not null && file.Length > Position)
            ReadLines(file, line);
        return Position;
    });

    /// <summary>The whole lines at the end of a log, oldest first.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">The most bytes to read.</param>
    /// <returns>The lines; none without a file.</returns>
    /// <exception cref="MtrlException">Not a regular file, unreadable, or larger than 1.1 GB.</exception>
    internal static IReadOnlyList<ReadOnlyMemory<byte>> Last(string path, int bytes)
    {
        var start = new FileInfo(path) is { Exists: true } file ? Math.Max(0, file.Length - bytes) : 0;
        var lines = new List<ReadOnlyMemory<byte>>();
        new AppendedLines(path) { Position = start }.Read(lines.Clear, line => lines.Add(line.ToArray()));

        // The first one may be the end of a line.
        return start > 0 && lines.Count > 0 ? lines[1..] : lines;
    }

    /// <summary>The whole lines of a log, oldest first.</summary>
    internal static IReadOnlyList<ReadOnlyMemory<byte>> All(string path) =>
        File.Exists(path)
            ? Last(path, int.MaxValue)
            : throw new MtrlException($"{path}: no such file.");

    private static FileStream? Open(string path)
    {
        PlainFile.Check(Path.GetDirectoryName(path) ?? "", path, PlainFile.LogBytes);
        return File.Exists(path)
            ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0)
            : null;
    }

    private bool Continues(FileStream file)
    {
        if (file.Length < Position)
            return false;
        file.Position = Position - _end.Length;
        Span<byte> found = stackalloc byte[Known];
        found = found[.._end.Length];
        return file.ReadAtLeast(found, found.Length, throwOnEndOfStream: false) == found.Length && found.SequenceEqual(_end);
    }

    private void ReadLines(FileStream file, LineReader line)
    {
        var buffer = new byte[Chunk];
        var held = 0;
        file.Position = Position;
        while (file.Read(buffer, held, buffer.Length - held) is > 0 and var count)
        {
            held += count;
            var rest = new ReadOnlySpan<byte>(buffer, 0, held);
            for (int at; (at = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(at + 1)..])
                line(Text.WithoutMark(rest[..at]));

            var whole = held - rest.Length;
            if (whole > 0)
            {
                _end = buffer[Math.Max(0, whole - Known)..whole];
                Position += whole;
                Buffer.BlockCopy(buffer, whole, buffer, 0, rest.Length);
                held -= whole;
            }
            else if (held == buffer.Length)
            {
                if (held >= LongestLine)
                    throw new MtrlException($"{path}: has a line of more than {Text.Size(LongestLine)}, which no run writes.");
                Array.Resize(ref buffer, 2 * held);
            }
        }
    }
}
