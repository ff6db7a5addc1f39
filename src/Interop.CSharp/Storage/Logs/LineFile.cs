namespace MtrlFunctional.Storage;

/// <summary>Reads logs of lines, also while they are written.</summary>
internal static class LineFile
{
    /// <summary>The whole lines of a file, without empty lines and without an unfinished line at its end.</summary>
    /// <exception cref="MtrlException">Missing, unreadable, not a regular file, or larger than 1.1 GB.</exception>
    internal static List<ReadOnlyMemory<byte>> Read(string path)
    {
        using var bytes = new MemoryStream();
        try
        {
            PlainFile.Check(Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFullPath(path), PlainFile.LogBytes);
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.CopyTo(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MtrlException($"{path}: cannot be read ({e.Message.TrimEnd('.')}).", inner: e);
        }

        var lines = new List<ReadOnlyMemory<byte>>();
        var rest = Text.WithoutMark(new ReadOnlyMemory<byte>(bytes.GetBuffer(), 0, (int)bytes.Length));
        for (int end; (end = rest.Span.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
        {
            if (end > 0)
                lines.Add(rest[..end]);
        }

        return lines;
    }
}
