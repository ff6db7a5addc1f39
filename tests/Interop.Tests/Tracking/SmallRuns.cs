namespace MtrlFunctional.Tests.Tracking;

/// <summary>Runs of a second, on two tasks.</summary>
internal static class SmallRuns
{
    internal static Experiment Of(string folder, params string[] words) => ExperimentBuilder
        .Of("env=metaworld-mt10", "env.tasks=[reach-v3, push-v3]", "agent=mtppo", "setup.seed=1", "setup.threads=1", "setup.name=small")
        .With($"setup.base_path={folder}", "env.horizon=15", "agent.actor.hidden_dim=16", "agent.on_policy.batch_size=60")
        .With("agent.on_policy.minibatch_size=30", "experiment.num_train_steps=90", "experiment.eval_freq=30", "experiment.save_freq=30")
        .With("experiment.num_eval_episodes=1", "experiment.save.model.retain_last_n=-1")
        .With(words)
        .Build().Experiment;
}
