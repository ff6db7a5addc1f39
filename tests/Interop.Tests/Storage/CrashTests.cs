namespace MtrlFunctional.Tests.Storage;

/// <summary>
/// On a full disk the newest whole checkpoint stays, logs have whole lines, no temporary files accumulate, and the resumed
/// run ends like an uninterrupted one, with byte-identical logs.
/// </summary>
public class CrashTests
{
    private const int End = 100;
    private const int Interval = 5;

    [Test]
    public void AFullDiskGivesOneMessageAndKeepsTheCheckpointBefore()
    {
        var wanted = Undisturbed();
        using var folder = new TemporaryFolder();
        using (var first = new ToyTraining(folder["template"]))
            first.RunTo(70, Interval);
        var logLength = (int)new FileInfo(new RunFolder(folder["template"]).MetricsFile).Length;

        // From a limit exceeded by the logs to one exceeded only by the largest file.
        foreach (var limit in new[] { logLength - 100, logLength + 30, logLength + 2_000, logLength + 4_000 })
        {
            var run = Copy(folder, "template", $"full-{limit}");
            var (code, error) = ChildProcess.Run("full", run, $"{limit}");
            if (code == 0)
                continue;
            Assert.That(code, Is.EqualTo(ExitCode.Stopped), error);
            Assert.That(error, Does.Contain("disk is full").And.Not.Contain("   at "));
            Assert.That(new RunFolder(run).Checkpoints.Latest()!.Info.Step, Is.EqualTo(70));
            Assert.That(Directory.GetDirectories(new RunFolder(run).Checkpoints.Folder), Has.Length.EqualTo(1));
            Assert.That(File.ReadAllText(new RunFolder(run).MetricsFile), Does.EndWith("}\n"));
            Assert.That(GoOn(run), Is.EqualTo(wanted));
        }

        Assert.That(ChildProcess.Run("full", folder["template"], $"{logLength + 30}").Code, Is.EqualTo(ExitCode.Stopped));
    }

    private static string Undisturbed(int end = End)
    {
        using var folder = new TemporaryFolder();
        using var training = new ToyTraining(folder["run"]);
        training.RunTo(end, Interval);
        return training.Fingerprint();
    }

    private static string GoOn(string run, int end = End)
    {
        using var training = new ToyTraining(run);
        training.RunTo(end, Interval);
        return training.Fingerprint();
    }

    private static string Copy(TemporaryFolder folder, string from, string to)
    {
        // A running training holds the lock, a killed one does not.
        static bool IsKept(string name) => !name.StartsWith("lock", StringComparison.Ordinal);
        Directory.CreateDirectory(folder[to]);
        foreach (var sub in Directory.GetDirectories(folder[from], "*", SearchOption.AllDirectories))
            if (Path.GetRelativePath(folder[from], sub) is var name && IsKept(name))
                Directory.CreateDirectory(Path.Combine(folder[to], name));
        foreach (var file in Directory.GetFiles(folder[from], "*", SearchOption.AllDirectories))
            if (Path.GetRelativePath(folder[from], file) is var name && IsKept(name))
                File.Copy(file, Path.Combine(folder[to], name));

        return folder[to];
    }
}
