using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace MtrlFunctional.Replay;

/// <summary>A file of records, mapped into memory: a safetensors file with one tensor. Its space on the disk is taken when it is
/// made, so that no write through the mapping can fail. Dispose removes its name; checkpoints keep names of their own.</summary>
internal sealed unsafe partial class RecordFile : IDisposable
{
    private const int Interrupted = 4; // EINTR
    private const int TooLarge = 27; // EFBIG

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
        try
        {
            using var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            Reserve(file, bytes);
            file.Write(header);
            return new RecordFile(path, file, header.Length, MemoryMappedFileAccess.ReadWrite);
        }
        catch
        {
            DurableFile.TryDelete(path);
            throw;
        }
    }

    // .NET's preallocation leaves a sparse file on file systems without it, where a full disk would later kill the process.
    private static void Reserve(FileStream file, long bytes)
    {
        int error;
        do
            error = Allocate(file.SafeFileHandle, 0, bytes);
        while (error == Interrupted);
        if (error == 0)
            return;
        var fault = new IOException($"{Storage.Text.Count(bytes)} bytes could not be reserved: {Marshal.GetPInvokeErrorMessage(error)}", error);
        throw error == TooLarge ? DurableFile.Full(fault) : fault;
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

    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    private static partial int Allocate(SafeFileHandle file, long offset, long length);
}
