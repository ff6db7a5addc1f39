namespace MtrlFunctional.Storage;

/// <summary>A log of a run: a file that grows by whole records and goes on where a checkpoint says. Not thread-safe.</summary>
public abstract class RunLog : IDisposable
{
    private readonly AppendFile _file;

    private protected RunLog(string path, long position, Func<string, long> wholeLength)
    {
        Name = Path.GetFileName(path);
        _file = new AppendFile(path, position, wholeLength);
    }

    /// <summary>Name of the file.</summary>
    public string Name { get; }

    /// <summary>Length of the file in bytes.</summary>
    public long Position => _file.Position;

    /// <summary>Flushes to the disk.</summary>
    public void Sync() => _file.Sync();

    /// <summary>Closes it.</summary>
    public void Dispose() => _file.Dispose();

    private protected void Write(ReadOnlySpan<byte> record) => _file.Append(record);
}
