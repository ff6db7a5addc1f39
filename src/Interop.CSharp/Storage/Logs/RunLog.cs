using System.Text.Encodings.Web;
using Microsoft.Win32.SafeHandles;

namespace MtrlFunctional.Storage;

/// <summary>A log of a run: a file that grows by whole records and goes on where a checkpoint says. A record is one write to the
/// operating system, so a killed process loses the record in progress at most; a record that does not fit on the disk is removed.
/// Not thread-safe.</summary>
public abstract class RunLog : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle _file;

    /// <summary>Opens a log and truncates it to the last saved position.</summary>
    /// <param name="path">The file in the folder of a run; made if it is missing.</param>
    /// <param name="position">The saved length; later records are computed again and would appear twice.</param>
    /// <param name="wholeLength">
    /// Length of the whole records of a content, where the file is shorter than it should be; null: of its whole lines.
    /// </param>
    /// <exception cref="MtrlException">The file cannot be written, or is not a regular file.</exception>
    private protected RunLog(string path, long position, Func<byte[], long>? wholeLength = null)
    {
        (_path, Name) = (path, Path.GetFileName(path));
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            var found = PlainFile.Check(folder, Path.GetFullPath(path));
            if (found.Names > 1)
                Unlink(path);
            IsShorter = found.Bytes < position;
            if (found.Kind == PlainFile.Kind.File && IsShorter)
                position = (wholeLength ?? WholeLines)(File.ReadAllBytes(path));
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

    /// <summary>Name of the file.</summary>
    public string Name { get; }

    /// <summary>Length of all whole records in bytes.</summary>
    public long Position { get; private set; }

    /// <summary>Whether records before the saved position are missing.</summary>
    internal bool IsShorter { get; }

    /// <summary>Flushes to the disk, so that a checkpoint may refer to the position.</summary>
    /// <exception cref="MtrlException">The disk failed or is full: records may be lost.</exception>
    public void Sync() => DurableFile.Explained(_path, () => DiskSync.File(_file, _path));

    /// <summary>Closes it.</summary>
    public void Dispose() => _file.Dispose();

    private protected void Write(ReadOnlySpan<byte> record)
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

    private protected void WriteObject(Action<Utf8JsonWriter> write)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        Write(line.GetBuffer().AsSpan(0, (int)line.Length));
    }

    private static long WholeLines(byte[] content) => Array.LastIndexOf(content, (byte)'\n') + 1;

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
