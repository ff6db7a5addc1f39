namespace MtrlFunctional.Tests.Storage;

public class LogTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Test]
    public void MetricsAreReadBackAsWritten()
    {
        using var folder = new TemporaryFolder();
        var values = new Dictionary<string, double>
        {
            ["loss"] = 0.1,
            ["nan"] = double.NaN,
            ["up"] = double.PositiveInfinity,
            ["down"] = double.NegativeInfinity,
            ["tiny"] = double.Epsilon,
            ["whole"] = 5,
            ["\"quoted\" é"] = -0.0,
        };
        using (var log = new MetricsLog(folder["m.jsonl"]))
        {
            log.Append("train", 150, values, [new("env_index_0", "reach-v3")]);
            log.Append("eval", 300, []);
        }

        File.AppendAllText(folder["m.jsonl"], "{\"mode\":\"tr");
        var records = MetricsLog.Read(folder["m.jsonl"]);
        Assert.That(records, Has.Count.EqualTo(2), "a line in progress is left out");
        Assert.That((records[0].Mode, records[0].Step), Is.EqualTo(("train", 150L)));
        Assert.That(records[0].Values, Is.EqualTo(values));
        Assert.That(records[0].Texts["env_index_0"], Is.EqualTo("reach-v3"));
        Assert.That(MetricsLog.Read(folder["m.jsonl"], "eval").Select(r => r.Step), Is.EqualTo(new long[] { 300 }));
        Assert.That(MetricsLog.Read(folder["m.jsonl"], "train").Single().Values, Is.EqualTo(values));
        Assert.That(MetricsLog.NewestFirst(folder["m.jsonl"]).Select(record => record.Step), Is.EqualTo(new[] { 300, 150 }));
        Assert.That(File.ReadLines(folder["m.jsonl"]).First(), Does.StartWith("{\"mode\":\"train\",\"step\":150,\"loss\":0.1,\"nan\":null,"));

        File.AppendAllText(folder["m.jsonl"], "\n");
        Assert.That(Assert.Throws<MtrlException>(() => MetricsLog.Read(folder["m.jsonl"]))!.Message, Does.Contain("line 3"));
    }

    [Test]
    public void DamagedLinesAreLeftOutAndNamed()
    {
        using var folder = new TemporaryFolder();
        var path = folder["m.jsonl"];
        string Line(string mode, int step) => $"{{\"mode\":\"{mode}\",\"step\":{step},\"loss\":0.5}}";
        var half = Line("train", 450)[..20];
        File.WriteAllText(path, $"{Line("train", 150)}\n{half}{Line("eval", 450)}\n\0\0\0\n{Line("eval", 600)}\n{Line("train", 750)[..^1]}\n");
        (long[] Steps, string[] Messages) Read(string? mode)
        {
            var messages = new List<string>();
            return ([.. MetricsLog.Read(path, mode, messages.Add).Select(record => record.Step)], [.. messages]);
        }

        var all = Read(null);
        Assert.That(all.Steps, Is.EqualTo(new long[] { 150, 600 }));
        Assert.That(all.Messages, Is.EqualTo(new[] { $"{path}: lines 2, 3 and 5 are no records of metrics and were left out." }));
        var evaluations = Read("eval");
        Assert.That(evaluations.Steps, Is.EqualTo(new long[] { 600 }));
        Assert.That(evaluations.Messages, Is.EqualTo(new[] { $"{path}: line 3 is no record of metrics and was left out." }));
        Assert.That(MetricsLog.NewestFirst(path).First().Step, Is.EqualTo(600));

        File.AppendAllText(path, "x\ny\n");
        Assert.That(Read(null).Messages.Single(), Does.Contain(": lines 2, 3, 5 and 2 more are no records"));
        Assert.That(Assert.Throws<MtrlException>(() => MetricsLog.Read(path))!.Message, Does.Contain("line 2"));
        File.WriteAllText(path, $"\n{Line("train", 150)}\n{{}}\n{{\"mode\":\"\\ud800\"}}\n{Line("eval", 300)}\n");
        Assert.That(Read("eval").Messages.Single(), Does.Contain(": lines 3 and 4 are no records"));
        Assert.That(MetricsLog.NewestFirst(path).First(record => record.Mode == "eval").Step, Is.EqualTo(300));
        File.WriteAllText(path, "x\n");
        Assert.That(MetricsLog.NewestFirst(path), Is.Empty);
        File.WriteAllText(path, "{ \"mode\": \"eval\", \"step\": 600, \"loss\": 0.5 }\n");
        Assert.That(Read("eval").Steps, Is.EqualTo(new long[] { 600 }), "blanks between the marks of JSON");
    }

    [Test]
    public void ALineOfTenThousandTasksIsRead()
    {
        using var folder = new TemporaryFolder();
        var values = Enumerable.Range(0, 30_000).ToDictionary(i => $"success_env_index_{i}", i => (double)i);
        using (var log = new MetricsLog(folder["m.jsonl"]))
        {
            log.Append("train", 1, values);
            log.Append("train", 2, values.Take(3));
            log.Append("train", 3, values.Skip(1));
        }

        Assert.That(
            MetricsLog.Read(folder["m.jsonl"]).Select(record => record.Values),
            Is.EqualTo(new[] { values, values.Take(3).ToDictionary(), values.Skip(1).ToDictionary() }));
    }

    [Test]
    public void ResumedLogsHaveNoStepTwiceAndNoTornLine()
    {
        using var folder = new TemporaryFolder();
        var run = new RunFolder(folder.Path);
        IReadOnlyDictionary<string, long> positions;
        using (var logs = new RunLogs(run, Start, tensorBoard: true, conflicts: true))
        {
            Write(logs, 1);
            Write(logs, 2);
            positions = logs.Positions();
            Write(logs, 3);
        }

        foreach (var file in new[] { run.MetricsFile, run.TrainLogFile, run.ConflictsFile })
            File.AppendAllText(file, "{\"mo");
        using (var logs = new RunLogs(run, Start.AddHours(1), tensorBoard: true, Saved(positions), conflicts: true))
            Write(logs, 3);

        Assert.That(MetricsLog.Read(run.MetricsFile).Select(r => r.Step), Is.EqualTo(new long[] { 1, 2, 3 }));
        Assert.That(File.ReadAllLines(run.TrainLogFile), Is.EqualTo(new[] { "line 1", "line 2", "line 3" }));
        Assert.That(ConflictsLog.Read(run.ConflictsFile, 2).Select(r => r.Step), Is.EqualTo(new long[] { 1, 2, 3 }));
        Assert.That(Directory.GetFiles(run.Path, "events*"), Has.Length.EqualTo(1));

        // A new start from nothing empties them.
        using (var logs = new RunLogs(run, Start.AddHours(2), tensorBoard: false))
        {
            Write(logs, 1);
            Assert.That(logs.Conflicts, Is.Null);
        }

        Assert.That(MetricsLog.Read(run.MetricsFile), Has.Count.EqualTo(1));
        Assert.That(Directory.GetFiles(run.Path, "events*"), Is.Empty);
    }

    [Test]
    public void ALogShorterThanItsCheckpointKeepsItsWholeRecords()
    {
        using var folder = new TemporaryFolder();
        var run = new RunFolder(folder.Path);
        IReadOnlyDictionary<string, long> positions;
        using (var logs = new RunLogs(run, Start, tensorBoard: true))
        {
            Write(logs, 1);
            Write(logs, 2);
            positions = logs.Positions();
        }

        var events = Directory.GetFiles(run.Path, "events*").Single();
        foreach (var path in new[] { run.MetricsFile, run.TrainLogFile, events })
            using (var file = File.OpenWrite(path))
                file.SetLength(file.Length - 3);

        using (var logs = new RunLogs(run, Start, tensorBoard: true, Saved(positions)))
        {
            Assert.That(logs.Shorter, Is.EqualTo(positions.Keys));
            Write(logs, 3);
        }

        Assert.That(MetricsLog.Read(run.MetricsFile).Select(r => r.Step), Is.EqualTo(new long[] { 1, 3 }));
        Assert.That(File.ReadAllLines(run.TrainLogFile), Is.EqualTo(new[] { "line 1", "line 3" }));
        Assert.That(EventReader.Read(events).Select(e => e.Step), Is.EqualTo(new long[] { 0, 1, 3 }));
    }

    [Test]
    public void EventsDecodeToWhatWasAppended()
    {
        using var folder = new TemporaryFolder();
        var path = folder[TensorBoardEvents.FileName(Start)];
        Assert.That(Path.GetFileName(path), Is.EqualTo($"events.out.tfevents.1700000000.{Environment.MachineName}"));
        using (var events = new TensorBoardEvents(path, Start))
        {
            events.Append(Start.AddSeconds(1.5), 150, [new("Train/actor_loss", -1.25), new("reach-v3/train_success", 1)]);
            events.Append(Start.AddSeconds(2), 5_000_000_000, [new(new string('x', 300), double.NaN)]);
        }

        var read = EventReader.Read(path);
        Assert.That(read, Has.Count.EqualTo(3));
        Assert.That(read[0].FileVersion, Is.EqualTo("brain.Event:2"));
        Assert.That(read[1].WallTime, Is.EqualTo(1_700_000_001.5));
        Assert.That(read[1].Step, Is.EqualTo(150));
        Assert.That(read[1].Scalars, Is.EqualTo(new[] { ("Train/actor_loss", -1.25f), ("reach-v3/train_success", 1f) }));
        Assert.That(read[2].Step, Is.EqualTo(5_000_000_000));
        Assert.That(read[2].Scalars[0], Is.EqualTo((new string('x', 300), float.NaN)));
    }

    private static CheckpointInfo Saved(IReadOnlyDictionary<string, long> logs) =>
        new() { Step = 2, Configuration = "", ProcessorModel = "", Threads = 1, Precision = "fp32", Logs = logs };

    private static void Write(RunLogs logs, long step)
    {
        logs.Train.Append($"line {step}");
        logs.Metrics.Append("train", step, [new("x", step)]);
        logs.Events?.Append(Start.AddSeconds(step), step, [new("Train/x", step)]);
        logs.Conflicts?.Append(new(step, step, "actor", new Agreement([1, 1], [0])));
    }
}
