using MtrlFunctional.Environments;
using MtrlFunctional.Experiments;
using MtrlFunctional.Storage;
using MtrlFunctional.Tasks.MetaWorld;
using MtrlFunctional.Tests.Storage;
using MtrlFunctional.Training;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Environments;

/// <summary>
/// The goals of the environments that a run steps, read from its checkpoint: those that Meta-World's
/// generator draws in Meta-World's order of the tasks, also where a run lists the tasks in mtrl's order.
/// </summary>
public sealed class GoalsOfARunTests
{
    private const int Seed = 42;

    [TestCase("metaworld-mt10", "MT10")]
    [TestCase("metaworld-mt50", "MT50")]
    [TestCase("metaworld-ml10", "ML10-train")]
    public void TheyAreThoseOfTheBenchmark(string env, string benchmark)
    {
        using var folder = new TemporaryFolder();
        var experiment = ExperimentResolver.Resolve(
        [
            $"env={env}", "agent=state_sac", $"setup.seed={Seed}", $"setup.base_path={folder["runs"]}", "setup.name=goals",
            "setup.threads=1", "experiment.num_train_steps=1", "experiment.init_steps=100", "experiment.eval_freq=100",
            "replay_buffer.capacity=1000", "replay_buffer.batch_size=60", "agent.actor.hidden_dim=4",
            "env.horizon=2", "experiment.num_eval_episodes=1",
        ]);
        using (var run = TrainingRun.Start(experiment))
            Assert.That(run.Run(), Is.EqualTo(TrainingEnd.Finished));

        var path = Path.Combine(folder["runs"], "goals", $"seed-{Seed}", "checkpoints");
        using var environments = SafetensorsFile.Open(
            Path.Combine(Directory.EnumerateDirectories(path).Single(), "environments.safetensors"));
        var goals = environments.ReadLongs("goal");
        var recorded = Recorded(benchmark).ToDictionary();

        Assert.Multiple(() =>
        {
            for (var i = 0; i < experiment.Environment.Tasks.Length; i++)
                Assert.That(
                    environments.ReadDoubles($"{i}/randomisation"),
                    Is.EqualTo(recorded[experiment.Environment.Tasks[i]][goals[i]]),
                    experiment.Environment.Tasks[i]);
        });
    }

    /// <summary>Goals by task, drawn by one generator in the order of Meta-World's benchmark.</summary>
    private static IEnumerable<KeyValuePair<string, double[][]>> Recorded(string benchmark) =>
        MtrlFunctional.Tasks.Goals.OfSplit(Seed, Suites.Find(benchmark).ResultValue.Tasks)
            .Select(pair => KeyValuePair.Create(pair.Item1.Name, pair.Item2));
}
