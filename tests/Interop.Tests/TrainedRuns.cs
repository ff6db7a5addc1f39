namespace MtrlFunctional.Tests;

/// <summary>Small finished runs, each trained once for all tests that only read it.</summary>
[SetUpFixture]
public sealed class TrainedRuns
{
    private static readonly TemporaryFolder _folder = new();
    private static readonly Dictionary<string, string> _runs = [];

    internal static readonly string[] ThreeTasks =
    [
        "env=metaworld-mt10", "env.tasks=[reach-v3, push-v3, drawer-close-v3]", "env.goal_selection=random", "env.horizon=15",
        "experiment.num_eval_episodes=1", "setup.seed=1", "setup.threads=1",
    ];

    internal static readonly string[] OnPolicy =
    [
        "agent=mtppo", "agent.actor.hidden_dim=16", "agent.on_policy.batch_size=90", "agent.on_policy.minibatch_size=45",
        "experiment.num_train_steps=60", "experiment.eval_freq=60",
    ];

    internal static readonly string[] OffPolicy =
    [
        "agent=state_sac", "agent.actor.hidden_dim=8", "replay_buffer.batch_size=9", "replay_buffer.capacity=900",
        "experiment.init_steps=15", "experiment.num_train_steps=30", "experiment.eval_freq=30",
    ];

    /// <summary>The folder of the finished run of words, of which the last of equal keys count.</summary>
    internal static string Of(params string[] words)
    {
        var key = string.Join(' ', words);
        if (!_runs.TryGetValue(key, out var path))
        {
            using var run = TrainingRun.Start(ExperimentBuilder.Resolve([.. words, "setup.name=small", $"setup.base_path={_folder[$"{_runs.Count}"]}"]));
            Assert.That(run.Run(), Is.EqualTo(TrainingEnd.Finished));
            _runs[key] = path = run.Folder.Path;
        }

        return path;
    }

    internal static string OfThreeTasks(params string[] words) => Of([.. ThreeTasks, .. words]);

    [OneTimeTearDown]
    public void Remove() => _folder.Dispose();
}
