using MtrlFunctional.Tests.Tracking;

namespace MtrlFunctional.Tests.Training;

/// <summary>A policy acts as long as its own file is whole.</summary>
public sealed class DamagedRunTests
{
    [TestCase("loop.safetensors")]
    [TestCase("environments.safetensors")]
    [TestCase("agent.safetensors")]
    public void ActsWithoutFilesThatItDoesNotRead(string damaged)
    {
        using var folder = new TemporaryFolder();
        RunFolder run;
        using (var training = TrainingRun.Start(SmallRuns.Of(folder.Path)))
        {
            training.Run();
            run = training.Folder;
        }

        foreach (var step in run.Checkpoints.Steps())
        {
            var file = Path.Combine(run.Checkpoints.FolderOf(step), damaged);
            if (File.Exists(file))
                File.WriteAllBytes(file, File.ReadAllBytes(file)[1..]);
        }

        if (damaged == "agent.safetensors")
            Assert.That(() => RunPolicy.Open(run.Path, new()), Throws.InstanceOf<CheckpointException>().With.Message.Contains(damaged));
        else
            RunPolicy.Open(run.Path, new()).Dispose();
    }
}
