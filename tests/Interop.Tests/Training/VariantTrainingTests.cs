namespace MtrlFunctional.Tests.Training;

/// <summary>Small runs on variants of a model of DeepMind Control.</summary>
public sealed class VariantTrainingTests
{
    private const string Heads = "agent.multitask.should_use_multi_head_policy=True";

    [Test]
    public void EachModeHasARecordWithThePositionsAndNamesOfItsVariants()
    {
        using var folder = new TemporaryFolder();
        using (var run = TrainingRun.Start(Small(folder.Path, "env.train=[7,2]", "env.eval.interpolation=[5]", "env.eval.extrapolation=[9,7]")))
        {
            run.Run();
            var parts = run.LastEvaluation!.Parts!;
            Assert.That(parts.Select(part => part.Name), Is.EqualTo(new[] { "base", "interpolation", "extrapolation" }));
            Assert.That(parts[2].Variants, Is.EqualTo(new[] { 9, 7 }));
            Assert.That(parts[2].Result.Tasks[1], Is.EqualTo(parts[0].Result.Tasks[0]));
            Assert.That(parts[2].Result.EpisodeReturns[1], Is.EqualTo(parts[0].Result.EpisodeReturns[0]));
            Assert.That(run.LastEvaluation.Caveat, Is.Null);
        }

        var records = File.ReadLines(Folder(folder.Path).MetricsFile).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(record => record.GetProperty("step").GetInt64() == 45)
            .ToDictionary(record => record.GetProperty("mode").GetString()!);
        Assert.That(records["train"].GetProperty("env_index_1").GetString(), Is.EqualTo("walker-walk-len-3"));
        Assert.That(records["eval_base"].GetProperty("env_index_0").GetString(), Is.EqualTo("walker-walk-len-8"));
        Assert.That(records["eval_interpolation"].GetProperty("env_index_0").GetString(), Is.EqualTo("walker-walk-len-6"));
        Assert.That(records["eval_interpolation"].TryGetProperty("episode_reward_env_index_1", out _), Is.False);
        Assert.That(
            records["eval_extrapolation"].GetProperty("episode_reward_env_index_1").GetDouble(),
            Is.EqualTo(records["eval_base"].GetProperty("episode_reward_env_index_0").GetDouble()));
        Assert.That(File.ReadAllText(Folder(folder.Path).TrainLogFile), Does.Match(@"eval_extrapolation .*ENV_0: 9 \| ENV_1: 7"));

        var again = RunEvaluation.Evaluate(Folder(folder.Path).Path);
        Assert.That(again.Parts![1].Result.Return, Is.EqualTo(records["eval_interpolation"].GetProperty("episode_reward").GetDouble()));
    }

    /// <summary>The part of a network for a variant does not depend on which others are trained on or evaluated.</summary>
    [Test]
    public void NetworksForVariantsGoByTheIndexAmongAll()
    {
        float[] Greedy(string train, string evaluated)
        {
            var experiment = Small("runs", Heads, $"env.train={train}", $"env.eval.base={evaluated}", "env.eval.interpolation=[]", "env.eval.extrapolation=[]");
            using var family = ExperimentEnvironments.OfLibrary(experiment, true);
            using var learner = Learner.Create(experiment, family.Spec, 1, Extensions.None);
            var count = experiment.Environment.TestTasks.Length;
            var actions = new float[count * 6];
            learner.ActGreedily((float[])[.. Enumerable.Range(0, count * 24).Select(i => (float)Math.Sin(i % 24))], actions);
            return actions;
        }

        var both = Greedy("[3,4]", "[2,9]");
        Assert.That(both[..6], Is.Not.EqualTo(both[6..]));
        Assert.That(Greedy("[9]", "[9,2]"), Is.EqualTo(both[6..].Concat(both[..6])));
    }

    [Test]
    public void PartsForVariantsWithoutTrainingStayAsTheyStart()
    {
        using var folder = new TemporaryFolder();
        var experiment = Small(folder.Path, Heads, "env.train=[1,8]", "env.eval.interpolation=[4]", "env.eval.extrapolation=[9]");
        using var family = ExperimentEnvironments.OfLibrary(experiment, false);
        using var start = Learner.Create(experiment, family.Spec, 1, Extensions.None);
        using (var run = TrainingRun.Start(experiment))
            run.Run();

        using var scope = torch.NewDisposeScope();
        using var file = Folder(folder.Path).Checkpoints.Latest()!.OpenTensors("agent.safetensors");
        var compared = 0;
        foreach (var (name, before) in start.Named())
        {
            if (!name.StartsWith("actor/", StringComparison.Ordinal) || name.Contains("moment") || before.shape[0] != 10)
                continue;
            var (old, now) = (before.ToFloats(), TensorFiles.Read(file, name).ToFloats());
            var size = old.Length / 10;
            for (var task = 0; task < 10; task++)
                Assert.That(
                    now[(task * size)..((task + 1) * size)].SequenceEqual(old[(task * size)..((task + 1) * size)]),
                    Is.EqualTo(task is not (1 or 8)),
                    $"{name}, variant {task}");
            compared++;
        }

        Assert.That(compared, Is.Positive);
    }

    /// <summary>More variants than agents are evaluated.</summary>
    [Test]
    public void DistralsDistilledPolicyActsInVariantsWithoutTraining()
    {
        using var folder = new TemporaryFolder();
        using var run = TrainingRun.Start(Small(
            folder.Path, "agent=state_distral", "behaviour.evaluate_distral_agents=False", "agent.actor.log_std_bounds=[-2,2]",
            "env.train=[1,8]", "env.eval.interpolation=[3,4]"));
        Assert.That(run.Run(), Is.EqualTo(TrainingEnd.Finished));
        var evaluation = run.LastEvaluation!;
        Assert.That(evaluation.Tasks, Has.Count.EqualTo(6));
        Assert.That(evaluation.Parts![1].Result.Tasks.Select(task => task.Return), Has.All.Positive);
    }

    private static Experiment Small(string basePath, params string[] more) => ExperimentBuilder.Resolve(
    [
        "env=dmc-walker-walk-vary-len", "agent=state_sac", $"setup.base_path={basePath}", "setup.name=small", "setup.seed=1",
        "setup.threads=1", "setup.device=cpu", "env.horizon=15", "experiment.init_steps=15", "experiment.num_train_steps=45",
        "experiment.eval_freq=15", "experiment.save_freq=15", "experiment.num_eval_episodes=1", "replay_buffer.batch_size=20",
        "replay_buffer.capacity=400", "agent.actor.hidden_dim=8", "agent.critic.hidden_dim=8", .. more,
    ]);

    private static RunFolder Folder(string basePath) => RunFolder.OfSeed(Path.Combine(basePath, "small"), 1);
}
