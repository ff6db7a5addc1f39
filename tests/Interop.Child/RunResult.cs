using System.Text.RegularExpressions;
using MtrlFunctional.Storage;

namespace MtrlFunctional.Tests.Child;

/// <summary>What a run has come to, and folders of runs to break.</summary>
public static partial class RunResult
{
    /// <summary>Names and hashes of the files of the newest checkpoint, and the logs without durations.</summary>
    public static string Of(string path)
    {
        var run = new RunFolder(path);
        return string.Join('\n', run.Checkpoints.Latest()!.Files.OrderBy(file => file.Name, StringComparer.Ordinal).Select(file => $"{file.Name} {file.Sha256}"))
            + WithoutDurations(File.ReadAllText(run.MetricsFile) + File.ReadAllText(run.TrainLogFile));
    }

    /// <summary>A log without the times that its lines took.</summary>
    public static string WithoutDurations(string log) => Duration().Replace(log, "");

    /// <summary>Copies a folder to the place of another; files are no links to the originals.</summary>
    public static void Copy(string from, string to)
    {
        if (Directory.Exists(to))
            Directory.Delete(to, recursive: true);
        foreach (var folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories).Prepend(from))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }

    [GeneratedRegex("""\| D: [0-9.]+ s|"(duration|physics_share|[a-z]+_seconds)":[^,]+,""")]
    private static partial Regex Duration();
}
