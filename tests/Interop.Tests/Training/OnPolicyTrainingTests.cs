namespace MtrlFunctional.Tests.Training;

/// <summary>Real runs of on-policy agents, small.</summary>
public class OnPolicyTrainingTests
{
    [Test]
    public void AllGoalsAreEvaluatedOnceWhateverTheSeedDraws()
    {
        using var folder = new TemporaryFolder();
        var experiment = Small(folder["runs"], "mtppo", []);
        using (var run = TrainingRun.Start(experiment))
            run.Run();

        var path = RunFolder.OfSeed(Path.Combine(folder["runs"], "small"), 1).Path;
        using var policy = RunPolicy.Open(path, new());
        var met = new List<(int, int)>();
        var evaluation = Evaluator.Run(
            policy.Policy,
            policy.Environments,
            50,
            0,
            (i, reward) =>
            {
                met.Add((i, policy.Environments.Instances[i]));
                return reward;
            },
            goalsInTurn: true);
        Assert.That(met.Distinct().Count(), Is.EqualTo(100));
        Assert.That(met, Has.Count.EqualTo(2 * 50 * 10));
        Assert.That(RunEvaluation.Evaluate(path, new() { AllGoals = true }).Tasks, Is.EqualTo(evaluation.Tasks));
    }

    [Test]
    public void ShorterEpisodesThanTheHorizonAreCountedAndEvaluationPlaysWholeOnes()
    {
        using var folder = new TemporaryFolder();
        var experiment = Small(folder["runs"], "mtppo", ["agent.on_policy.episode_length=4"]);
        var episodes = new SortedSet<long>();
        using (var run = TrainingRun.Start(experiment))
            run.Run(progress => episodes.Add(progress.Episode));

        var path = RunFolder.OfSeed(Path.Combine(folder["runs"], "small"), 1).Path;
        using var policy = RunPolicy.Open(path, new());
        // 40 steps are five episodes of four steps of two tasks; one iteration reaches the end.
        Assert.That(episodes, Is.EqualTo(new[] { 0, 5 }));
        Assert.That(policy.Environments.Spec.Horizon, Is.EqualTo(10));
    }

    [TestCase("mtppo", Category = LongForm.Only)]
    [TestCase("mtppo", "agent.on_policy.lag=1", Category = LongForm.Only)]
    [TestCase("mtppo", "agent.on_policy.lag=2", "agent.on_policy.asynchronous=True", Category = LongForm.Only)]
    [TestCase(
        "impala", "agent.on_policy.batch_size=240", "agent.on_policy.minibatch_size=60", "agent.on_policy.value_epochs=2",
        "agent.optimizers.actor.lr=1e-3", Category = LongForm.Only)]
    public void ATaskIsLearned(string agent, params string[] words)
    {
        using var folder = new TemporaryFolder();
        var experiment = ExperimentBuilder.Resolve(
        [
            "env=metaworld-mt1", "env.benchmark.env_name=reach", $"agent={agent}", $"setup.base_path={folder["runs"]}",
            "setup.name=reach", "setup.seed=1", "setup.threads=1", "env.horizon=60", "env.goal_selection=fixed",
            "agent.actor.hidden_dim=32", "agent.on_policy.batch_size=600", "agent.on_policy.minibatch_size=100",
            "agent.optimizers.actor.lr=3e-3", "agent.optimizers.critic.lr=3e-3", "agent.builder.discount=0.9",
            "experiment.num_train_steps=10200", "experiment.eval_freq=9600", "experiment.num_eval_episodes=1", .. words]);
        var evaluations = new List<EvaluationResult>();
        using var run = TrainingRun.Start(experiment);
        run.Run(progress =>
        {
            if (progress.LastEvaluation is { } evaluation && !evaluations.Contains(evaluation))
                evaluations.Add(evaluation);
        });
        Assert.That(evaluations[^1].Return, Is.GreaterThan(1.5 * evaluations[0].Return), $"{evaluations[0].Return} at first");
    }

    private static Experiment Small(string basePath, string agent, string[] words) => ExperimentBuilder.Resolve(
    [
        "env=metaworld-mt10", $"agent={agent}", $"setup.base_path={basePath}", "setup.name=small", "setup.seed=1",
        "setup.threads=2", "setup.device=cpu", "env.tasks=[reach-v3,drawer-close-v3]", "env.horizon=10",
        "experiment.num_train_steps=20", "experiment.num_eval_episodes=1", "agent.actor.hidden_dim=8",
        "agent.on_policy.batch_size=40", "agent.on_policy.minibatch_size=20", "agent.on_policy.value_epochs=2", .. words,
    ]);
}
