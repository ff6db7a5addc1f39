using MtrlFunctional.Experiments;
using MtrlFunctional.Sampling;
using MtrlFunctional.Storage;
using MtrlFunctional.Tensors;
using MtrlFunctional.Tests.Storage;
using MtrlFunctional.Training;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Training;

/// <summary>Real runs of an agent with a memory, small.</summary>
[TestFixture]
public class RecurrentTrainingTests
{
    [Test]
    public void EachStepOfARowHasTheActionBeforeItAndItsReward()
    {
        using var scope = Ops.Scope();
        var experiment = Reach("runs");
        using var sampler = new EpisodeSampler(experiment, 2);
        using var learner = (OnPolicyLearner)Learner.Create(experiment, sampler.Spec, threads: 1);
        var sampled = Sample(sampler, learner);
        var (obs, action, reward) = (Ops.ToFloats(sampled.Obs), Ops.ToFloats(sampled.Action), Ops.ToFloats(sampled.Reward));
        const int Width = 39 + 4 + 3, Steps = 3 * 5;
        Assert.Multiple(() =>
        {
            Assert.That(sampled.Lengths, Is.All.EqualTo(Steps));
            Assert.That(sampled.Terminal, Is.All.True);
            for (var row = 0; row < sampled.Lengths.Length * Steps; row++)
            {
                var (t, columns) = (row % Steps, obs.AsSpan((row * Width) + 39, 7).ToArray());
                float[] expected = t == 0
                    ? [0, 0, 0, 0, 0, 0, 1]
                    :
                    [
                        .. action.AsSpan((row - 1) * 4, 4).ToArray().Select(number => Math.Clamp(number, -1f, 1f)),
                        reward[row - 1], t % 5 == 0 ? 1 : 0, 0,
                    ];
                Assert.That(columns, Is.EqualTo(expected), $"row {row}");
            }
        });
    }

    /// <summary>The memory of a row depends on that row alone.</summary>
    [Test]
    public void TrialsDoNotDependOnThreads()
    {
        using var scope = Ops.Scope();
        var experiment = Reach("runs");
        float[] Actions(int threads)
        {
            using var sampler = new EpisodeSampler(experiment, threads);
            using var learner = (OnPolicyLearner)Learner.Create(experiment, sampler.Spec, threads: 1);
            return Ops.ToFloats(Sample(sampler, learner).Action);
        }

        Assert.That(Actions(1), Is.EqualTo(Actions(2)));
    }

    [Test]
    public void AnEvaluationPlaysWholeTrialsAndHasEachOfTheirEpisodes()
    {
        using var folder = new TemporaryFolder();
        var path = TrainedOnReach(folder);
        var (first, again) = (RunEvaluation.Evaluate(path), RunEvaluation.Evaluate(path));
        Assert.Multiple(() =>
        {
            Assert.That(first.Trials!.Single(), Has.Count.EqualTo(3));
            Assert.That(first.Trials!.Single().Sum(episode => episode.Return), Is.EqualTo(first.Tasks[0].Return).Within(1e-9));
            Assert.That(again.Trials!.Single(), Is.EqualTo(first.Trials!.Single()), "a memory is empty at the start of a trial");
        });
    }

    /// <summary>Arms are drawn anew for each trial, so that no policy without a memory gets more than half of the rewards of
    /// twenty pulls. Seconds: learning needs some thousand trials.</summary>
    [Test]
    public void AMemoryLearnsToFindTheBestArm()
    {
        using var folder = new TemporaryFolder();
        var experiment = ExperimentResolver.Resolve(
        [
            "env=mt-bandit", "agent=rl2", $"setup.base_path={folder["runs"]}", "setup.name=bandit", "setup.seed=1", "setup.threads=1",
            "env.task_visible=False", "env.num_task_states=500", "env.horizon=20", "agent.rl2.episodes_per_trial=1",
            "agent.rl2.exploration_episodes=0", "agent.rl2.units=16", "agent.rl2.time_constant=10", "agent.actor.num_layers=1",
            "agent.actor.hidden_dim=16", "agent.on_policy.value_function=squared", "agent.on_policy.batch_size=2000", "agent.on_policy.minibatch_size=500",
            "agent.ppo.epochs=4", "agent.optimizers.actor.lr=1e-2", "agent.optimizers.critic.lr=1e-2", "agent.builder.discount=0.9",
            "experiment.num_train_steps=50000", "experiment.eval_freq=50000", "experiment.num_eval_episodes=200",
        ]);
        using (var run = TrainingRun.Start(experiment))
            Assert.That(run.Run(), Is.EqualTo(TrainingEnd.Finished));
        var evaluation = RunEvaluation.Evaluate(RunFolder.OfSeed(Path.Combine(folder["runs"], "bandit"), 1).Path);
        Assert.That(evaluation.Return, Is.GreaterThan(12.5), "of bandits that were not trained on");
    }

    [Test]
    public void APolicyWithAMemoryIsNoLayersOnRows()
    {
        using var folder = new TemporaryFolder();
        var path = TrainedOnReach(folder);
        Assert.That(
            () => Policy.Load(path),
            Throws.InstanceOf<MtrlException>().With.Message.Contains("memory").And.Message.Contains("mtrl eval"));
    }

    [Test]
    public void ItPlaysTasksThatItWasNotTrainedOn()
    {
        using var folder = new TemporaryFolder();
        var path = TrainedOnReach(folder);
        var result = RunEvaluation.Evaluate(path, new EvaluationOptions { Tasks = ["push-v3"], Episodes = 1 });
        Assert.That(result.Tasks.Single().Name, Is.EqualTo("push-v3"));
        Assert.That(result.Tasks.Single().Return, Is.Not.Zero);
    }

    /// <summary>The folder of a finished run.</summary>
    private static string TrainedOnReach(TemporaryFolder folder)
    {
        using var run = TrainingRun.Start(Reach(folder["runs"]));
        Assert.That(run.Run(), Is.EqualTo(TrainingEnd.Finished));
        return RunFolder.OfSeed(Path.Combine(folder["runs"], "small"), 1).Path;
    }

    private static Algorithms.Episodes Sample(EpisodeSampler sampler, OnPolicyLearner learner) =>
        sampler.Sample(2, learner.Players.Single(), learner.NoiseSize, _ => { }, CancellationToken.None).Episodes;

    private static Experiment Reach(string basePath) => ExperimentResolver.Resolve(
    [
        "env=metaworld-ml1", "env.benchmark.env_name=reach", "agent=rl2", $"setup.base_path={basePath}", "setup.name=small",
        "setup.seed=1", "setup.threads=2", "setup.device=cpu", "env.horizon=5", "experiment.num_train_steps=180",
        "experiment.num_eval_episodes=2", "agent.rl2.episodes_per_trial=3", "agent.rl2.units=8", "agent.actor.hidden_dim=8",
        "agent.on_policy.batch_size=90", "agent.on_policy.minibatch_size=30", "agent.ppo.epochs=2",
    ]);
}
