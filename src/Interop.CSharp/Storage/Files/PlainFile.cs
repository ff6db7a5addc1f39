namespace MtrlFunctional.Storage;

/// <summary>Guards the files of a run's folder, which may come from a stranger: below the folder only regular files are opened,
/// no links, pipes or devices, and none beyond a size.</summary>
internal static partial class PlainFile
{
    /// <summary>What a path names.</summary>
    internal enum Kind
    {
        /// <summary>Nothing.</summary>
        Missing,

        /// <summary>A regular file.</summary>
        File,

        /// <summary>A folder.</summary>
        Folder,

        /// <summary>A symbolic link.</summary>
        Link,

        /// <summary>A pipe, socket or device.</summary>
        Special,
    }

    /// <summary>What a path names: its kind, of a file the length and the number of hard links, and an identity that a renaming
    /// does not change.</summary>
    internal readonly record struct Facts(Kind Kind, long Bytes = 0, int Names = 0, ulong Identity = 0);

    /// <summary>Size of the largest log that is read, in bytes.</summary>
    internal const long LogBytes = 1L << 30;

    /// <summary>Largest text other than a log, in bytes.</summary>
    internal const long TextBytes = 1L << 20;

    /// <summary>Requires that a path is missing or a regular file of a largest size, and all folders on the way from a root,
    /// which may itself be a link, are folders.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    internal static Facts Check(string root, string path, long maxBytes = long.MaxValue)
    {
        CheckFolder(root, Path.GetDirectoryName(path)!);
        var found = Look(path);
        if (found.Kind is not (Kind.Missing or Kind.File))
            throw Refused(path, found.Kind, "file");
        if (found.Bytes > maxBytes)
            throw new MtrlException($"{path}: {Text.Size(found.Bytes)}, more than the {Text.Size(maxBytes)} that are read.");
        return found;
    }

    /// <summary>Requires that a path below a root, which may be a link, is missing or a folder, and all folders on the way
    /// too.</summary>
    /// <exception cref="MtrlException">A link, or not a folder.</exception>
    internal static void CheckFolder(string root, string path)
    {
        var between = Path.GetRelativePath(Path.GetFullPath(Path.Combine(root, ".")), Path.GetFullPath(Path.Combine(path, ".")));
        var at = root;
        foreach (var part in between.Split(Path.DirectorySeparatorChar).Where(part => part != "."))
        {
            at = Path.Combine(at, part);
            if (Look(at).Kind is not (Kind.Missing or Kind.Folder) and var kind)
                throw Refused(at, kind, "folder");
        }
    }

    /// <summary>Reads a guarded file.</summary>
    /// <exception cref="IOException">Missing or unreadable.</exception>
    /// <exception cref="MtrlException">A link, pipe or device, or a larger file.</exception>
    internal static byte[] Read(string root, string path, long maxBytes)
    {
        Check(root, path, maxBytes);
        return File.ReadAllBytes(path);
    }

    /// <summary>The folders around a path, the innermost first.</summary>
    internal static IEnumerable<string> Around(string path)
    {
        for (var folder = Path.GetDirectoryName(Path.GetFullPath(path)); folder is not null; folder = Path.GetDirectoryName(folder))
            yield return folder;
    }

    /// <summary>Does what reads a file; its errors become messages for the user.</summary>
    internal static T Reading<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MtrlException($"{path}: cannot be read ({e.Message.TrimEnd('.')}).", inner: e);
        }
    }

    /// <summary>Why a path that a user or a configuration names is no file; null: it is one. A link is followed.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    internal static string? FaultOfGiven(string path) => Look(path, follow: true).Kind switch
    {
        Kind.Missing => "no such file.",
        Kind.Folder => "is a folder, where a file is needed.",
        Kind.Special => "is a pipe or a device, not a file.",
        _ => null,
    };

    /// <summary>What a path names; a link at its end is followed where that is asked for.</summary>
    internal static Facts Look(string path, bool follow = false)
    {
        Found found;
        while (StatX(AtWorkingFolder, Path.GetFullPath(path), follow ? 0 : NoFollow, BasicFields, out found) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error is NoEntry or NoFolder)
                return new Facts(Kind.Missing);
            if (error != Interrupted)
                throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}", error);
        }

        var kind = (found.Mode & 0xF000) switch
        {
            0x8000 => Kind.File,
            0x4000 => Kind.Folder,
            0xA000 => Kind.Link,
            _ => Kind.Special,
        };
        return new Facts(kind, (long)found.Size, (int)found.Names, found.Inode);
    }

    private static MtrlException Refused(string path, Kind kind, string wanted) =>
        new($"{path}: is {kind switch
        {
            Kind.Link => "a link",
            Kind.Folder => "a folder",
            Kind.File => "a file",
            _ => "a pipe or a device",
        }}, not a {wanted}. The folder of a run contains regular files only; nothing was read or written there.");

    private const int NoEntry = 2; // ENOENT
    private const int Interrupted = 4; // EINTR
    internal const int NoAccess = 13; // EACCES
    private const int NoFolder = 20; // ENOTDIR
    private const int AtWorkingFolder = -100; // AT_FDCWD
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const uint BasicFields = 0x7ff; // STATX_BASIC_STATS

    /// <summary><c>struct statx</c>, the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Found
    {
        [FieldOffset(16)]
        public uint Names;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int StatX(int folder, string path, int flags, uint mask, out Found found);
}
