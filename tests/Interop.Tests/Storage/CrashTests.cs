using MtrlFunctional.Storage;
using MtrlFunctional.Tests.Child;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Storage;

/// <summary>
/// After a killed process or failed disk operation at any point: the newest whole checkpoint loads, no temporary
/// files accumulate, and the resumed run ends like an uninterrupted one, with byte-identical logs.
/// </summary>
[TestFixture]
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
            DurableFile.Before = _ => killed.Add(Copy(folder, "whole", $"kill-{killed.Count}"));
            try
            {
                training.RunTo(75, Interval);
            }
            finally
            {
                DurableFile.Before = null;
            }
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
    public void KilledDuringRandomOperations()
    {
        var wanted = Undisturbed(1_000);
        using var folder = new TemporaryFolder();
        var random = new Random(3);
        long before = 0;
        for (var kills = 0; kills < (LongForm.IsAsked ? 25 : 8); kills++)
        {
            using var child = ChildProcess.Start("watched", folder["run"], "1000", "5");

            // A save is about forty operations; the child continues until the signal arrives.
            for (var operations = random.Next(1, 120); operations > 0; operations--)
                if (child.StandardOutput.ReadLine() is null)
                    Assert.Fail(child.StandardError.ReadToEnd());
            child.Kill();
            child.WaitForExit();
            var step = new RunFolder(folder["run"]).Checkpoints.Latest()?.Info.Step ?? 0;
            Assert.That(step, Is.GreaterThanOrEqualTo(before), "a saved step is never lost");
            before = step;
        }

        Assert.That(before, Is.GreaterThan(0), "some saves were reached");
        Assert.That(GoOn(folder["run"], 1_000), Is.EqualTo(wanted));
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
                var left = k;
                DurableFile.Before = name =>
                {
                    if (left-- == 0)
                        throw new IOException($"injected into '{name}'", error);
                };
                try
                {
                    training.RunTo(75, Interval);
                }
                catch (MtrlException e)
                {
                    Assert.That(e.ExitCode, Is.EqualTo(ExitCode.Stopped));
                    Assert.That(e.Message, Does.Contain(error == 28 ? "disk is full" : "injected"));
                }
                finally
                {
                    DurableFile.Before = null;
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
        DurableFile.Before = _ => count++;
        try
        {
            training.RunTo(75, Interval);
        }
        finally
        {
            DurableFile.Before = null;
        }

        return count;
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
