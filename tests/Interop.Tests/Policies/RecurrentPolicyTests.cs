using Microsoft.ML.OnnxRuntime;

namespace MtrlFunctional.Tests.Policies;

/// <summary>The file of a policy with a memory computes what the learner's networks compute, step after step.</summary>
public class RecurrentPolicyTests
{
    /// <summary>Observations that the actions of a network are compared for.</summary>
    private static readonly int Rows = LongForm.IsAsked ? 1_000 : 60;

    private static readonly string[] Small =
        ["env.horizon=5", "agent.actor.hidden_dim=16", "agent.critic.hidden_dim=16"];

    private static readonly string[] Rl2 = [.. Small, "agent=rl2", "agent.rl2.units=8", "agent.rl2.episodes_per_trial=3"];

    private static readonly string[] Context =
    [
        .. Small, "env=metaworld-ml10", "agent=mtppo", "agent.context.method=gru", "agent.context.units=8", "agent.context.episodes_per_trial=3",
        "agent.multitask.should_use_task_encoder=True", "agent.multitask.task_encoder_cfg.model_cfg.output_dim=6",
        "agent.on_policy.normalize_observations=True",
    ];

    private static readonly string[] Projected = ["agent.multitask.should_use_pal=True", "agent.multitask.pal_cfg.pal_dim=4"];

    private static readonly Dictionary<string, string[]> Networks = new()
    {
        ["memory"] = [.. Rl2, "env=metaworld-ml10"],
        ["hidden goals"] = [.. Rl2, "env=metaworld-ml1", "env.benchmark.env_name=reach", "agent.rl2.goal_weight=1"],
        ["choices"] = [.. Rl2, "env=mt-bandit", "env.task_visible=False", "env.num_task_states=500"],
        ["context"] = Context,
        ["film"] =
        [
            .. Context, "agent.encoder.type_to_select=film", "agent.encoder.film.num_layers=1",
            "agent.multitask.task_encoder_cfg.model_cfg.output_dim=4",
        ],
        ["features modulated"] = [.. Context, "agent.encoder.type_to_select=film", "behaviour.film_per_feature=True"],
        ["experts"] =
        [
            .. Context, "agent.encoder.type_to_select=moe", "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention",
            "agent.encoder.moe.num_experts=3", "agent.encoder.moe.task_id_to_encoder_id_cfg.attention.embedding_dim=6",
        ],
        ["soft modules"] =
        [
            .. Context, "agent.encoder.type_to_select=feedforward", "agent.actor.num_layers=4",
            "agent.encoder.feedforward.feature_dim=6",
            "agent.multitask.actor_cfg.should_condition_model_on_task_info=True",
            "agent.multitask.actor_cfg.should_condition_encoder_on_task_info=False",
            "agent.multitask.actor_cfg.should_concatenate_task_info_with_encoder=False", "agent.multitask.actor_cfg.moe_cfg.should_use=True",
        ],
        ["hypernetwork"] = [.. Context, "agent.multitask.model=hypernetwork"],
        ["composed"] = [.. Context, "agent.multitask.model=paco"],
        ["orthogonal"] = [.. Context, "agent.multitask.model=moore"],
        ["projected"] = [.. Context, .. Projected],
        ["projected, linear"] = [.. Context, .. Projected, "agent.multitask.pal_cfg.residual_mode=linear"],
    };

    /// <summary>Actions of the episodes that explore and of the others.</summary>
    [TestCaseSource(nameof(NetworkNames))]
    public void TheFileOfANetworkActsAsTheNetwork(string network)
    {
        using var folder = new TemporaryFolder();
        using var agent = new UntrainedAgent(Networks[network]).Filled();
        var (environments, learner) = (agent.Environments, (OnPolicyLearner)agent.Learner);
        using var policy = Policy.Load(agent.Save(folder));
        var (tasks, width) = (environments.Count, environments.ObservationSize);
        var playing = (IExploringPolicy)policy.Playing([.. Enumerable.Range(0, tasks)], agent.Experiment, environments.Spec);
        Assert.That((playing.NoiseSize, playing.NoiseCorrelation), Is.EqualTo((learner.NoiseSize, learner.NoiseCorrelation)));
        var (rows, noise, explores) = (new float[tasks * width], new float[tasks * learner.NoiseSize], new bool[tasks]);
        var (expected, actual) = (new float[tasks * environments.ActionSize], new float[tasks * environments.ActionSize]);
        var different = new HashSet<float>();
        for (var t = 0; t * tasks < Rows; t++)
        {
            Fill(rows, 1.7f, t);
            Fill(noise, 0.9f, t);
            for (var task = 0; task < tasks; task++)
            {
                rows[((task + 1) * width) - 1] = (t + task) % 9 == 0 ? 1 : 0;
                explores[task] = (t + task) % 2 == 0;
            }

            learner.Act(rows, explores, noise, expected);
            playing.Act(rows, explores, noise, actual);
            Assert.That(actual, Is.EqualTo(expected).Within(1e-5f), $"step {t}");
            different.UnionWith(expected);
        }

        Assert.That(different, Has.Count.GreaterThan(network == "choices" ? 1 : 100));
    }

