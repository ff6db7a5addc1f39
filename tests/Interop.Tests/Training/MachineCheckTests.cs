namespace MtrlFunctional.Tests.Training;

/// <summary>What a run needs of the machine, and the place of its replay.</summary>
public class MachineCheckTests
{
    private const string Images = "env.builder.make_kwargs.from_pixels=True";

    [Test]
    public void TheConfigurationOfARunKeepsThePlaceThatWasDecided()
    {
        using var folder = new TemporaryFolder();
        var experiment = Tiny(folder["runs"], Images);
        Assert.That(experiment.ReplayBuffer.Backing.IsAuto);
        var notices = new List<string>();
        string path;
        using (var run = TrainingRun.Start(experiment, notice: notices.Add))
        {
            path = run.Folder.Path;
            Assert.That(run.Experiment.ReplayBuffer.Backing.IsMemory);
            Assert.That(run.Run(stop: new CancellationToken(canceled: true)), Is.EqualTo(TrainingEnd.Stopped));
        }

        Assert.That(notices, Has.One.StartsWith("replay_buffer.backing=memory: the run needs "));
        Assert.That(new RunFolder(path).ReadConfig(), Does.Contain("backing: memory"));
        Assert.That(RunStatuses.Of(experiment), Is.EqualTo(RunStatus.Incomplete));
        Assert.That(RunStatuses.Of(Tiny(folder["runs"], Images, "replay_buffer.backing=file")), Is.EqualTo(RunStatus.OtherExperiment));
    }

    /// <summary>The same command on a machine that would decide otherwise goes on with the run.</summary>
    [Test]
    public void ARunGoesOnWithThePlaceOfItsStart()
    {
        using var folder = new TemporaryFolder();
        using (var run = TrainingRun.Start(Tiny(folder["runs"], Images, "replay_buffer.backing=file")))
            run.Run(stop: new CancellationToken(canceled: true));

        var notices = new List<string>();
        using var again = TrainingRun.Start(Tiny(folder["runs"], Images), notice: notices.Add);
        Assert.That(again.Experiment.ReplayBuffer.Backing.IsFile);
        Assert.That(notices, Has.None.StartsWith("replay_buffer.backing"));
        Assert.That(notices, Has.One.Contains("continues at step 0"));
    }

    [TestCase("replay_buffer.capacity=2000000000", "of memory")]
    [TestCase("replay_buffer.capacity=2000000000", "the disk of the run folder has")]
    [TestCase("replay_buffer.capacity=2000000000,replay_buffer.backing=file", "the disk of the run folder has")]
    [TestCase("setup.device=cuda:0", "finds no GPU")]
    public void WhatCannotRunHereLeavesNoFolder(string words, string reason)
    {
        if (reason.Contains("GPU", StringComparison.Ordinal) && Libtorch.IsCudaAvailable)
            Assert.Ignore("There is a GPU.");
        using var folder = new TemporaryFolder();
        var experiment = Tiny(folder["runs"], [Images, .. words.Split(',')]);
        Refused(() => TrainingRun.Start(experiment), reason);
        Assert.That(Directory.Exists(folder["runs"]), Is.False);
    }

    /// <summary>Its files take space that the check would miss.</summary>
    [Test]
    public void WhatAKilledProcessLeftIsRemovedBeforeTheDiskIsMeasured()
    {
        using var folder = new TemporaryFolder();
        var experiment = Tiny(folder["runs"], Images, "replay_buffer.backing=file", "replay_buffer.capacity=2000000000");
        var run = RunFolder.OfSeed(experiment.Setup.SaveDir, experiment.Setup.SeedRef);
        var left = Path.Combine(run.Path, ".replay", "records-0");
        Directory.CreateDirectory(Path.GetDirectoryName(left)!);
        File.WriteAllText(left, "records");
        run.WriteConfig(ExperimentModule.Render(experiment));

        Refused(() => TrainingRun.Start(experiment), "the disk of the run folder has");
        Assert.That(File.Exists(left), Is.False);
        using (run.Claim())
            Assert.That(run.Exists);
    }

