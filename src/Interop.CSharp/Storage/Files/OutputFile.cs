namespace MtrlFunctional.Storage;

/// <summary>Files that a user asked for: whole, or as they were before.</summary>
public static class OutputFile
{
    /// <summary>Writes a file aside and renames it: a reader sees the old file or the whole new one. The target of a link is
    /// replaced, not the link; a pipe or device is written into.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="write">Writes its content.</param>
    /// <exception cref="MtrlException">The path is empty, the disk is full or the folder cannot be written; the old file stays.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length == 0)
            throw new MtrlException("The name of the file to write is empty.");
        if (IsWrittenInto(path))
            WriteInto(path, write);
        else
            DurableFile.Replace(Target(path), write, ExitCode.WrongInput, DurableFile.OtherFolder);
    }

    /// <summary>Makes a folder and its parents where they are missing.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="MtrlException">It cannot be made.</exception>
    public static void MakeFolder(string path) => DurableFile.Explained(
        path, () => { Directory.CreateDirectory(path); }, ExitCode.WrongInput, DurableFile.OtherFolder);

    /// <summary>Whether <c>Write</c> writes into what a path names, perhaps by links: a pipe, a device or the program's output;
    /// any other file is replaced.</summary>
    /// <param name="path">The file; it need not exist.</param>
    public static bool IsWrittenInto(string path) => Standard(path.Given()) is not null || IsSpecial(path);

    /// <summary>Whether a path names, perhaps by links, a pipe or a device.</summary>
    internal static bool IsSpecial(string path)
    {
        try
        {
            return PlainFile.Look(path, follow: true).Kind == PlainFile.Kind.Special;
        }
        catch (IOException)
        {
            return false; // Writing names the reason.
        }
    }

    /// <summary>The file that a path names by links; without any the path itself.</summary>
    internal static string Target(string path) => DurableFile.Explained(
        path,
        () => new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName,
        ExitCode.WrongInput,
        DurableFile.OtherFolder);

    // Output and errors, also where they are a file, which others write as well.
    private static Func<Stream>? Standard(string path) => Path.GetFullPath(path) switch
    {
        "/dev/stdout" or "/dev/fd/1" or "/proc/self/fd/1" => Console.OpenStandardOutput,
        "/dev/stderr" or "/dev/fd/2" or "/proc/self/fd/2" => Console.OpenStandardError,
        _ => null,
    };

    private static void WriteInto(string path, Action<Stream> write)
    {
        using var content = new MemoryStream(); // Writers seek, pipes do not.
        write(content);
        DurableFile.Explained(
            path,
            () =>
            {
                using var device = Standard(path)?.Invoke()
                    ?? new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
                device.Write(content.GetBuffer().AsSpan(0, (int)content.Length));
            },
            ExitCode.WrongInput,
            DurableFile.OtherFolder);
    }

    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="text">Content of the file, written as UTF-8.</param>
    public static void WriteText(string path, string text) => Write(path.Given(), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
