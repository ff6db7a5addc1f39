using System.Text.RegularExpressions;

namespace MtrlFunctional.Storage;

/// <summary>The names that a sealed manifest may have. A seal shows that nobody changed the manifest by accident, not who wrote
/// it: without these checks a stranger's manifest could name files outside its folder.</summary>
internal static partial class CheckpointNames
{
    /// <summary>More threads than any machine runs well.</summary>
    internal const int MostThreads = 1024;

    /// <summary>The first fault, or null.</summary>
    internal static string? Fault(CheckpointInfo info, IReadOnlyList<CheckpointFile> files)
    {
        if (info.Step < 0 || info.Threads is < 1 or > MostThreads)
            return $"step {info.Step} or {info.Threads} threads are not possible.";
        if (info.Logs.FirstOrDefault(log => log.Value < 0 || !LogName().IsMatch(log.Key)).Key is { } log)
            return $"'{Text.Short(log)}' is not a log of a run.";
        if (files.Any(file => file is null))
            return "a file of its list is null.";
        if (files.FirstOrDefault(f => f.Bytes < 0 || !Hash().IsMatch(f.Sha256) || !IsPlain(f.Name)) is { } file)
            return $"'{Text.Short(file.Name)}' is not a file of a checkpoint.";
        return files.Select(f => f.Name).Distinct(StringComparer.Ordinal).Count() < files.Count
            ? "a file is listed twice."
            : null;
    }

    /// <summary>Whether a name is a path inside a checkpoint: letters, digits, '.', '_', '-', and '/' between names.</summary>
    internal static bool IsPlain(string name) =>
        name.Length <= 200 && FileName().IsMatch(name) && name != CheckpointManifest.FileName;

    [GeneratedRegex(@"^([A-Za-z0-9_][A-Za-z0-9._-]*/)*[A-Za-z0-9_][A-Za-z0-9._-]*\z")]
    private static partial Regex FileName();

    [GeneratedRegex(@"^[^/\\.\x00-\x1f][^/\\\x00-\x1f]{0,200}\z")]
    private static partial Regex LogName();

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Hash();
}
