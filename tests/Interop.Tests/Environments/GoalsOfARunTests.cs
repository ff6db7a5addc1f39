using MtrlFunctional.Tests.Environments.Gym;

namespace MtrlFunctional.Tests.Environments;

/// <summary>
/// The goals of the environments that a run steps: those that Meta-World 3.1.1 recorded, also where a run lists the tasks in
/// mtrl's order. The file is an excerpt: MT10 and ML1 whole, tasks of the other benchmarks, all goals of each.
/// </summary>
public sealed class GoalsOfARunTests
{
    private const int Seed = 42;

    private static readonly string[] Small =
    [
        "agent=state_sac", $"setup.seed={Seed}", "setup.name=goals", "setup.threads=1", "experiment.num_train_steps=1",
        "experiment.init_steps=100", "experiment.eval_freq=100", "replay_buffer.capacity=1000", "replay_buffer.batch_size=60",
        "agent.actor.hidden_dim=4", "env.horizon=2", "experiment.num_eval_episodes=1",
    ];

    private static readonly string[] Parts = [.. All().Select(goals => goals.Part).Distinct()];

    /// <summary>Benchmark and split with the task of ML1, as the environments of training or evaluation.</summary>
    [TestCaseSource(nameof(Parts))]
    public void AllAreTheRecordedOnes(string part)
    {
        var benchmark = part.Split('.')[0];
        var split = part.Split('.')[1];
        using var environments = ExperimentEnvironments.Create(
            ExperimentBuilder.Resolve([.. Words(benchmark), .. Small]),
            split == "test",
            threads: 1, Extensions.None);
        var names = environments.TaskNames.ToList();
        foreach (var recorded in All().Where(goals => goals.Part == part))
        {
            var index = names.IndexOf(recorded.Task);
            Assert.That(environments.InstancesOf(index), Is.EqualTo(recorded.Goals.Length), recorded.Task);
            for (var goal = 0; goal < recorded.Goals.Length; goal++)
            {
                environments.Reset(index, goal);
                var randomisation = ((MetaWorldEnvironment)environments.Environments[index]).Randomisation.ToArray();
                Assert.That(randomisation, Is.EqualTo(recorded.Goals[goal]), $"{recorded.Task}, goal {goal}");
            }
        }
    }

    /// <summary>"ML1_reach-v3": the benchmark with its task.</summary>
    private static string[] Words(string benchmark)
    {
        var parts = benchmark.Split('_');
        var env = $"env=metaworld-{parts[0].ToLowerInvariant()}";
        return parts.Length == 1 ? [env] : [env, $"env.benchmark.env_name={parts[1]}"];
    }

    private static List<RecordedGoals> All()
    {
        using var file = SafetensorsFile.Open(Golden.File("metaworld/benchmark_goals_seed42.safetensors"));
        return
        [
            .. file.Tensors.Select(tensor => new RecordedGoals(
                tensor.Name[..tensor.Name.LastIndexOf('.')],
                tensor.Name[(tensor.Name.LastIndexOf('.') + 1)..],
                [.. file.ReadDoubles(tensor.Name).Chunk((int)tensor.Shape[1])])),
        ];
    }

    /// <param name="Part">Benchmark and split: "ML10.test".</param>
    /// <param name="Task">Name of the task.</param>
    /// <param name="Goals">In the order of the benchmark.</param>
    private sealed record RecordedGoals(string Part, string Task, double[][] Goals);
}
