namespace MtrlFunctional.Storage;

/// <summary>Names and renames of the folders of checkpoints: <c>step-…</c> is a checkpoint; <c>tmp-…</c> is written,
/// <c>trash-…</c> is deleted, <c>replaced-…</c> stands aside while another takes its place, <c>damaged-…</c> is computed
/// again.</summary>
internal sealed class CheckpointFolders(string folder)
{
    private const string SavedName = "step-";
    private const string ReplacedName = "replaced-";
    private const string DamagedName = "damaged-";
    private const string TrashName = "trash-";

    /// <summary>The beginning of the name of an unfinished folder.</summary>
    internal const string UnfinishedName = "tmp-";

    /// <summary>Steps by the names of the folders, newest first.</summary>
    internal List<long> Steps() => [.. Named(SavedName).Select(StepOf).OfType<long>().OrderDescending()];

    /// <summary>Folder of the checkpoint of a step.</summary>
    internal string Of(long step) => Path.Combine(folder, SavedName + Number(step));

    /// <summary>Folders of all checkpoints, newest first, each with its identity. A checkpoint that is being replaced is in
    /// another folder for a moment.</summary>
    internal List<(string Path, ulong Identity)> Newest()
    {
        // One listing: a checkpoint that is being replaced has one of the two names in it, and in two may have neither.
        // By the alphabet "step" comes after "replaced".
        return
        [
            .. Named("").Where(path => IsNamed(path, SavedName) || IsNamed(path, ReplacedName)).Where(path => StepOf(path) is not null)
                .GroupBy(StepOf).OrderByDescending(paths => paths.Key)
                .Select(paths => paths.Max(StringComparer.Ordinal)!).Select(path => (path, PlainFile.Look(path).Identity)),
        ];
    }

    /// <summary>Moves a complete folder to the path of the checkpoint of a step. A former checkpoint of the step is set aside
    /// before, and removed after; if the move fails or the process dies between, it returns to this path.</summary>
    internal void Place(string complete, long step)
    {
        var path = Of(step);
        var replaced = Path.Combine(folder, ReplacedName + Number(step));
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
    internal void SetAside(long step) => Rename(step, DamagedName);

    /// <summary>Renames first, then deletes: no partial checkpoint keeps its name.</summary>
    internal void Trash(long step) => DurableFile.TryDeleteFolder(Rename(step, TrashName));

    /// <summary>Removes the folders that a killed process was writing or deleting, and completes its replacement. Fails where no
    /// checkpoint could be made.</summary>
    internal void Clean()
    {
        if (!Directory.Exists(folder))
            return;
        Directory.CreateDirectory(Path.Combine(folder, $"{UnfinishedName}{Guid.NewGuid():N}"));
        foreach (var replaced in Named(ReplacedName))
            EndReplacement(replaced);
        foreach (var left in Named(UnfinishedName).Concat(Named(TrashName)))
            DurableFile.TryDeleteFolder(left);
    }

    private void EndReplacement(string replaced)
    {
        if (StepOf(replaced) is not { } step)
            return;
        if (!Directory.Exists(Of(step)))
        {
            DurableFile.MoveFolder(replaced, Of(step));
            return;
        }

        DiskSync.Folder(folder);
        DurableFile.TryDeleteFolder(replaced);
    }

    private string Rename(long step, string prefix)
    {
        var renamed = Path.Combine(folder, $"{prefix}{Number(step)}-{Guid.NewGuid().ToString("N")[..8]}");
        DurableFile.Explained(Of(step), () => DurableFile.MoveFolder(Of(step), renamed));
        return renamed;
    }

    private string[] Named(string prefix)
    {
        try
        {
            return Directory.Exists(folder) ? Directory.GetDirectories(folder, prefix + "*") : [];
        }
        catch (UnauthorizedAccessException e)
        {
            throw new MtrlException($"{folder}: may not be read. Its rights must let you read and enter it: chmod u+rx.", inner: e);
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
