using System.IO.MemoryMappedFiles;

namespace MtrlFunctional.Replay;

/// <summary>A file of records, mapped into memory: a safetensors file with one tensor. Its space on the disk is taken when it is
/// made, so that no write through the mapping can fail. Dispose removes its name; checkpoints keep names of their own.</summary>
internal sealed unsafe class RecordFile : IDisposable
{
    /// <summary>Code of .NET's exception if a disk has no room for a file, or allows none of this size; other faults have the
    /// system's number.</summary>
    private const int UnspecifiedError = unchecked((int)0x80131620); // COR_E_IO

    private readonly string _path;
    private readonly MemoryMappedViewAccessor _view;

    private RecordFile(string path, FileStream file, int header, MemoryMappedFileAccess access)
    {
        _path = path;
        using var mapped = MemoryMappedFile.CreateFromFile(file, null, 0, access, HandleInheritability.None, leaveOpen: true);
        _view = mapped.CreateViewAccessor(0, 0, access);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Records = start + _view.PointerOffset + header;
    }

    internal byte* Records { get; }

    /// <summary>Makes a file with a header and room for as many bytes.</summary>
    /// <exception cref="IOException">The disk is full or failed; no file is left.</exception>
    internal static RecordFile Create(string path, byte[] header, long bytes)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            PreallocationSize = bytes,
            BufferSize = 0,
        };
        try
        {
            using var file = new FileStream(path, options);
            file.SetLength(bytes);
            file.Write(header);
            return new RecordFile(path, file, header.Length, MemoryMappedFileAccess.ReadWrite);
        }
        catch (Exception e)
        {
            DurableFile.TryDelete(path);
            if (e is IOException { HResult: UnspecifiedError })
                throw DurableFile.Full(e);
            throw;
        }
    }

    /// <summary>Opens a file of a checkpoint, for reading, under a name of its own: a link, or a copy where the file system has
    /// no links.</summary>
    /// <exception cref="IOException">The disk is full or failed.</exception>
    internal static RecordFile Link(string path, string saved, int header)
    {
        DurableFile.LinkOrCopy(saved, path);
        using var file = File.OpenRead(path);
        return new RecordFile(path, file, header, MemoryMappedFileAccess.Read);
    }

    /// <summary>Adds a file whose records do not change any more to a checkpoint.</summary>
    internal string Save(CheckpointWriter writer, string prefix)
    {
        _view.Flush();
        return writer.LinkHashed(prefix, ".safetensors", _path).Name;
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        DurableFile.TryDelete(_path);
    }
}
