using MtrlFunctional.Environments;
using MtrlFunctional.Experiments;
using MtrlFunctional.Policies;
using MtrlFunctional.Storage;
using MtrlFunctional.Tensors;
using MtrlFunctional.Tests.Storage;
using MtrlFunctional.Training;
using NUnit.Framework;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Policies;

/// <summary>A policy as layers on rows computes what the learner's networks compute.</summary>
[TestFixture]
public class PolicyTests
{
    private static readonly string[] SoftActorCritic = ["setup=metaworld", "env=metaworld-mt10", "agent=state_sac", "agent.actor.hidden_dim=24"];
    private static readonly string[] Proximal = ["env=metaworld-mt10", "agent=mtppo", "agent.actor.hidden_dim=24"];

    private static readonly string[] Care =
    [
        "agent.encoder.type_to_select=moe", "agent.multitask.should_use_task_encoder=True",
        "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention", "agent.encoder.moe.num_experts=4",
    ];

    /// <summary>Networks that can be expressed.</summary>
    private static readonly Dictionary<string, string[]> Networks = new()
    {
        ["plain"] = SoftActorCritic,
        ["no task id"] = [.. SoftActorCritic, "fidelity=original"],
        ["bfloat16"] = [.. SoftActorCritic, "setup.precision=bf16", "agent.actor.num_layers=3"],
        ["heads"] = [.. SoftActorCritic, "agent.multitask.should_use_multi_head_policy=True"],
        ["separate"] = [.. SoftActorCritic, "agent.multitask.model=separate"],
        ["task encoder"] = [.. SoftActorCritic, "agent.multitask.should_use_task_encoder=True", "agent.encoder.type_to_select=feedforward"],
        ["film"] =
        [
            .. SoftActorCritic, "agent.multitask.should_use_task_encoder=True", "agent.encoder.type_to_select=film",
            "agent.multitask.task_encoder_cfg.model_cfg.output_dim=8",
        ],
        ["experts"] = [.. SoftActorCritic, .. Care, "agent.encoder.moe.encoder_cfg.num_layers=3"],
        ["clusters of experts"] = [.. SoftActorCritic, "agent.encoder.type_to_select=moe"],
        ["projected"] = [.. SoftActorCritic, "agent.multitask.should_use_pal=True", "agent.multitask.pal_cfg.pal_dim=5"],
        ["composed"] = [.. SoftActorCritic, "agent.multitask.model=paco"],
        ["hypernetwork"] =
            [.. SoftActorCritic, "agent.multitask.should_use_task_encoder=True", "agent.multitask.model=hypernetwork"],
        ["ppo"] = [.. Proximal, "agent.on_policy.normalize_observations=True"],
        ["ppo heads"] = [.. Proximal, "agent.multitask.should_use_multi_head_policy=True"],
        ["fast"] = ["preset=fast/mt10"],
        ["theta"] =
        [
            "setup=hipbmdp", "env=dmc-walker-walk-vary-len", "agent=hipbmdp", "agent.encoder.type_to_select=feedforward",
            "agent.actor.hidden_dim=24",
        ],
        ["choices"] = ["env=mt-acrobot", "agent=mtppo", "agent.actor.hidden_dim=24"],
    };

    [TestCaseSource(nameof(NetworkNames))]
    public void LayersOnRowsEqualTheNetworks(string network)
    {
        var experiment = ExperimentResolver.Resolve(["setup.seed=1", "setup.threads=1", .. Networks[network]]);
        using var environments = ExperimentEnvironments.Create(experiment, ExperimentEnvironments.Evaluate, 1);
        using var learner = Learner.Create(experiment, environments.Spec, 1);
        Fill(learner);
        var layers = learner.RowLayers(environments.ObservationSize);
        Assert.That(layers.IsOk, () => layers.ErrorValue);
        using var folder = new TemporaryFolder();
        using var policy = Policy.Load(Write(folder, experiment, environments, learner));
        Assert.That(policy.IsManaged);
        Assert.That((policy.Tasks, policy.Step), Is.EqualTo((environments.TaskNames, 7L)));
        float[] observations = [.. Enumerable.Range(0, environments.Count * environments.ObservationSize).Select(i => MathF.Sin(i * 1.7f))];
        var (expected, actions) = (new float[environments.Count * environments.ActionSize], new float[environments.Count * environments.ActionSize]);
        learner.ActGreedily(observations, expected);
        policy.ActBatch(observations, [.. Enumerable.Range(0, environments.Count)], actions);
        Assert.That(actions, Is.EqualTo(expected).Within(2e-6f));
        Assert.That(expected.Distinct().Count(), Is.GreaterThan(1));
    }