    /// <summary>A session writes the trial's columns of a row.</summary>
    [Test]
    public void ASessionFollowsATrial()
    {
        using var folder = new TemporaryFolder();
        using var agent = new UntrainedAgent(Networks["memory"]).Filled();
        var (environments, learner) = (agent.Environments, (OnPolicyLearner)agent.Learner);
        using var policy = Policy.Load(agent.Save(folder));
        Assert.That((policy.ObservationSize, policy.HasMemory), Is.EqualTo((39, true)));
        var sessions = policy.Tasks.Select((_, task) => policy.Start(task)).ToArray();
        var width = environments.ObservationSize;
        var (rows, expected) = (new float[sessions.Length * width], new float[sessions.Length * 4]);
        var actions = sessions.Select(_ => new float[4]).ToArray();
        for (var t = 0; t < 30; t++)
        {
            var (reward, ended, isFirst) = (MathF.Cos(t), t % 5 == 4, t % 15 == 0);
            for (var task = 0; task < sessions.Length; task++)
            {
                var row = rows.AsSpan(task * width, width);
                Fill(row[..39], 1.3f, t + task);
                row[^1] = isFirst ? 1 : 0;
                if (isFirst)
                {
                    row[39..^1].Clear();
                    sessions[task].Restart();
                }

                sessions[task].Act(row[..39], actions[task]);
                sessions[task].Observe(reward, ended);
            }

            learner.ActGreedily(rows, expected);
            Assert.That(actions.SelectMany(action => action), Is.EqualTo(expected).Within(1e-5f), $"step {t}");
            for (var task = 0; task < sessions.Length; task++)
            {
                expected.AsSpan(task * 4, 4).CopyTo(rows.AsSpan((task * width) + 39));
                (rows[((task + 1) * width) - 3], rows[((task + 1) * width) - 2]) = (reward, ended ? 1 : 0);
            }
        }

        var observation = new float[39];
        Assert.That(
            Allocated.By(() =>
            {
                sessions[0].Act(observation, actions[0]);
                sessions[0].Observe(1);
            }),
            Is.Zero);
    }

    [Test]
    public void MisuseOfAMemoryIsOneMessage()
    {
        using var folder = new TemporaryFolder();
        using var policy = Policy.Load(FileOf(folder));
        var (observation, action) = (new float[39], new float[4]);
        Assert.That(
            () => policy.Act(observation, 0, action),
            Throws.InvalidOperationException.With.Message.Contains("policy.Start(task)"));
        var session = policy.Start(0);
        session.Act(observation, action);
        Assert.That(() => session.Act(observation, action), Throws.InvalidOperationException.With.Message.Contains("Observe(reward, ended)"));
        Assert.That(() => policy.Start(99), Throws.InstanceOf<ArgumentOutOfRangeException>());
        session.Restart();
        Assert.That(() => session.Act(new float[46], action), Throws.ArgumentException);
    }

    /// <summary>As another program computes actions of several rows: with a memory of zeros, without noise.</summary>
    [Test]
    public void AnotherProgramKeepsTheMemoryItself()
    {
        using var folder = new TemporaryFolder();
        var file = FileOf(folder);
        using var policy = Policy.Load(file);
        using var session = new InferenceSession(file);
        Assert.That(session.ModelMetadata.CustomMetadataMap["memory_size"], Is.EqualTo("8"));
        const int Batch = 3, Width = 46;
        var (memory, action) = (new float[Batch * 8], new float[4]);
        var own = policy.Start(0);
        for (var t = 0; t < 4; t++)
        {
            var rows = new float[Batch * Width];
            Fill(rows.AsSpan(0, 39), 1.1f, t);
            action.CopyTo(rows, 39);
            (rows[Width - 3], rows[Width - 1]) = t == 0 ? (0, 1) : (0.5f, 0);
            own.Act(rows.AsSpan(0, 39), action);
            own.Observe(0.5);
            using var outputs = Run(session, rows, memory, Batch);
            memory = outputs[1].GetTensorDataAsSpan<float>().ToArray();
            Assert.That(outputs[0].GetTensorDataAsSpan<float>()[..4].ToArray(), Is.EqualTo(action).Within(1e-6f));
        }
    }

    /// <summary>Each thread has a session of its own.</summary>
    [Test]
    public void EightThreadsShareAPolicyWithAMemory()
    {
        using var folder = new TemporaryFolder();
        using var policy = Policy.Load(FileOf(folder));
        Concurrent.Equals(() =>
        {
            var (session, observation, action, all) = (policy.Start(0), new float[39], new float[4], new List<float>());
            for (var t = 0; t < 60; t++)
            {
                Fill(observation, 1.9f, t);
                session.Act(observation, action);
                session.Observe(MathF.Sin(t));
                all.AddRange(action);
            }

            return all.ToArray();
        });
    }

    private static string FileOf(TemporaryFolder folder)
    {
        using var agent = new UntrainedAgent(Networks["memory"]).Filled();
        return agent.Save(folder);
    }

    private static IDisposableReadOnlyCollection<OrtValue> Run(InferenceSession session, float[] rows, float[] memory, int batch)
    {
        using var options = new RunOptions();
        using var observation = OrtValue.CreateTensorValueFromMemory(rows, [batch, rows.Length / batch]);
        using var task = OrtValue.CreateTensorValueFromMemory(new long[batch], [batch]);
        using var before = OrtValue.CreateTensorValueFromMemory(memory, [batch, memory.Length / batch]);
        using var noise = OrtValue.CreateTensorValueFromMemory(new float[batch * 4], [batch, 4]);
        return session.Run(
            options, ["observation", "task", "memory", "noise"], [observation, task, before, noise], ["action", "next_memory"]);
    }

    private static void Fill(Span<float> numbers, float frequency, int step)
    {
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = MathF.Sin(frequency * ((numbers.Length * step) + i));
    }

    private static IEnumerable<string> NetworkNames() => Networks.Keys;
}
