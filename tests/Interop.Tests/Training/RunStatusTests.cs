namespace MtrlFunctional.Tests.Training;

/// <summary>Status of a run from its folder: not begun, stopped, finished, and of another experiment.</summary>
public class RunStatusTests
{
    [Test]
    public void ARunIsNewThenBegunThenFinished()
    {
        using var folder = new TemporaryFolder();
        var experiment = Tiny(folder["runs"]);
        Assert.That(RunStatuses.Of(experiment), Is.EqualTo(RunStatus.New));

        using (var run = TrainingRun.Start(experiment))
        {
            Assert.That(RunStatuses.Of(experiment), Is.EqualTo(RunStatus.New), "no checkpoint yet");
            Assert.That(run.Run(stop: new CancellationToken(canceled: true)), Is.EqualTo(TrainingEnd.Stopped));
        }

        Assert.That(RunStatuses.Of(experiment), Is.EqualTo(RunStatus.Incomplete));
        using (var run = TrainingRun.Start(experiment))
            Assert.That(run.Run(), Is.EqualTo(TrainingEnd.Finished));
        Assert.That(RunStatuses.Of(experiment), Is.EqualTo(RunStatus.Finished));
        Assert.That(RunStatuses.Of(Tiny(folder["runs"], "agent.actor.hidden_dim=9")), Is.EqualTo(RunStatus.OtherExperiment));
        Assert.That(RunStatuses.Of(Tiny(folder["runs"], "setup.seed_ref=2")), Is.EqualTo(RunStatus.New));

        // A torn newest checkpoint is none.
        var checkpoints = RunFolder.OfSeed(experiment.Setup.SaveDir, 1).Checkpoints;
        Assert.That(checkpoints.Newest()!.Step, Is.EqualTo(40));
        using (var file = File.OpenWrite(Path.Combine(checkpoints.FolderOf(40), "agent.safetensors")))
            file.SetLength(file.Length - 1);
        Assert.That(RunStatuses.Of(experiment), Is.Not.EqualTo(RunStatus.Finished));
    }

    [Test]
    public void ARunWhoseConfigurationCannotBeReadIsOfAnotherExperiment()
    {
        using var folder = new TemporaryFolder();
        var experiment = Tiny(folder["runs"]);
        using (var run = TrainingRun.Start(experiment))
            run.Run(stop: new CancellationToken(canceled: true));
        var longer = Tiny(folder["runs"], "experiment.num_train_steps=60");
        Assert.That(RunStatuses.Of(longer), Is.EqualTo(RunStatus.Incomplete));

        File.WriteAllText(RunFolder.OfSeed(experiment.Setup.SaveDir, 1).ConfigFile, "no: such: configuration");
        Assert.That(RunStatuses.Of(longer), Is.EqualTo(RunStatus.OtherExperiment));
    }

    private static MtrlFunctional.Experiments.Experiment Tiny(string basePath, params string[] more) => ExperimentBuilder.Resolve(
    [
        "env=metaworld-mt1", "env.benchmark.env_name=reach", "agent=state_sac", $"setup.base_path={basePath}", "setup.name=tiny",
        "setup.seed_ref=1", "setup.num_seeds=1", "setup.threads=1", "env.horizon=20", "experiment.num_train_steps=40",
        "experiment.init_steps=20", "experiment.eval_freq=40", "experiment.num_eval_episodes=1", "replay_buffer.batch_size=8",
        "replay_buffer.capacity=1000", "agent.actor.hidden_dim=8", .. more,
    ]);
}