    [Test]
    public void ActingAllocatesNothing()
    {
        using var folder = new TemporaryFolder();
        using var policy = Policy.Load(PlainFile(folder));
        var (observation, action) = (new float[policy.ObservationSize], new float[policy.ActionSize]);
        for (var i = 0; i < 100; i++)
            policy.Act(observation, 3, action);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
            policy.Act(observation, 3, action);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void ANetworkWithoutSuchAFormIsNamed()
    {
        const string flags = "agent.multitask.actor_cfg";
        string[] soft =
        [
            .. SoftActorCritic, "agent.actor.num_layers=4", "agent.encoder.type_to_select=feedforward",
            "agent.multitask.should_use_task_encoder=True", $"{flags}.should_condition_model_on_task_info=True",
            $"{flags}.should_condition_encoder_on_task_info=False", $"{flags}.should_concatenate_task_info_with_encoder=False",
            $"{flags}.moe_cfg.should_use=True",
        ];
        var experiment = ExperimentResolver.Resolve(["setup.seed=1", "setup.threads=1", .. soft]);
        using var environments = ExperimentEnvironments.Create(experiment, ExperimentEnvironments.Evaluate, 1);
        using var learner = Learner.Create(experiment, environments.Spec, 1);
        Assert.That(learner.RowLayers(environments.ObservationSize).ErrorValue, Does.Contain("soft modules"));
    }

    [Test]
    public void WrongLengthsAndTasksAreArguments()
    {
        using var folder = new TemporaryFolder();
        using var policy = Policy.Load(PlainFile(folder));
        var (observation, action) = (new float[policy.ObservationSize], new float[policy.ActionSize]);
        Assert.That(() => policy.Act(observation, 10, action), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => policy.Act(observation, -1, action), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => policy.Act(observation.AsSpan(1), 0, action), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => policy.Act(observation, 0, action.AsSpan(1)), Throws.InstanceOf<ArgumentException>());
    }

    [TestCase("\"kind\":\"relu\"", "\"kind\":\"gelu\"", "gelu")]
    [TestCase("\"inputs\":49", "\"inputs\":48", "layer")]
    [TestCase("\"observation_size\":\"39\"", "\"observation_size\":\"38\"", "layer")]
    [TestCase("\"observation_size\":\"39\"", "\"observation_size\":\"-9\"", "observation_size")]
    [TestCase("\"mtrl-policy\"", "\"mtrl-police\"", "format")]
    [TestCase("\"version\":\"1\"", "\"version\":\"2\"", "version 2")]
    [TestCase("\"action_size\":\"4\"", "\"action_size\":\"5\"", "give 4 numbers")]
    public void AChangedDescriptionIsAMessage(string before, string after, string message)
    {
        using var folder = new TemporaryFolder();
        var file = PlainFile(folder);
        var bytes = File.ReadAllBytes(file);
        byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text.Contains("kind") || text.Contains("inputs") ? text.Replace("\"", "\\\"") : text);
        var at = bytes.AsSpan().IndexOf(Bytes(before));
        Assert.That(at, Is.GreaterThanOrEqualTo(0), before);
        Bytes(after).CopyTo(bytes, at);
        File.WriteAllBytes(file, bytes);
        Assert.That(() => Policy.Load(file), Throws.InstanceOf<MtrlException>().With.Message.Contains(message));
    }

    private static IEnumerable<string> NetworkNames() => Networks.Keys;

    private static string PlainFile(TemporaryFolder folder)
    {
        var experiment = ExperimentResolver.Resolve(["setup.seed=1", "setup.threads=1", .. SoftActorCritic]);
        using var environments = ExperimentEnvironments.Create(experiment, ExperimentEnvironments.Evaluate, 1);
        using var learner = Learner.Create(experiment, environments.Spec, 1);
        return Write(folder, experiment, environments, learner);
    }

    private static string Write(
        TemporaryFolder folder, Experiment experiment, VectorEnvironment environments, ILearner learner)
    {
        var file = Path.Combine(folder.Path, "policy.safetensors");
        var layers = learner.RowLayers(environments.ObservationSize).ResultValue;
        var policy = new PolicyData(
            environments.TaskNames, environments.ObservationSize, environments.ActionSize, layers,
            ExperimentModule.Render(experiment), 7);
        PolicyFile.Write(file, policy);
        return file;
    }

    /// <summary>Numbers in all tensors, so that biases and statistics count.</summary>
    private static void Fill(ILearner learner)
    {
        foreach (var (name, tensor) in learner.Named())
        {
            if (Ops.NumericOf(tensor) != Numeric.Float32)
                continue;
            var numbers = Ops.Data<float>(tensor);
            for (var i = 0; i < numbers.Length; i++)
                numbers[i] = name.Contains("variance") ? 0.5f + MathF.Abs(MathF.Sin(i)) : 0.3f * MathF.Sin((i * 0.7f) + name.Length);
        }
    }
}
