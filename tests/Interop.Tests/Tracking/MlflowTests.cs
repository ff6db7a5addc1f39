namespace MtrlFunctional.Tests.Tracking;

/// <summary>Records of runs at an MLflow server.</summary>
public sealed class MlflowTests
{
    /// <summary>Times differ in a resumed run.</summary>
    private static readonly string[] _timed = ["train/duration", "train/processor_seconds", "train/sampling_seconds", "train/update_seconds", "train/physics_share"];

    [Test]
    public void ARunHasItsConfigurationAndAllItsRecordsOnceAlsoWhenItIsResumed()
    {
        using var server = new MlflowStub();
        using var folder = new TemporaryFolder();
        var run = Train(folder, server, _ => { });
        var recorded = server.Runs.Single();
        Assert.That(server.Experiments.Keys, Is.EqualTo(new[] { "small" }));
        Assert.That((recorded.Name, recorded.Status), Is.EqualTo(("small/seed-1", "FINISHED")));
        Assert.That(recorded.Parameters["agent.actor.hidden_dim"], Is.EqualTo("16"));
        Assert.That(recorded.Tags["mtrl.folder"], Is.EqualTo(Path.GetFullPath(run.Path)));
        Assert.That(recorded.Metrics.Select(metric => metric.Key), Does.Contain("reach-v3/eval_success").And.Contain("train/policy_loss"));
        AssertComplete(recorded, run);

        // As after a kill: the server has records after the newest checkpoint.
        foreach (var later in run.Checkpoints.Steps().Take(2))
            Directory.Delete(run.Checkpoints.FolderOf(later), recursive: true);
        using (var resumed = TrainingRun.Resume(run.Path, steps: 120))
        {
            Assert.That(resumed.Step, Is.EqualTo(30));
            resumed.Run();
        }

        recorded = server.Runs.Single();
        Assert.That(recorded.Statuses, Is.EqualTo(new[] { "FINISHED", "RUNNING", "FINISHED" }));
        AssertComplete(recorded, run);
    }

    [Test]
    public void ACopyIsARunOfItsOwnAndAMovedFolderIsNot()
    {
        using var server = new MlflowStub();
        using var folder = new TemporaryFolder();
        var run = Train(folder, server, _ => { });
        var (copy, moved) = (new RunFolder(folder["copy"]), new RunFolder(folder["moved"]));
        RunResult.Copy(run.Path, copy.Path);
        using (var resumed = TrainingRun.Resume(copy.Path, steps: 120))
            resumed.Run();
        Assert.That(server.Runs, Has.Count.EqualTo(2));
        AssertComplete(server.Runs.Last(), copy);

        Directory.Move(run.Path, moved.Path);
        using (var resumed = TrainingRun.Resume(moved.Path, steps: 120))
            resumed.Run();
        Assert.That(server.Runs, Has.Count.EqualTo(2));
        AssertComplete(server.Runs.First(), moved);
    }

    [Test]
    public void AStoppedRunIsKilledAndGoesOn()
    {
        using var server = new MlflowStub();
        using var folder = new TemporaryFolder();
        using (var stopped = TrainingRun.Start(SmallRuns.Of(folder.Path, $"logger.mlflow={server.Address}")))
            Assert.That(stopped.Run(stop: new CancellationToken(canceled: true)), Is.EqualTo(TrainingEnd.Stopped));
        Assert.That(server.Runs.Single().Status, Is.EqualTo("KILLED"));
        AssertComplete(server.Runs.Single(), Train(folder, server, _ => { }));
    }

    [Test]
    public void AnotherConfigurationInTheFolderIsAnotherRun()
    {
        using var server = new MlflowStub();
        using var folder = new TemporaryFolder();
        var run = Train(folder, server, _ => { });

        // Without a checkpoint the folder is free for another configuration.
        foreach (var step in run.Checkpoints.Steps())
            Directory.Delete(run.Checkpoints.FolderOf(step), recursive: true);
        Train(folder, server, _ => { }, "agent.builder.discount=0.9");
        Assert.That(server.Runs.Select(recorded => recorded.Parameters["agent.builder.discount"]), Is.EqualTo(new[] { "0.99", "0.9" }));
        AssertComplete(server.Runs.Last(), run);
    }

    [Test]
    public void ANoticeThatFailsDoesNotEndTheProcess()
    {
        using var folder = new TemporaryFolder();
        using var server = new MlflowStub { Failing = 503 };
        Train(folder, server, _ => throw new InvalidOperationException());
    }

    [Test]
    public void AServerThatFailsDoesNotStopARunAndGetsTheRecordsLater()
    {
        using var folder = new TemporaryFolder();
        var notices = new List<string>();
        using var server = new MlflowStub { Failing = 503 };
        var run = Train(folder, server, notices.Add);
        Assert.That(server.Runs.Single().Metrics, Is.Empty);
        Assert.That(notices.Single(), Does.Contain($"MLflow at {server.Address}: 503 TEMPORARILY_UNAVAILABLE").And.Contain("mtrl resume"));

        server.Failing = null;
        using (var resumed = TrainingRun.Resume(run.Path))
            resumed.Run();
        AssertComplete(server.Runs.Single(), run);
    }

    [Test]
    public void AServerThatIsNotThereIsNamed()
    {
        using var folder = new TemporaryFolder();
        var notices = new List<string>();
        var server = new MlflowStub();
        server.Dispose();
        Train(folder, server, notices.Add);
        Assert.That(notices.Single(), Does.StartWith($"MLflow at {server.Address}: ").And.Contain("mtrl resume"));
    }

    [TestCase("reach-v3", "reach-v3/eval_success"), TestCase("左", "左/eval_success"), TestCase("a=b", "a_b/eval_success")]
    public void ATaskHasAKeyOfItsOwn(string task, string key) =>
        Assert.That(MlflowSink.Key("eval", "success_env_index_0", new() { ["env_index_0"] = task }), Is.EqualTo(key));

    [TestCase("mlruns"), TestCase("ftp://127.0.0.1"), TestCase("http://user:secret@127.0.0.1")]
    public void AnAddressIsChecked(string address) => Refused(() => SmallRuns.Of(".", $"logger.mlflow={address}"), "logger.mlflow", "http://");

    private static RunFolder Train(TemporaryFolder folder, MlflowStub server, Action<string> notice, params string[] words)
    {
        using var run = TrainingRun.Start(SmallRuns.Of(folder.Path, [$"logger.mlflow={server.Address}", .. words]), notice: notice);
        Assert.That(run.Run(), Is.EqualTo(TrainingEnd.Finished));
        return run.Folder;
    }

    /// <summary>The server has each finite number of metrics.jsonl once.</summary>
    private static void AssertComplete(MlflowStub.Recorded recorded, RunFolder run)
    {
        string Key(MetricsRecord record, string name) =>
            name.Split("_env_index_") is [var kind, var task] && record.Texts.TryGetValue($"env_index_{task}", out var title)
                ? $"{title}/{record.Mode}_{kind}"
                : $"{record.Mode}/{name}";
        var wanted =
            from record in MetricsLog.Read(run.MetricsFile)
            from value in record.Values
            let key = Key(record, value.Key)
            where double.IsFinite(value.Value) && !_timed.Contains(key)
            select (key, value.Value, record.Step);
        Assert.That(recorded.Metrics.Where(metric => !_timed.Contains(metric.Key)), Is.EquivalentTo(wanted));
        Assert.That(recorded.Metrics.Select(metric => (metric.Key, metric.Step)), Is.Unique);
    }
}
