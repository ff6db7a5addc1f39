namespace MtrlFunctional.Storage;

/// <summary>A run as a path names it: by its folder, or by the folder of one of its checkpoints.</summary>
/// <param name="Run">The run.</param>
/// <param name="Step">Step of the checkpoint that the path names; null: it names the run as a whole.</param>
public sealed record NamedRun(RunFolder Run, long? Step)
{
    /// <summary>Finds the run that a path names.</summary>
    /// <param name="path">
    /// The run's folder, a folder with a single run at most two levels below, such as the folder of an experiment with one seed, or a
    /// checkpoint, such as runs/mt10/seed-1/checkpoints/step-20000, which may be missing.
    /// </param>
    /// <returns>The run.</returns>
    /// <exception cref="MtrlException">No run there; the message names those below it, and those right beside it.</exception>
    public static NamedRun Find(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Trim().Length == 0 || path.Contains('\0', StringComparison.Ordinal))
            throw new MtrlException($"'{path.Replace("\0", "\\0", StringComparison.Ordinal)}': is no folder of a run.");
        var run = new RunFolder(path);
        if (run.Exists)
            return new NamedRun(run, null);
        if (OfCheckpoint(path) is { } named)
            return named;
        var below = Below(path, depth: 3);

        // A folder whose only run is deeper than NAME/seed-N is not one of runs.
        return below is [var only] && Path.GetRelativePath(path, only).Split(Path.DirectorySeparatorChar).Length <= 2
            ? new NamedRun(new RunFolder(only), null)
            : throw Missing(path, below);
    }

    /// <summary>The fault of a path that names a file or a folder inside a run, if the run's folder itself is needed; null: it
    /// is inside no run.</summary>
    internal static MtrlException? Inside(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var isFile = File.Exists(full);
        var inner = full;
        for (var folder = Path.GetDirectoryName(full); folder is not null; (inner, folder) = (folder, Path.GetDirectoryName(folder)))
        {
            if (!new RunFolder(folder).Exists || !(inner == full && isFile || Path.GetFileName(inner) is "checkpoints" or "crash"))
                continue;
            var parts = Path.GetRelativePath(folder, full).Split(Path.DirectorySeparatorChar);
            var named = parts is ["checkpoints", var checkpoint, _, ..] ? Path.Combine(folder, "checkpoints", checkpoint) : folder;
            var shown = Path.IsPathRooted(path) ? named : Path.GetRelativePath(Environment.CurrentDirectory, named);
            return new MtrlException(
                $"{path}: is a {(isFile ? "file" : "folder")} of a run. Name the folder of the "
                + $"{(named == folder ? "run" : "checkpoint")}: {shown}");
        }

        return null;
    }

    /// <summary>The step to open, of the path or given beside it; null: the newest.</summary>
    internal long? StepOr(string path, long? given) =>
        Step is { } step && given is { } other && step != other
            ? throw new MtrlException($"{path}: is the checkpoint of step {Text.Count(step)}, but step {Text.Count(other)} is asked for. Name one of them.")
            : Step ?? given;

    private static NamedRun? OfCheckpoint(string path)
    {
        var checkpoint = new DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        if (checkpoint.Parent is not { Name: "checkpoints", Parent: { } owner }
            || checkpoint.Name.Split('-') is not ["step", var number]
            || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var step))
            return null;
        var folder = Path.IsPathRooted(path) ? owner.FullName : Path.GetRelativePath(Environment.CurrentDirectory, owner.FullName);
        var run = new RunFolder(folder);
        return run.Exists ? new NamedRun(run, step) : null;
    }

    private static MtrlException Missing(string path, IReadOnlyList<string> below)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var near = below.Concat(Below(Path.GetDirectoryName(full) ?? full, depth: 1)).Distinct().Take(5).ToList();
        var isThere = File.Exists(full) || Directory.Exists(full);
        if (isThere && Inside(path) is { } inside)
            return inside;
        var what = File.Exists(full) ? "is a file, so there is no run there" : isThere ? "no run there" : "no such folder, so no run there";
        return new MtrlException(
            $"{path}: {what}. A run is a folder with config.yaml, such as runs/quickstart/seed-1."
            + (isThere || path.IndexOfAny(['*', '?']) < 0 ? "" : " A shell fills in * and ? outside of quotation marks only.")
            + (near.Count == 0 ? "" : $" Runs nearby: {string.Join(", ", near)}."));
    }

    private static List<string> Below(string folder, int depth)
    {
        try
        {
            return Directory.EnumerateFiles(folder, "config.yaml", new EnumerationOptions
            {
                RecurseSubdirectories = true,
                MaxRecursionDepth = depth,
                IgnoreInaccessible = true,
            }).Take(20).Select(f => Path.GetDirectoryName(f)!).Order(StringComparer.Ordinal).ToList();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [];
        }
    }
}
