using MtrlFunctional.Storage;
using MtrlFunctional.Tests.Storage;
using MtrlFunctional.Training;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Training;

/// <summary>Small runs that record cosine similarities of the task gradients.</summary>
[TestFixture]
public class ConflictRecordingTests
{
    [Test]
    public void RecordingChangesNothingOfTheRun([Values("state_sac", "mtppo")] string agent)
    {
        using var folder = new TemporaryFolder();
        string Learned(int every)
        {
            var run = Train(folder[$"{every}"], agent, every);
            return run.Checkpoints.Latest()!.Files.Single(file => file.Name == "agent.safetensors").Sha256;
        }

        Assert.That(Learned(1), Is.EqualTo(Learned(0)));
        Assert.That(File.Exists(RunFolder.OfSeed(Path.Combine(folder["0"], "small"), 1).ConflictsFile), Is.False);
    }

    [TestCase("state_sac", "critic", "actor")]
    [TestCase("mtppo", "policy", "value")]
    public void EachPartIsMeasuredAsOftenAsAsked(string agent, params string[] parts)
    {
        using var folder = new TemporaryFolder();
        var run = Train(folder.Path, agent, every: 2);
        var records = ConflictsLog.Read(run.ConflictsFile, tasks: 3);
        Assert.That(records.Select(record => record.Part).Distinct(), Is.EqualTo(parts));
        foreach (var part in parts)
        {
            var updates = records.Where(record => record.Part == part).Select(record => record.Update).ToArray();
            Assert.That(updates, Is.EqualTo(Enumerable.Range(0, updates.Length).Select(i => 2L * i)));
            Assert.That(updates, Has.Length.GreaterThan(1));
        }

        Assert.That(records.SelectMany(record => record.Agreement.Cosines), Is.All.InRange(-1, 1));
        Assert.That(records.SelectMany(record => record.Agreement.Lengths), Is.All.GreaterThan(0));
    }

    [TestCase("env.tasks=[reach-v3]")]
    [TestCase("agent.multitask.model=separate")]
    public void ARunWithoutSharedParametersHasNoFile(string word)
    {
        using var folder = new TemporaryFolder();
        Assert.That(File.Exists(Train(folder.Path, "state_sac", every: 1, word).ConflictsFile), Is.False);
    }

    private static RunFolder Train(string basePath, string agent, int every, params string[] more)
    {
        var experiment = ExperimentBuilder.Resolve(
        [
            "env=metaworld-mt10", $"agent={agent}", $"setup.base_path={basePath}", "setup.name=small", "setup.seed=1",
            "setup.threads=2", "setup.device=cpu", "env.tasks=[reach-v3,push-v3,drawer-close-v3]", "env.horizon=15",
            "experiment.num_train_steps=60", "experiment.eval_freq=60", "experiment.save_freq=60",
            "experiment.num_eval_episodes=1", $"experiment.conflicts_freq={every}", "agent.actor.hidden_dim=16",
            .. agent == "mtppo"
                ? (string[])["agent.on_policy.batch_size=45", "agent.on_policy.minibatch_size=15", "agent.on_policy.value_epochs=2"]
                : ["experiment.init_steps=15", "replay_buffer.batch_size=12", "replay_buffer.capacity=150"],
            .. more,
        ]);
        using var run = TrainingRun.Start(experiment);
        Assert.That(run.Run(), Is.EqualTo(TrainingEnd.Finished));
        return run.Folder;
    }
}
