using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MtrlFunctional.Storage;

/// <summary>
/// Makes data survive a power loss, by <c>fsync</c> of the C library: .NET's ignores errors, but a failed <c>fsync</c>
/// means that data was lost.
/// </summary>
/// <remarks>A failed sync is never repeated: Linux drops the data and lets the second one succeed.</remarks>
internal static partial class DiskSync
{
    private const int Interrupted = 4; // EINTR

    /// <summary>Syncs the content of a file.</summary>
    /// <exception cref="IOException">The disk failed or is full; some of the content is lost.</exception>
    internal static void File(SafeFileHandle file, string path)
    {
        var added = false;
        try
        {
            file.DangerousAddRef(ref added);
            Sync((int)file.DangerousGetHandle(), path);
        }
        finally
        {
            if (added)
                file.DangerousRelease();
        }
    }

    /// <summary>Syncs renames, creations and deletions in a folder.</summary>
    /// <exception cref="IOException">The disk failed, or the folder cannot be opened.</exception>
    internal static void Folder(string folder)
    {
        // Like .NET, which resolves '..' by the text of a path.
        var path = Path.GetFullPath(folder);
        int descriptor;
        do
            descriptor = Open(path, 0);
        while (descriptor < 0 && Marshal.GetLastPInvokeError() == Interrupted);
        if (descriptor < 0)
            throw Failed(folder, "opened to sync it");
        try
        {
            Sync(descriptor, folder);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static void Sync(int descriptor, string path)
    {
        while (Sync(descriptor) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
                throw Failed(path, "synced");
        }
    }

    private static IOException Failed(string path, string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{path} cannot be {what}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