    /// <summary>The check of several runs may not clean up where a process of another machine may train.</summary>
    [Test]
    public void RunsOfOtherMachinesAreLeftAlone()
    {
        using var folder = new TemporaryFolder();
        Experiment[] runs = [.. new[] { 1, 2 }.Select(seed => Tiny(folder["runs"], "replay_buffer.backing=file", $"setup.seed_ref={seed}"))];
        var run = RunFolder.Of(runs[0]);
        var records = Path.Combine(run.Path, ".replay", "records-0");
        foreach (var (file, text) in new[]
        {
            (records, "records"),
            (Path.Combine(run.Path, "lock.owner-1", "owner"), JsonSerializer.Serialize(LockOwner.Me() with { Host = "elsewhere" })),
        })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }

        run.WriteConfig(ExperimentModule.Render(runs[0]));
        TrainingRun.RequireRuns(runs);
        Assert.That(File.Exists(records));
    }

    [TestCase("memory")]
    [TestCase("file")]
    public void ARunOfAnotherConfigurationIsNamedBeforeTheSizeOfThisOne(string backing)
    {
        using var folder = new TemporaryFolder();
        using (var run = TrainingRun.Start(Tiny(folder["runs"], Images)))
            run.Run(stop: new CancellationToken(canceled: true));

        var other = Tiny(folder["runs"], Images, $"replay_buffer.backing={backing}", "replay_buffer.capacity=2000000000");
        Refused(() => TrainingRun.Start(other), "holds a run of another configuration");
    }

    /// <summary>A new run would remove its checkpoints, or be removed beside them.</summary>
    [Test]
    public void CheckpointsWithoutAConfigurationAreNotTrainedOver()
    {
        using var folder = new TemporaryFolder();
        var experiment = Tiny(folder["runs"]);
        var run = RunFolder.OfSeed(experiment.Setup.SaveDir, experiment.Setup.SeedRef);
        using (var training = TrainingRun.Start(experiment))
            training.Run(stop: new CancellationToken(canceled: true));
        File.Delete(run.ConfigFile);

        Assert.That(
            () => TrainingRun.Start(experiment),
            Throws.TypeOf<MtrlException>().With.Message.StartsWith(
                $"{run.ConfigFile}: missing, and the folder has a checkpoint of step 0, which a new run would not keep."));
        Assert.That(run.Checkpoints.Steps(), Is.EqualTo((long[])[0]));
    }

    /// <summary>More steps overwrite more transitions, which the checkpoints hold.</summary>
    [Test]
    public void TheDiskIsCheckedForTheStepsOfTheResumedRun()
    {
        using var folder = new TemporaryFolder();
        if (new DriveInfo(folder.Path).AvailableFreeSpace > 10_000_000_000_000)
            Assert.Ignore("The disk is too large.");
        string path;
        using (var run = TrainingRun.Start(Tiny(
            folder["runs"], Images, "replay_buffer.backing=file", "experiment.save_freq=4", "experiment.save.model.retain_last_n=-1")))
        {
            path = run.Folder.Path;
            run.Run(stop: new CancellationToken(canceled: true));
        }

        var config = new RunFolder(path).ReadConfig();
        Refused(() => TrainingRun.Resume(path, steps: 2_000_000_000), "the disk of the run folder has");
        Assert.That(new RunFolder(path).ReadConfig(), Is.EqualTo(config));
        using var longer = TrainingRun.Resume(path, steps: 12);
        Assert.That(longer.TotalSteps, Is.EqualTo(12));
    }

    private static Experiment Tiny(string basePath, params string[] more) => ExperimentBuilder.Resolve(
    [
        "env=dmc-cartpole-balance", "agent=sac", $"setup.base_path={basePath}", "setup.name=tiny", "setup.seed_ref=1", "setup.num_seeds=1",
        "setup.threads=1", "env.horizon=4", "experiment.num_train_steps=8", "experiment.init_steps=4", "experiment.num_eval_episodes=1",
        "replay_buffer.batch_size=4", "replay_buffer.capacity=20", "agent.actor.hidden_dim=8", "agent.num_filters=2",
        "agent.encoder_feature_dim=4", "behaviour.separate_evaluation=False", .. more,
    ]);
}
