namespace MtrlFunctional.Storage;

/// <summary>A whole checkpoint: its manifest was read and every file has the recorded length and hash.</summary>
public sealed class Checkpoint
{
    private readonly Dictionary<string, CheckpointFile> _files;
    private readonly ulong _identity;

    private Checkpoint(string folder, CheckpointInfo info, List<CheckpointFile> files, ulong identity)
    {
        (Folder, Info, Files, _identity) = (folder, info, files, identity);
        _files = files.ToDictionary(f => f.Name, StringComparer.Ordinal);
    }

    /// <summary>Folder of the checkpoint.</summary>
    public string Folder { get; }

    /// <summary>Information of the manifest.</summary>
    public CheckpointInfo Info { get; }

    /// <summary>Files of the checkpoint, the manifest excepted.</summary>
    public IReadOnlyList<CheckpointFile> Files { get; }

    /// <summary>Opens a checkpoint and verifies every file.</summary>
    /// <param name="folder">A folder <c>step-…</c>.</param>
    /// <returns>The checkpoint; it holds no open file.</returns>
    /// <exception cref="CheckpointException">Missing, damaged, of another program or of another format.</exception>
    public static Checkpoint Open(string folder) => Open(folder, _ => true);

    /// <summary>Whether it holds a file of this name.</summary>
    /// <param name="name">Path inside the checkpoint.</param>
    /// <returns>True if the checkpoint has the file.</returns>
    public bool Contains(string name) => _files.ContainsKey(name);

    /// <summary>Path of a file.</summary>
    /// <param name="name">Path inside the checkpoint.</param>
    /// <returns>Path of the file.</returns>
    /// <exception cref="CheckpointException">The checkpoint has no such file.</exception>
    public string PathOf(string name) =>
        Contains(name)
            ? Path.Combine(Folder, name)
            : throw new CheckpointException(
                CheckpointFault.Missing, $"{Folder}: holds no {name}; it holds {string.Join(", ", _files.Keys)}.");

    /// <summary>Opens a file of tensors.</summary>
    /// <param name="name">Path inside the checkpoint.</param>
    /// <returns>The open file; the caller disposes it.</returns>
    /// <exception cref="MtrlException">The checkpoint has no such file, or the file is malformed.</exception>
    public SafetensorsFile OpenTensors(string name) => SafetensorsFile.Open(PathOf(name));

    /// <summary>False after a run that saves in its folder has removed or replaced it.</summary>
    internal bool IsStillThere =>
        PlainFile.Look(Folder) is { Kind: PlainFile.Kind.Folder } found && found.Identity == _identity;

    /// <summary>Opens a checkpoint; hashes are checked only for the files selected by
    /// <paramref name="suspect"/>.</summary>
    internal static Checkpoint Open(string folder, Func<CheckpointFile, bool> suspect)
    {
        var identity = IdentityOf(folder);
        var (info, files) = CheckpointManifest.Read(Path.Combine(folder, CheckpointManifest.FileName));
        foreach (var file in files)
            Verify(folder, file, suspect(file));
        return new Checkpoint(folder, info, files, identity);
    }

    private static ulong IdentityOf(string folder)
    {
        try
        {
            var found = PlainFile.Look(folder);
            return found.Kind switch
            {
                PlainFile.Kind.Folder => found.Identity,
                PlainFile.Kind.Missing => throw new CheckpointException(CheckpointFault.Missing, $"{folder}: no such checkpoint."),
                _ => throw Damaged(folder, "is a link or a file, not the folder of a checkpoint."),
            };
        }
        catch (IOException e)
        {
            throw CheckpointException.OfReading(folder, e);
        }
    }

    private static void Verify(string folder, CheckpointFile file, bool suspect)
    {
        var path = Path.Combine(folder, file.Name);
        try
        {
            var found = PlainFile.Check(folder, path);
            if (found.Kind == PlainFile.Kind.Missing)
                throw Missing(path);
            if (found.Bytes != file.Bytes)
                throw Damaged(path, $"{Text.Count(found.Bytes)} bytes, the manifest states {Text.Count(file.Bytes)}.");
            if (suspect && HashingStream.OfFile(path) != file.Sha256)
                throw Damaged(path, "its content is not what was saved (SHA-256 differs).");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Missing(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CheckpointException.OfReading(path, e);
        }
        catch (MtrlException e) when (e is not CheckpointException)
        {
            throw new CheckpointException(CheckpointFault.Damaged, e.Message);
        }
    }

    private static CheckpointException Missing(string path) => Damaged(path, "missing, though the manifest lists it.");

    private static CheckpointException Damaged(string path, string fault) =>
        new(CheckpointFault.Damaged, $"{path}: {fault}");
}
