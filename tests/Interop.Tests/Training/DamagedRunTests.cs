using MtrlFunctional.Tests.Tracking;

namespace MtrlFunctional.Tests.Training;

/// <summary>A policy acts as long as its own file is whole.</summary>
public sealed class DamagedRunTests
{
    [Test]
    public void APolicyActsWithoutFilesThatItDoesNotRead()
    {
        using var folder = new TemporaryFolder();
        using var training = TrainingRun.Start(SmallRuns.Of(folder.Path));
        training.Run();
        var run = training.Folder;
        string[] files =
        [
            .. run.Checkpoints.Steps().SelectMany(step => Directory.GetFiles(run.Checkpoints.FolderOf(step), "*.safetensors", SearchOption.AllDirectories)),
        ];
        var own = files.Where(file => Path.GetFileName(file) == "agent.safetensors").ToArray();
        Assert.That(files.Except(own), Is.Not.Empty);
        foreach (var file in files.Except(own))
            Shorten(file);
        using (var policy = RunPolicy.Open(run.Path, new()))
            Assert.That(policy.Step, Is.EqualTo(training.Step));

        foreach (var file in own)
            Shorten(file);
        Assert.That(
            () => RunPolicy.Open(run.Path, new()), Throws.InstanceOf<CheckpointException>().With.Message.Contains("agent.safetensors"));
    }

    private static void Shorten(string file) => File.WriteAllBytes(file, File.ReadAllBytes(file)[1..]);
}
