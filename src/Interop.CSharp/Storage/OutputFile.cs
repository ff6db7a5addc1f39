using System.Text;

namespace MtrlFunctional.Storage;

/// <summary>Files that a user asked for: whole, or as they were before.</summary>
public static class OutputFile
{
    /// <summary>Writes a file aside and renames it: a reader sees the old file or the whole new one.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="write">Writes its content.</param>
    /// <exception cref="MtrlException">The path is empty, the disk is full or the folder cannot be written; the old file stays.</exception>
    public static void Write(string path, Action<Stream> write) =>
        DurableFile.Replace(
            path.Length > 0 ? path : throw new MtrlException("The name of the file to write is empty."), write, ExitCode.WrongInput,
            DurableFile.OtherFolder);

    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="text">Its content, written as UTF-8.</param>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
