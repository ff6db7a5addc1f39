using System.Runtime.Versioning;

namespace MtrlFunctional.Storage;

/// <summary>Files that are whole or absent, also after a crash or a power loss.</summary>
internal static partial class DurableFile
{
    private const int NoSpace = 28; // ENOSPC
    private const int Quota = 122; // EDQUOT
    private const int ReadOnly = 30; // EROFS

    /// <summary>Writes aside, syncs, renames, and syncs the folder. An existing file is replaced, with its permissions. Errors are explained by <see
    /// cref="Explain"/>.</summary>
    /// <exception cref="MtrlException">The disk is full or the folder cannot be written; the old file stays.</exception>
    internal static void Replace(string path, Action<Stream> write, int exitCode = ExitCode.Stopped, string remedy = OtherBasePath)
    {
        var aside = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}.tmp";
        try
        {
            Create(aside, write);
            if (!OperatingSystem.IsWindows() && File.Exists(path))
                KeepMode(path, aside);
            File.Move(aside, path, overwrite: true);
            DiskSync.Folder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception e)
        {
            TryDelete(aside);
            throw Explain(path, e, exitCode, remedy);
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static void KeepMode(string old, string replacement)
    {
        // Some file systems have one mode for all files, and refuse to set it.
        var mode = File.GetUnixFileMode(old);
        if (mode != File.GetUnixFileMode(replacement))
            File.SetUnixFileMode(replacement, mode);
    }

    /// <summary>Writes a new file and syncs its content; the caller deletes an unfinished file.</summary>
    internal static void Create(string path, Action<Stream> write)
    {
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 16);
        write(stream);
        stream.Flush();
        DiskSync.File(stream.SafeFileHandle, path);
    }

    /// <summary>Syncs the content of an existing file to the disk.</summary>
    /// <returns>SHA-256 of the file.</returns>
    internal static string SyncAndHash(string path)
    {
        using (var handle = File.OpenHandle(path, access: FileAccess.ReadWrite, share: FileShare.ReadWrite))
            DiskSync.File(handle, path);
        return HashingStream.OfFile(path);
    }

    /// <summary>Gives a file a second name, or copies it if the file system does not support links.</summary>
    /// <returns>False where it was copied.</returns>
    internal static bool LinkOrCopy(string from, string to)
    {
        if (Link(Path.GetFullPath(from), Path.GetFullPath(to)) == 0)
            return true;
        using var source = File.OpenRead(from);
        Create(to, source.CopyTo);
        return false;
    }

    /// <summary>Makes a folder and its parents, durably.</summary>
    internal static void MakeFolder(string path)
    {
        if (Directory.Exists(path))
            return;
        var parent = Path.GetDirectoryName(Path.GetFullPath(path));
        if (parent is not null)
            MakeFolder(parent);
        Directory.CreateDirectory(path);
        if (parent is not null)
            DiskSync.Folder(parent);
    }

    /// <summary>Renames a folder to a free name, durably.</summary>
    internal static void MoveFolder(string from, string to)
    {
        Directory.Move(from, to);
        DiskSync.Folder(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }

    /// <summary>Deletes a folder with everything in it; undeletable files are left for the next start.</summary>
    internal static void TryDeleteFolder(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder's name is no checkpoint's, so it is never read as a checkpoint.
        }
    }

    /// <summary>The remedy of a run that starts.</summary>
    internal const string OtherBasePath = "start the run in another folder with setup.base_path";

    /// <summary>The remedy for a file that is a side product of a command.</summary>
    internal const string OtherFolder = "choose another folder";

    /// <summary>Converts a runtime error on writing into a message for the user, which ends with a remedy. The program ends
    /// with the exit code, <see cref="ExitCode.WrongInput"/> if nothing was started yet.</summary>
    internal static Exception Explain(
        string path, Exception e, int exitCode = ExitCode.Stopped, string remedy = OtherBasePath) => e switch
        {
            MtrlException => e,
            _ when IsFull(e) => new MtrlException(
                $"{path}: the disk is full, nothing was changed. Free some space, or {remedy}.", exitCode, e),
            IOException { HResult: ReadOnly } => new MtrlException(
                $"{path}: the disk is read-only, nothing was written. {char.ToUpperInvariant(remedy[0])}{remedy[1..]}.", exitCode, e),
            UnauthorizedAccessException => new MtrlException(
                $"{path}: cannot be written ({e.Message.TrimEnd('.')}). Check the rights of the folder, or {remedy}.", exitCode, e),
            IOException when FileOnTheWay(path) is { } link && new FileInfo(link) is { LinkTarget: { } target } && LeadsNowhere(link) =>
                new MtrlException($"{path}: cannot be written: {link} is a link to {target}, which does not exist.", exitCode, e),
            IOException when FileOnTheWay(path) is { } file => new MtrlException(
                $"{path}: cannot be written: {file} is a file, where a folder is needed.", exitCode, e),
            DirectoryNotFoundException => new MtrlException(
                $"{path}: cannot be written: its folder does not exist. Make it, or {remedy}.", exitCode, e),
            // .NET takes a file for one without positions where the system fails to tell the position.
            IOException or NotSupportedException => new MtrlException($"{path}: cannot be written ({e.Message.TrimEnd('.')}).", exitCode, e),
            _ => e,
        };

    /// <summary>Does what writes; its errors become messages for the user, by <see cref="Explain"/>.</summary>
    internal static T Explained<T>(string path, Func<T> write, int exitCode = ExitCode.Stopped, string remedy = OtherBasePath)
    {
        try
        {
            return write();
        }
        catch (Exception e)
        {
            throw Explain(path, e, exitCode, remedy);
        }
    }

    /// <inheritdoc cref="Explained{T}"/>
    internal static void Explained(string path, Action write, int exitCode = ExitCode.Stopped, string remedy = OtherBasePath) =>
        Explained(
            path,
            () =>
            {
                write();
                return true;
            },
            exitCode,
            remedy);

    /// <summary>A file at the place of a folder that contains a path; null: none.</summary>
    private static string? FileOnTheWay(string path) => PlainFile.Around(path).FirstOrDefault(File.Exists);

    /// <summary>Whether no file is at the end of a link, as where links lead to each other in a circle.</summary>
    private static bool LeadsNowhere(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: true) is { Exists: false };
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Whether an error means that disk, quota or file-size limit is exhausted.</summary>
    /// <remarks>.NET reports EFBIG, a file beyond the allowed size, as an argument out of range.</remarks>
    internal static bool IsFull(Exception e) =>
        e is ArgumentOutOfRangeException { ParamName: "value" }
        || (e is IOException && e.HResult is NoSpace or Quota);

    /// <summary>An error that <see cref="IsFull"/> recognises.</summary>
    internal static IOException Full(Exception e) => new(e.Message, NoSpace);

    internal static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The reason why it was unfinished is reported; the next start cleans up.
        }
    }

    /// <summary>Removes the content of a file at once.</summary>
    internal static void TryEmpty(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Truncate, FileAccess.Write, FileShare.ReadWrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The file names this process, which ends.
        }
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);
}
