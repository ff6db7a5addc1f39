namespace MtrlFunctional.Tests.Training;

/// <summary>Small runs that record cosine similarities of the task gradients.</summary>
public class ConflictRecordingTests
{
    [TestCase("state_sac", "critic", "actor")]
    [TestCase("mtppo", "policy", "value")]
    public void EachPartIsMeasuredAsOftenAsAskedWhichChangesNothingOfTheRun(string agent, params string[] parts)
    {
        var (run, without) = (Trained(agent, every: 2), Trained(agent, every: 0));
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
        Assert.That(File.Exists(without.ConflictsFile), Is.False);
        static string Learned(RunFolder run) => run.Checkpoints.Latest()!.Files.Single(file => file.Name == "agent.safetensors").Sha256;
        Assert.That(Learned(run), Is.EqualTo(Learned(without)));
    }

    private static RunFolder Trained(string agent, int every, params string[] more) => new(TrainedRuns.OfThreeTasks(
        [.. agent == "mtppo" ? [.. TrainedRuns.OnPolicy, "agent.on_policy.batch_size=45", "agent.on_policy.minibatch_size=15"] : TrainedRuns.OffPolicy, $"experiment.conflicts_freq={every}", .. more]));
}
