namespace MtrlFunctional.Tests.Training;

/// <summary>Runs that get more steps, whose learning rates fall over the last half of them, or another number of threads.</summary>
public class LongerRunTests
{
    private const int Iteration = 30;

    [Test]
    public void OneThatGetsThemBeforeEqualsOneThatWasStartedWithThem()
    {
        var (grown, whole, notices) = Compare(steps: 4 * Iteration, stoppedAfter: 2 * Iteration);
        Assert.That(grown, Is.EqualTo(whole));
        Assert.That(notices, Has.Some.EndsWith("grows from 120 to 240 steps."));
    }

    [Test]
    public void OneThatGetsThemLaterDiffersAndSaysSo()
    {
        var (grown, whole, notices) = Compare(steps: 5 * Iteration, stoppedAfter: 4 * Iteration);
        Assert.That(grown, Is.Not.EqualTo(whole));
        Assert.That(notices, Has.Some.Contains("the run differs from one started with as many"));
    }

    [Test]
    public void OneThatCannotGoOnKeepsItsNumberOfSteps()
    {
        using var folder = new TemporaryFolder();
        var path = Stopped(folder["run"], steps: 4 * Iteration, after: 2 * Iteration);
        var (config, log) = (new RunFolder(path).ReadConfig(), new RunFolder(path).TrainLogFile);
        File.Delete(log);
        Directory.CreateDirectory(log);
        Assert.That(() => TrainingRun.Resume(path, steps: 8 * Iteration), Throws.InstanceOf<MtrlException>());
        Assert.That(new RunFolder(path).ReadConfig(), Is.EqualTo(config));
    }

    [Test]
    public void AnotherNumberOfThreadsIsNoticedAndKept()
    {
        using var folder = new TemporaryFolder();
        var path = Stopped(folder["run"], steps: 4 * Iteration, after: 2 * Iteration);
        var notices = new List<string>();
        using (var run = TrainingRun.Resume(path, notice: notices.Add, threads: 2))
            Assert.That(run.Run(), Is.EqualTo(TrainingEnd.Finished));
        Assert.That(new RunFolder(path).Checkpoints.Latest()!.Info.Threads, Is.EqualTo(2));
        Assert.That(notices, Has.Some.Contains("goes on with 2 instead of 1 threads"));
        notices.Clear();
        using (TrainingRun.Resume(path, notice: notices.Add, threads: 1))
            Assert.That(notices.Single(), Does.Contain("is finished. 'mtrl resume "));
        Assert.That(RunStatuses.Of(Small(folder["run"], 4 * Iteration)), Is.EqualTo(RunStatus.Finished), "with any number of threads");
    }

    /// <returns>Hashes of the agents of a run that grew to eight iterations, and of one that was started with them.</returns>
    private static (string Grown, string Whole, List<string> Notices) Compare(int steps, long stoppedAfter)
    {
        using var folder = new TemporaryFolder();
        var whole = TrainedRuns.Of(Words(8 * Iteration));
        var path = Stopped(folder["grown"], steps, stoppedAfter);
        var notices = new List<string>();
        using (var run = TrainingRun.Resume(path, notice: notices.Add, steps: 8 * Iteration))
            Assert.That(run.Run(), Is.EqualTo(TrainingEnd.Finished));
        return (Agent(path), Agent(whole), notices);
    }

    private static Experiment Small(string basePath, int steps) =>
        ExperimentBuilder.Resolve([.. Words(steps), "setup.name=small", $"setup.base_path={basePath}"]);

    private static string[] Words(int steps) =>
    [
        "env=metaworld-mt1", "env.benchmark.env_name=reach", "agent=mtppo", "setup.seed=1", "setup.threads=1", "setup.device=cpu", "agent.actor.hidden_dim=8", $"env.horizon={Iteration}",
        $"experiment.num_train_steps={steps}", $"experiment.eval_freq={Iteration}", "experiment.save_freq=1000",
        "experiment.num_eval_episodes=1", $"agent.on_policy.batch_size={Iteration}", "agent.on_policy.minibatch_size=10",
        "agent.on_policy.lr_schedule=linear", "agent.on_policy.lr_decay_start=0.5",
    ];

    /// <returns>The folder of a run that ended with its evaluation at a step.</returns>
    private static string Stopped(string basePath, int steps, long after)
    {
        var callbacks = new Callbacks
        {
            OnEvaluation = evaluation => evaluation.Step < after ? RunDecision.Continue : RunDecision.Stop,
        };
        using var run = TrainingRun.Start(Small(basePath, steps), Extensions.None with { Callbacks = callbacks });
        Assert.That(run.Run(), Is.EqualTo(TrainingEnd.EndedEarly));
        Assert.That(run.Step, Is.EqualTo(after));
        return run.Folder.Path;
    }

    private static string Agent(string run) =>
        new RunFolder(run).Checkpoints.Latest()!.Files.Single(file => file.Name == "agent.safetensors").Sha256;
}
