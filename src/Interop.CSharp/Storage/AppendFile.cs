namespace MtrlFunctional.Storage;

/// <summary>
/// An append-only log. A record is one write to the operating system, so a killed process loses
/// the record in progress at most; a record that does not fit on the disk is removed.
/// </summary>
internal sealed class AppendFile : IDisposable
{
    private readonly string _path;
    private readonly FileStream _file;

    /// <summary>Opens a log and truncates it to the last saved position.</summary>
    /// <param name="path">The file; made if it is missing.</param>
    /// <param name="position">The saved length; later records are computed again and would appear twice.</param>
    /// <param name="wholeLength">Length of the whole records of a file, where it is shorter than it should be.</param>
    internal AppendFile(string path, long position, Func<string, long> wholeLength)
    {
        _path = path;
        try
        {
            if (File.Exists(path) && new FileInfo(path).Length < position)
                position = wholeLength(path);
            _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 0);
            if (_file.Length > position)
                _file.SetLength(position);
            _file.Seek(0, SeekOrigin.End);
        }
        catch (Exception e)
        {
            throw DurableFile.Explain(path, e);
        }
    }

    /// <summary>Length of all whole records.</summary>
    internal long Position => _file.Position;

    internal void Append(ReadOnlySpan<byte> record)
    {
        var before = _file.Position;
        try
        {
            DurableFile.Before?.Invoke("append");
            _file.Write(record);
        }
        catch (Exception e)
        {
            _file.SetLength(before);
            _file.Seek(before, SeekOrigin.Begin);
            throw DurableFile.Explain(_path, e);
        }
    }

    /// <summary>Flushes to the disk, so that a checkpoint may refer to the position.</summary>
    internal void Sync()
    {
        try
        {
            DurableFile.Before?.Invoke("sync");
            _file.Flush(flushToDisk: true);
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
}
