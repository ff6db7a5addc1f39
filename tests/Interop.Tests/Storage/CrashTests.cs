namespace MtrlFunctional.Tests.Storage;

/// <summary>
/// Where a file would become larger than the system allows, the newest whole checkpoint stays, logs have whole lines, and the
/// resumed run ends like an uninterrupted one, with byte-identical logs.
/// </summary>
public class CrashTests
{
    [Test]
    public void AFullDiskGivesOneMessageAndKeepsTheCheckpointBefore()
    {
        using var folder = new TemporaryFolder();
        var wanted = Trained(folder["undisturbed"], 100);
        Trained(folder["short"], 70);
        var logLength = (int)new FileInfo(new RunFolder(folder["short"]).MetricsFile).Length;

        // A limit that the log exceeds already, and one that it exceeds with its next record.
        foreach (var limit in new[] { logLength - 100, logLength + 30 })
        {
            var run = new RunFolder(folder[$"{limit}"]);
            Trained(run.Path, 70);
            var (code, error) = ChildProcess.Run("full", run.Path, $"{limit}");
            Assert.That(code, Is.EqualTo(ExitCode.Stopped), error);
            Assert.That(error, Does.Contain("disk is full").And.Not.Contain("   at "));
            Assert.That(run.Checkpoints.Latest()!.Info.Step, Is.EqualTo(70));
            Assert.That(Directory.GetDirectories(run.Checkpoints.Folder), Has.Length.EqualTo(1));
            Assert.That(File.ReadAllText(run.MetricsFile), Does.EndWith("}\n"));
            Assert.That(Trained(run.Path, 100), Is.EqualTo(wanted));
        }
    }

    private static string Trained(string run, int end)
    {
        using var training = new ToyTraining(run);
        training.RunTo(end, interval: 5);
        return training.Fingerprint();
    }
}
