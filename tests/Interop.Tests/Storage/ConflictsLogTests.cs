namespace MtrlFunctional.Tests.Storage;

public class ConflictsLogTests
{
    private static ConflictRecord Record(long update, double cosine) =>
        new(1500 + update, update, "actor", new Agreement([12345.6, 0.00012348], [cosine]));

    [Test]
    public void RecordsAreReadBackWithFourDigits()
    {
        using var folder = new TemporaryFolder();
        using (var log = new ConflictsLog(folder["c.jsonl"]))
        {
            log.Append(Record(0, -0.123449));
            log.Append(Record(10, double.NaN));
        }

        File.AppendAllText(folder["c.jsonl"], "{\"part\":\"ac");
        var records = ConflictsLog.Read(folder["c.jsonl"], 2);
        Assert.That(records, Has.Count.EqualTo(2), "a line in progress is left out");
        Assert.That((records[0].Part, records[0].Step, records[0].Update), Is.EqualTo(("actor", 1500L, 0L)));
        Assert.That(records[0].Agreement.Lengths, Is.EqualTo(new[] { 12350, 0.0001235 }).Within(1e-12));
        Assert.That(records[0].Agreement.Cosines, Is.EqualTo(new[] { -0.1234 }));
        Assert.That(records[1].Agreement.Cosines, Is.EqualTo(new[] { double.NaN }));
        Assert.That(
            Assert.Throws<MtrlException>(() => ConflictsLog.Read(folder["c.jsonl"], 3))!.Message,
            Does.Contain("line 1 is not a record of the conflicts of 3 tasks"));
    }

    [Test]
    public void AResumedLogHasNoUpdateTwiceAndNoTornLine()
    {
        using var folder = new TemporaryFolder();
        var run = new RunFolder(folder.Path);
        IReadOnlyDictionary<string, long> positions;
        using (var logs = new RunLogs(run, DateTimeOffset.UnixEpoch, tensorBoard: false, conflicts: true))
        {
            logs.Conflicts!.Append(Record(0, 0.5));
            positions = logs.Positions();
            logs.Conflicts.Append(Record(10, 0.5));
        }

        File.AppendAllText(run.ConflictsFile, "{\"part");
        var info = new CheckpointInfo { Step = 0, Configuration = "", ProcessorModel = "", Threads = 1, Precision = "fp32", Logs = positions };
        using (var logs = new RunLogs(run, DateTimeOffset.UnixEpoch, tensorBoard: false, info, conflicts: true))
            logs.Conflicts!.Append(Record(10, 0.25));
        Assert.That(ConflictsLog.Read(run.ConflictsFile, 2).Select(r => r.Update), Is.EqualTo(new long[] { 0, 10 }));

        // Without recording, the file is not created.
        using var other = new TemporaryFolder();
        using (var logs = new RunLogs(new RunFolder(other.Path), DateTimeOffset.UnixEpoch, tensorBoard: false))
            Assert.That(logs.Conflicts, Is.Null);
        Assert.That(File.Exists(new RunFolder(other.Path).ConflictsFile), Is.False);
    }
}
