using System.Globalization;

namespace MtrlFunctional.Storage;

/// <summary>A run as a path names it: by its folder, or by that of one of its checkpoints.</summary>
/// <param name="Run">The run.</param>
/// <param name="Step">Step of the checkpoint that the path names; null: it names the run as a whole.</param>
public sealed record NamedRun(RunFolder Run, long? Step)
{
    /// <summary>Finds the run that a path names.</summary>
    /// <param name="path">Its folder, one that holds a single run, such as that of an experiment with one seed, or one of
    /// its checkpoints, such as runs/mt10/seed-1/checkpoints/step-20000, which may be missing.</param>
    /// <returns>The run.</returns>
    /// <exception cref="MtrlException">No run there; the message names those below it, and those right beside it.</exception>
    public static NamedRun Find(string path)
    {
        if (path.Trim().Length == 0 || path.Contains('\0', StringComparison.Ordinal))
            throw new MtrlException($"'{path.Replace("\0", "\\0", StringComparison.Ordinal)}': is no folder of a run.");
        var run = new RunFolder(path);
        if (run.Exists)
            return new NamedRun(run, null);
        if (OfCheckpoint(path) is { } named)
            return named;
        var below = Below(path, depth: 3);
        return below.Count == 1 ? new NamedRun(new RunFolder(below[0]), null) : throw Missing(path, below);
    }

    /// <summary>The step to open: that of the path, or one given beside it.</summary>
    /// <param name="path">As given to <see cref="Find"/>.</param>
    /// <param name="given">A step, or null.</param>
    /// <returns>Null: the newest.</returns>
    /// <exception cref="MtrlException">Both are given and differ.</exception>
    internal long? StepOr(string path, long? given) =>
        Step is { } step && given is { } other && step != other
            ? throw new MtrlException($"{path}: is the checkpoint of step {step:N0}, but step {other:N0} is asked for. Name one of them.")
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
        return new MtrlException(
            $"{path}: no run there. A run is a folder with config.yaml, such as runs/quickstart/seed-1."
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
