using MtrlFunctional.Experiments;
using MtrlFunctional.Tests.Storage;
using MtrlFunctional.Training;

namespace MtrlFunctional.Tests.Training;

/// <summary>Runs of a second on three tasks of Meta-World, to be evaluated in others.</summary>
internal static class ThreeTaskRuns
{
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

    /// <summary>The experiment of words, of which the last of equal keys count.</summary>
    internal static Experiment Of(TemporaryFolder folder, params string[] words) => ExperimentBuilder.Resolve(
    [
        "env=metaworld-mt10", "env.tasks=[reach-v3, push-v3, drawer-close-v3]", "env.goal_selection=random", "env.horizon=15",
        "experiment.num_eval_episodes=1", "setup.seed=1", "setup.threads=1", "setup.name=small", $"setup.base_path={folder["runs"]}",
        .. words,
    ]);

    /// <returns>The folder of the finished run.</returns>
    internal static string Trained(TemporaryFolder folder, params string[] words)
    {
        using var run = TrainingRun.Start(Of(folder, words));
        run.Run();
        return run.Folder.Path;
    }
}
