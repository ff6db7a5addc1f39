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

        File.WriteAllText(folder["c.jsonl"], File.ReadAllText(folder["c.jsonl"]).Replace("\n", "\n\0\0\n", StringComparison.Ordinal));
        var messages = new List<string>();
        Assert.That(ConflictsLog.Read(folder["c.jsonl"], 2, messages.Add), Has.Count.EqualTo(2));
        Assert.That(
            messages.Single(),
            Is.EqualTo($"{folder["c.jsonl"]}: lines 2 and 4 are no records of the conflicts of 2 tasks and were left out."));
    }
}
