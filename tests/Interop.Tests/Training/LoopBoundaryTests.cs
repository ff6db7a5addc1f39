namespace MtrlFunctional.Tests.Training;

/// <summary>Steps at which a run logs and evaluates, and the terms of its returns.</summary>
public class LoopBoundaryTests
{
    private const string Return = "episode_reward_env_index_0";

    [TestCase("fidelity=corrected", new long[] { 0, 20, 40, 60 })]
    [TestCase("fidelity=original", new long[] { 0, 60 })]
    [TestCase("behaviour.separate_evaluation=False", new long[] { 0, 30, 45, 60 })]
    public void EvaluationsFollowTheirPeriod(string word, long[] evaluations)
    {
        using var folder = new TemporaryFolder();
        var records = Train(folder.Path, word);
        Assert.That(Steps(records, "eval"), Is.EqualTo(evaluations));
        Assert.That(Steps(records, "train"), Is.EqualTo(new long[] { 15, 30, 45, 60 }));
    }

    [Test]
    public void LinesOfTheLogDoNotWaitForTheEndOfAnEpisode()
    {
        using var folder = new TemporaryFolder();
        var lines = Train(folder.Path, "experiment.log_freq=10").Where(record => record.Mode == "train").ToArray();
        Assert.That(Steps(lines, "train"), Is.EqualTo(new long[] { 10, 20, 30, 40, 50, 60 }));
        // Episodes end at 15, 30, 45 and 60.
        Assert.That(
            lines.Select(line => line.Values.ContainsKey(Return)),
            Is.EqualTo(new[] { false, true, true, false, true, true }));
        Assert.That(lines.Select(line => line.Values["episode"]), Is.EqualTo(new[] { 0, 1, 2, 2, 3, 4 }));
    }

    [Test]
    public void ReturnsOfTrainingAreThoseOfTheEnvironment()
    {
        using var folder = new TemporaryFolder();
        double[] Returns(string name, params string[] words) =>
        [
            .. Train(folder[name], ["experiment.init_steps=60", .. words])
                .Where(record => record.Mode == "train").Select(record => record.Values[Return]),
        ];
        var wanted = Returns("none", "env.reward_normalization=none");
        var tenth = wanted.Select(total => total / 10).ToArray();
        Assert.That(Returns("scaled", "env.reward_normalization=scaled"), Is.EqualTo(wanted));
        Assert.That(Returns("running", "env.reward_normalization=running"), Is.EqualTo(wanted));
        Assert.That(
            Returns("stored", "env.reward_normalization=scaled", "behaviour.raw_returns=False"),
            Is.EqualTo(tenth).Within(1e-9).Percent);
    }

    [Test]
    public void TheOriginalSumsNormalizedRewardsInTrainingAndEvaluation()
    {
        using var folder = new TemporaryFolder();
        string[] words = ["fidelity=original", "env.reward_normalization=scaled"];
        var original = Train(folder["original"], words);
        var raw = Train(folder["raw"], [.. words, "behaviour.raw_returns=True"]);
        foreach (var mode in new[] { "train", "eval" })
        {
            double[] Returns(IEnumerable<MetricsRecord> records) =>
                [.. records.Where(record => record.Mode == mode).Select(record => record.Values[Return])];
            Assert.That(Returns(original), Is.EqualTo(Returns(raw).Select(total => total / 10)).Within(1e-9).Percent, mode);
        }
    }

    [TestCase("original", new[] { 15, 23, 31 })]
    [TestCase("corrected", new int[0])]
    public void TimeLimitsOfDeepMindControlAreTerminalInTheOriginal(string fidelity, int[] terminal)
    {
        using var trainer = new OffPolicyTrainer(
            ExperimentBuilder.Resolve(
                "env=dmc-cartpole-balance", "agent=state_sac", "setup.seed=1", "setup.threads=1", "setup.device=cpu", "env.horizon=8",
                "experiment.init_steps=40", $"fidelity={fidelity}"),
            null,
            Extensions.None);
        trainer.Begin();
        while (trainer.State.Step < 32)
            trainer.Advance(() => { }, CancellationToken.None);
        Assert.That(
            trainer.Replay.Transitions(0).Select((transition, step) => transition.Terminal ? step : -1).Where(step => step >= 0),
            Is.EqualTo(terminal));
    }

    private static long[] Steps(IEnumerable<MetricsRecord> records, string mode) =>
        [.. records.Where(record => record.Mode == mode).Select(record => record.Step)];

    private static IReadOnlyList<MetricsRecord> Train(string basePath, params string[] words)
    {
        var experiment = ExperimentBuilder.Resolve(
        [
            "env=metaworld-mt10", "agent=state_sac", $"setup.base_path={basePath}", "setup.name=small", "setup.seed=1",
            "setup.threads=2", "setup.device=cpu", "env.tasks=[reach-v3,drawer-close-v3]", "env.horizon=15",
            "experiment.num_train_steps=60", "experiment.eval_freq=20", "experiment.num_eval_episodes=1",
            "experiment.init_steps=15", "agent.actor.hidden_dim=8", "replay_buffer.batch_size=8", "replay_buffer.capacity=100",
            .. words,
        ]);
        using (var run = TrainingRun.Start(experiment))
            Assert.That(run.Run(), Is.EqualTo(TrainingEnd.Finished));
        return MetricsLog.Read(RunFolder.OfSeed(Path.Combine(basePath, "small"), 1).MetricsFile);
    }
}
