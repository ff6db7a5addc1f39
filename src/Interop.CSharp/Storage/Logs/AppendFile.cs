using Microsoft.Win32.SafeHandles;

namespace MtrlFunctional.Storage;

/// <summary>
/// An append-only log. A record is one write to the operating system, so a killed process loses
/// the record in progress at most; a record that does not fit on the disk is removed.
/// </summary>
internal sealed class AppendFile : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle _file;

    /// <summary>Opens a log and truncates it to the last saved position.</summary>
    /// <param name="path">The file in the folder of a run; made if it is missing.</param>
    /// <param name="position">The saved length; later records are computed again and would appear twice.</param>
    /// <param name="wholeLength">Length of the whole records of a file, where it is shorter than it should be.</param>
    /// <exception cref="MtrlException">The file cannot be written, or is not a regular file.</exception>
    internal AppendFile(string path, long position, Func<string, long> wholeLength)
    {
        _path = path;
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            var found = PlainFile.Check(folder, Path.GetFullPath(path));
            if (found.Names > 1)
                Unlink(path);
            if (found.Kind == PlainFile.Kind.File && found.Bytes < position)
                position = wholeLength(path);
            _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            if (found.Kind == PlainFile.Kind.Missing)
                DiskSync.Folder(folder);
            if (found.Bytes > position)
                RandomAccess.SetLength(_file, position);
            Position = RandomAccess.GetLength(_file);
        }
        catch (Exception e)
        {
            _file?.Dispose();
            throw DurableFile.Explain(path, e);
        }
    }

    /// <summary>Length of all whole records.</summary>
    internal long Position { get; private set; }

    internal void Append(ReadOnlySpan<byte> record)
    {
        try
        {
            RandomAccess.Write(_file, record, Position);
            Position += record.Length;
        }
        catch (Exception e)
        {
            Truncate();
            throw DurableFile.Explain(_path, e);
        }
    }

    /// <summary>Flushes to the disk, so that a checkpoint may refer to the position.</summary>
    /// <exception cref="MtrlException">The disk failed or is full: records may be lost.</exception>
    internal void Sync()
    {
        try
        {
            DiskSync.File(_file, _path);
        }
        catch (Exception e)
        {
            throw DurableFile.Explain(_path, e);
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Length of a text file up to its last line feed.</summary>
    internal static long WholeLines(string path)
    {
        var bytes = File.ReadAllBytes(path);
        return Array.LastIndexOf(bytes, (byte)'\n') + 1;
    }

    /// <summary>Removes a record that was written in part; where that fails too, the next one overwrites it.</summary>
    private void Truncate()
    {
        try
        {
            RandomAccess.SetLength(_file, Position);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure of the write is reported.
        }
    }

    /// <summary>Gives a log with several names, such as one that a backup shares, a copy of its own.</summary>
    private static void Unlink(string path)
    {
        using var shared = File.OpenRead(path);
        DurableFile.Replace(path, shared.CopyTo);
    }
}
