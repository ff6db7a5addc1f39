namespace MtrlFunctional.Storage;

/// <content>Names and renames of the folders: <c>step-…</c> is a checkpoint; <c>tmp-…</c> is written, <c>trash-…</c> is deleted,
/// <c>replaced-…</c> stands aside while another takes its place, <c>damaged-…</c> is computed again.</content>
public sealed partial class Checkpoints
{
    private const string SavedName = "step-";
    private const string ReplacedName = "replaced-";
    private const string DamagedName = "damaged-";
    private const string TrashName = "trash-";

    /// <summary>The beginning of the name of an unfinished folder.</summary>
    internal const string UnfinishedName = "tmp-";

    /// <summary>Steps of all checkpoints by their names, newest first, whole or not.</summary>
    /// <returns>Empty where there is none.</returns>
    public IReadOnlyList<long> Steps() => [.. Named(SavedName).Select(StepOf).OfType<long>().OrderDescending()];

    /// <summary>Folder of the checkpoint of a step.</summary>
    /// <param name="step">Environment steps of every task.</param>
    /// <returns>Path of the folder, whether it exists or not.</returns>
    public string FolderOf(long step) => Path.Combine(Folder, SavedName + Number(step));

    /// <summary>Folders of all checkpoints, newest first, each with its identity. A checkpoint that is being replaced is in
    /// another folder for a moment.</summary>
    private List<(string Path, ulong Identity)> NewestFolders()
    {
        // One listing: a checkpoint that is being replaced has one of the two names in it, and in two may have neither.
        // By the alphabet "step" comes after "replaced".
        return Readable(() => Named("").Where(path => IsNamed(path, SavedName) || IsNamed(path, ReplacedName)).Where(path => StepOf(path) is not null)
            .GroupBy(StepOf).OrderByDescending(paths => paths.Key)
            .Select(paths => paths.Max(StringComparer.Ordinal)!).Select(path => (path, PlainFile.Look(path).Identity)).ToList());
    }

    /// <summary>Moves a complete folder to the path of the checkpoint of a step. A former checkpoint of the step is set aside
    /// before, and removed after; if the move fails or the process dies between, it returns to this path.</summary>
    internal void Place(string complete, long step)
    {
        var path = FolderOf(step);
        var replaced = Path.Combine(Folder, ReplacedName + Number(step));
        try
        {
            if (Directory.Exists(path))
            {
                DurableFile.TryDeleteFolder(replaced);
                DurableFile.MoveFolder(path, replaced);
            }

            DurableFile.MoveFolder(complete, path);
        }
        catch when (!Directory.Exists(path) && Directory.Exists(replaced))
        {
            DurableFile.MoveFolder(replaced, path);
            throw;
        }

        foreach (var superseded in Named(DamagedName).Append(replaced).Where(Directory.Exists))
            DurableFile.TryDeleteFolder(superseded);
    }

    /// <summary>Renames a checkpoint whose step is computed again; the next save deletes it.</summary>
    private void SetAside(long step) => Rename(step, DamagedName);

    /// <summary>Renames first, then deletes: no partial checkpoint keeps its name.</summary>
    private void Trash(long step) => DurableFile.TryDeleteFolder(Rename(step, TrashName));

    /// <summary>Removes the folders that a killed process was writing or deleting, and completes its replacement. Requires the
    /// run's lock, before the first save.</summary>
    /// <exception cref="IOException">No checkpoint could be made.</exception>
    internal void Clean()
    {
        if (!Directory.Exists(Folder))
            return;
        Directory.CreateDirectory(Path.Combine(Folder, $"{UnfinishedName}{Guid.NewGuid():N}"));
        foreach (var replaced in Named(ReplacedName))
            EndReplacement(replaced);
        foreach (var left in Named(UnfinishedName).Concat(Named(TrashName)))
            DurableFile.TryDeleteFolder(left);
    }

    private void EndReplacement(string replaced)
    {
        if (StepOf(replaced) is not { } step)
            return;
        if (!Directory.Exists(FolderOf(step)))
        {
            DurableFile.MoveFolder(replaced, FolderOf(step));
            return;
        }

        DiskSync.Folder(Folder);
        DurableFile.TryDeleteFolder(replaced);
    }

    private string Rename(long step, string prefix)
    {
        var renamed = Path.Combine(Folder, $"{prefix}{Number(step)}-{Guid.NewGuid().ToString("N")[..8]}");
        DurableFile.Explained(FolderOf(step), () => DurableFile.MoveFolder(FolderOf(step), renamed));
        return renamed;
    }

    private string[] Named(string prefix) =>
        Readable(() => Directory.Exists(Folder) ? Directory.GetDirectories(Folder, prefix + "*") : []);

    private T Readable<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException { HResult: PlainFile.NoAccess })
        {
            throw new MtrlException($"{Folder}: may not be read. Its rights must let you read and enter it: chmod u+rx.", inner: e);
        }
    }

    private static bool IsNamed(string path, string prefix) => Path.GetFileName(path).StartsWith(prefix, StringComparison.Ordinal);

    private static string Number(long step) => step.ToString(CultureInfo.InvariantCulture);

    private static long? StepOf(string path)
    {
        var name = Path.GetFileName(path);
        return long.TryParse(name[(name.IndexOf('-') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? step
            : null;
    }
}
