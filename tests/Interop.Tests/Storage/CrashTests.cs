namespace MtrlFunctional.Tests.Storage;

/// <summary>
/// After a killed process or failed disk operation at any point: the newest whole checkpoint loads, no temporary
/// files accumulate, and the resumed run ends like an uninterrupted one, with byte-identical logs.
/// </summary>
public class CrashTests
{
    private const int End = 100;
    private const int Interval = 5;

    [Test]
    public void KilledBeforeEveryOperationOfASave()
    {
        var wanted = Undisturbed();
        using var folder = new TemporaryFolder();
        using (var first = new ToyTraining(folder["template"]))
            first.RunTo(70, Interval);

        // The disk before an operation is what a process leaves that is killed there.
        var killed = new List<string>();
        using (var training = new ToyTraining(Copy(folder, "template", "whole")))
        {
            BeforeOperations(_ => killed.Add(Copy(folder, "whole", $"kill-{killed.Count}")), () => training.RunTo(75, Interval));
        }

        Assert.That(killed, Has.Count.GreaterThan(30));
        foreach (var run in killed)
        {
            var steps = new List<string>();
            Assert.That(new RunFolder(run).Checkpoints.Latest(steps.Add)!.Info.Step, Is.EqualTo(70).Or.EqualTo(75));
            Assert.That(steps, Is.Empty, $"{run}: no damaged checkpoint is ever visible");
            Assert.That(GoOn(run), Is.EqualTo(wanted), run);
            Assert.That(Directory.GetDirectories(new RunFolder(run).Checkpoints.Folder), Has.Length.EqualTo(1));
        }
    }

    [Test]
    public void EveryOperationOfASaveMayFail([Values(28, 5, 13)] int error)
    {
        var wanted = Undisturbed();
        using var folder = new TemporaryFolder();
        using (var first = new ToyTraining(folder["template"]))
            first.RunTo(70, Interval);
        var operations = CountOperations(Copy(folder, "template", "counted"), after: 74);

        for (var k = 0; k < operations; k++)
        {
            var run = Copy(folder, "template", $"fail-{k}");
            using (var training = new ToyTraining(run))
            {
                training.RunTo(74, Interval);
                try
                {
                    FailsOne(k, () => training.RunTo(75, Interval), error);
                }
                catch (MtrlException e)
                {
                    Assert.That(e.ExitCode, Is.EqualTo(ExitCode.Stopped));
                    Assert.That(e.Message, Does.Contain(error == 28 ? "disk is full" : "injected"));
                }
            }

            Assert.That(new RunFolder(run).Checkpoints.Latest()!.Info.Step, Is.EqualTo(70).Or.EqualTo(75));
            Assert.That(GoOn(run), Is.EqualTo(wanted), $"operation {k}");
        }
    }

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

    private static int CountOperations(string run, int after)
    {
        using var training = new ToyTraining(run);
        training.RunTo(after, Interval);
        var count = 0;
        BeforeOperations(_ => count++, () => training.RunTo(75, Interval));
        return count;
    }

    private static void BeforeOperations(Action<string> before, Action act)
    {
        DurableFile.Before = before;
        try
        {
            act();
        }
        finally
        {
            DurableFile.Before = null;
        }
    }

    /// <summary>Acts on a disk of which one operation fails.</summary>
    internal static void FailsOne(int operation, Action act, int error) => BeforeOperations(
        name =>
        {
            if (operation-- == 0)
                throw new IOException($"injected into '{name}'", error);
        },
        act);

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
