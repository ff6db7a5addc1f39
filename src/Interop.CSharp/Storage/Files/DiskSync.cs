using Microsoft.Win32.SafeHandles;

namespace MtrlFunctional.Storage;

/// <summary>Makes data survive a power loss, by <c>fsync</c> of the C library: .NET's ignores EROFS, which file systems answer
/// after they lost data.</summary>
/// <remarks>A failed sync is never repeated: Linux drops the data and lets the second one succeed.</remarks>
internal static partial class DiskSync
{
    private const int Interrupted = 4; // EINTR

    /// <summary>Syncs the content of a file.</summary>
    /// <exception cref="IOException">The disk failed or is full; some of the content is lost.</exception>
    internal static void File(SafeFileHandle file, string path)
    {
        while (Sync(file) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
                throw Failed(path, "synced");
        }
    }

    /// <summary>Syncs renames, creations and deletions in a folder.</summary>
    /// <exception cref="IOException">The disk failed, or the folder cannot be opened.</exception>
    internal static void Folder(string folder)
    {
        SafeFileHandle opened;
        do
            opened = Open(Path.GetFullPath(folder), 0); // Like .NET, which resolves '..' by the text of a path.
        while (opened.IsInvalid && Marshal.GetLastPInvokeError() == Interrupted);
        if (opened.IsInvalid)
            throw Failed(folder, "opened to sync it");
        using (opened)
            File(opened, folder);
    }

    private static IOException Failed(string path, string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{path} cannot be {what}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);
}
