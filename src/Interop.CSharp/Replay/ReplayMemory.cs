using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using MtrlFunctional.Storage;

namespace MtrlFunctional.Replay;

/// <summary>
/// Memory of a replay outside the managed heap, of any size: main memory, or a mapped file. Main memory that is
/// never written takes none.
/// </summary>
/// <remarks>
/// A file has no name once it is open, so its space is free again when the process ends, however it ends. All of its
/// space is taken at once: a disk that is full later cannot stop a run.
/// </remarks>
internal sealed unsafe class ReplayMemory : IDisposable
{
    private readonly MemoryMappedViewAccessor? _view;
    private byte* _start;

    private ReplayMemory(byte* start, MemoryMappedViewAccessor? view)
    {
        _start = start;
        _view = view;
    }

    /// <summary>Frees the memory of a replay that was not disposed.</summary>
    ~ReplayMemory() => Free();

    /// <summary>First byte.</summary>
    internal byte* Start => _start;

    /// <summary>Reserves main memory.</summary>
    /// <param name="bytes">At least 1.</param>
    /// <exception cref="OutOfMemoryException">Not available.</exception>
    internal static ReplayMemory InMemory(long bytes) =>
        bytes <= GC.GetGCMemoryInfo().TotalAvailableMemoryBytes
            ? new ReplayMemory((byte*)NativeMemory.Alloc((nuint)bytes), null)
            : throw new OutOfMemoryException();

    /// <summary>Reserves space on a disk.</summary>
    /// <param name="folder">An existing folder on the disk.</param>
    /// <param name="bytes">At least 1.</param>
    /// <exception cref="MtrlException">The disk has not that much space, or failed.</exception>
    internal static ReplayMemory InFile(string folder, long bytes)
    {
        var path = Path.Combine(folder, $"{RunFolder.ReplayPrefix}{Guid.NewGuid():N}");
        try
        {
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                PreallocationSize = bytes,
                BufferSize = 0,
            });
            try
            {
                file.SetLength(bytes);
                using var mapped = MemoryMappedFile.CreateFromFile(
                    file, null, bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
                var view = mapped.CreateViewAccessor(0, bytes);
                byte* start = null;
                view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
                return new ReplayMemory(start + view.PointerOffset, view);
            }
            finally
            {
                File.Delete(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MtrlException(
                $"{folder}: the file of the replay takes {Text.Size(bytes)}: {e.Message} "
                + "Lower replay_buffer.capacity, or choose a folder on a larger disk.",
                inner: e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_start is null)
            return;
        if (_view is null)
        {
            NativeMemory.Free(_start);
        }
        else
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
        }

        _start = null;
    }
}
