namespace MtrlFunctional.Storage;

/// <summary>A whole checkpoint: its manifest was read and every file has the recorded length and hash.</summary>
public sealed class Checkpoint
{
    private readonly Dictionary<string, CheckpointFile> _files;
    private readonly ulong _identity;

    private Checkpoint(string folder, CheckpointInfo info, IReadOnlyList<CheckpointFile> files, ulong identity)
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

    /// <summary>The same checkpoint by its full path, wherever the current directory of the process moves to.</summary>
    internal Checkpoint Anywhere() => new(Path.GetFullPath(Folder), Info, Files, _identity);

    /// <summary>Whether it holds a file of this name.</summary>
    /// <param name="name">Path inside the checkpoint.</param>
    /// <returns>True if the checkpoint has the file.</returns>
    public bool Contains(string name) => _files.ContainsKey(name.Given());

    /// <summary>Path of a file.</summary>
    /// <param name="name">Path inside the checkpoint.</param>
    /// <returns>Path of the file.</returns>
    /// <exception cref="CheckpointException">The checkpoint has no such file.</exception>
    public string PathOf(string name) => Path.Combine(Folder, Named(name).Name);

    /// <summary>Opens a file of tensors.</summary>
    /// <param name="name">Path inside the checkpoint.</param>
    /// <returns>The open file; the caller disposes it.</returns>
    /// <exception cref="MtrlException">The checkpoint has no such file, or the file is malformed.</exception>
    public SafetensorsFile OpenTensors(string name) => SafetensorsFile.Open(PathOf(name));

    /// <summary>Length and hash of a file.</summary>
    internal CheckpointFile Named(string name) => _files.GetValueOrDefault(name)
        ?? throw new CheckpointException(
            CheckpointFault.Missing, $"{Folder}: holds no {name}; it holds {string.Join(", ", _files.Keys)}.");

    /// <summary>False after a run that saves in its folder has removed or replaced it.</summary>
    internal bool IsStillThere =>
        PlainFile.Look(Folder) is { Kind: PlainFile.Kind.Folder } found && found.Identity == _identity;

    /// <summary>Opens a checkpoint, and verifies of each file what <paramref name="scrutiny"/> asks.</summary>
    internal static Checkpoint Open(string folder, Func<CheckpointFile, Scrutiny> scrutiny)
    {
        var identity = IdentityOf(folder);
        var (info, files) = CheckpointManifest.Read(Path.Combine(folder, CheckpointManifest.FileName));
        foreach (var file in files)
            Verify(folder, file, scrutiny(file));
        return new Checkpoint(folder, info, files, identity);
    }

    private static ulong IdentityOf(string folder)
    {
        var found = CheckpointException.Reading(folder, "no such checkpoint.", () => PlainFile.Look(folder));
        return found.Kind switch
        {
            PlainFile.Kind.Folder => found.Identity,
            PlainFile.Kind.Missing => throw new CheckpointException(CheckpointFault.Missing, $"{folder}: no such checkpoint."),
            _ => throw CheckpointException.Damaged(folder, "is a link or a file, not the folder of a checkpoint."),
        };
    }

    private static void Verify(string folder, CheckpointFile file, Scrutiny scrutiny)
    {
        if (scrutiny == Scrutiny.None)
            return;
        var path = Path.Combine(folder, file.Name);
        T Reading<T>(Func<T> read) => CheckpointException.Reading(path, "missing, though the manifest lists it.", read);
        var found = Reading(() => PlainFile.Check(folder, path) is { Kind: PlainFile.Kind.File } there ? there : throw new FileNotFoundException());
        if (found.Bytes != file.Bytes)
            throw CheckpointException.Damaged(
                path, $"{Text.Count(found.Bytes)} bytes, the manifest states {Text.Count(file.Bytes)}.");
        if (scrutiny == Scrutiny.Content && Reading(() => HashingStream.OfFile(path)) != file.Sha256)
            throw CheckpointException.Damaged(path, "its content is not what was saved (SHA-256 differs).");
    }
}
