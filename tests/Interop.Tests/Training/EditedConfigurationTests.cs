using MtrlFunctional.Tests.Tracking;

namespace MtrlFunctional.Tests.Training;

/// <summary>Configurations that were edited after a checkpoint was saved.</summary>
public sealed class EditedConfigurationTests
{
    private static RunFolder Trained(TemporaryFolder folder)
    {
        using var training = TrainingRun.Start(SmallRuns.Of(folder.Path));
        training.Run();
        return training.Folder;
    }

    private static void Edit(RunFolder run, string from, string to)
    {
        var config = File.ReadAllText(run.ConfigFile);
        Assert.That(config, Does.Contain(from));
        File.WriteAllText(run.ConfigFile, config.Replace(from, to));
    }

    [TestCase("discount: 0.99", "discount: 0.9", "agent.builder.discount is 0.99 there and 0.9 here")]
    [TestCase("seed_ref: 1", "seed_ref: 9", "setup.seed_ref is 1 there and 9 here")]
    [TestCase("num_train_steps: 90", "num_train_steps: 60", "experiment.num_train_steps is 90 there and 60 here")]
    public void AreNotResumed(string from, string to, string difference)
    {
        using var folder = new TemporaryFolder();
        var run = Trained(folder);
        Edit(run, from, to);
        Refused(
            () => TrainingRun.Resume(run.Path, steps: 120),
            
                $"{run.ConfigFile}: is not the configuration of its checkpoint of step 90: {difference}.");

        // Undone, it goes on.
        Edit(run, to, from);
        using var resumed = TrainingRun.Resume(run.Path, steps: 120);
        Assert.That(resumed.Step, Is.EqualTo(90));
    }

    [Test]
    public void AreNotContinuedByTheWordsOfTheEdit()
    {
        using var folder = new TemporaryFolder();
        var run = Trained(folder);
        Edit(run, "discount: 0.99", "discount: 0.9");
        Refused(
            () => TrainingRun.Start(SmallRuns.Of(folder.Path, "agent.builder.discount=0.9", "experiment.num_train_steps=120")),
            "is not the configuration of its checkpoint of step 90");
    }

    [Test]
    public void ARemovedLogIsNoticed()
    {
        using var folder = new TemporaryFolder();
        var run = Trained(folder);
        File.Delete(run.MetricsFile);
        var notices = new List<string>();
        using var resumed = TrainingRun.Resume(run.Path, notice: notices.Add, steps: 120);
        Assert.That(notices, Has.One.EndsWith("metrics.jsonl has lost lines of the 90 steps so far. Later lines are added to it."));
    }

    /// <summary>As Notepad and PowerShell save a text.</summary>
    [TestCase("utf-8")]
    [TestCase("utf-16")]
    public void InAnEditorThatWritesAByteOrderMarkAreRead(string encoding)
    {
        using var folder = new TemporaryFolder();
        var run = Trained(folder);
        foreach (var file in new[] { run.ConfigFile, run.MetricsFile })
            if (encoding == "utf-8" || file == run.ConfigFile)
                File.WriteAllText(file, File.ReadAllText(file), Encoding.GetEncoding(encoding));
        Assert.That(File.ReadAllBytes(run.ConfigFile)[0], Is.GreaterThanOrEqualTo(0xEF));
        Assert.That(MetricsLog.NewestFirst(run.MetricsFile).First().Step, Is.EqualTo(90));
        Assert.That(RunEvaluation.ExperimentOf(run.Path).Schedule.NumTrainSteps, Is.EqualTo(90));
    }

    /// <summary>As of a run that grew and was killed before it saved again.</summary>
    [TestCase("num_train_steps: 90", "num_train_steps: 120")]
    [TestCase("threads: 1", "threads: 2")]
    public void WithMoreStepsOrOtherThreadsAreResumed(string from, string to)
    {
        using var folder = new TemporaryFolder();
        var run = Trained(folder);
        Edit(run, from, to);
        using var resumed = TrainingRun.Resume(run.Path, steps: 120);
        Assert.That(resumed.Step, Is.EqualTo(90));
    }
}
