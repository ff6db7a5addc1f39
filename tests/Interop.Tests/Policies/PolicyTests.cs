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

/// <summary>A policy as steps on rows computes what the learner's networks compute.</summary>
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

    private static readonly string[] TaskEncoder =
        ["agent.multitask.should_use_task_encoder=True", "agent.encoder.type_to_select=feedforward"];

    private static readonly string[] SoftModules =
    [
        .. TaskEncoder, "agent.actor.num_layers=4", "agent.multitask.actor_cfg.should_condition_model_on_task_info=True",
        "agent.multitask.actor_cfg.should_condition_encoder_on_task_info=False",
        "agent.multitask.actor_cfg.should_concatenate_task_info_with_encoder=False", "agent.multitask.actor_cfg.moe_cfg.should_use=True",
    ];

    private static readonly string[] Projected = ["agent.multitask.should_use_pal=True", "agent.multitask.pal_cfg.pal_dim=6"];

    private static readonly string[] Pixels =
    [
        "env=dmc-cartpole-balance", "env.builder.make_kwargs.from_pixels=True", "agent.actor.hidden_dim=24",
        "agent.encoder.pixel.num_filters=4", "agent.encoder_feature_dim=8", "replay_buffer.batch_size=4", "replay_buffer.capacity=100",
    ];

    /// <summary>Every network of the catalogue.</summary>
    private static readonly Dictionary<string, string[]> Networks = new()
    {
        ["plain"] = SoftActorCritic,
        ["no task id"] = [.. SoftActorCritic, "fidelity=original"],
        ["bfloat16"] = [.. SoftActorCritic, "setup.precision=bf16", "agent.actor.num_layers=3"],
        ["heads"] = [.. SoftActorCritic, "agent.multitask.should_use_multi_head_policy=True"],
        ["separate"] = [.. SoftActorCritic, "agent.multitask.model=separate"],
        ["task encoder"] = [.. SoftActorCritic, .. TaskEncoder],
        ["film"] =
        [
            .. SoftActorCritic, "agent.multitask.should_use_task_encoder=True", "agent.encoder.type_to_select=film",
            "agent.multitask.task_encoder_cfg.model_cfg.output_dim=8",
        ],
        ["experts"] = [.. SoftActorCritic, .. Care, "agent.encoder.moe.encoder_cfg.num_layers=3"],
        ["features modulated"] =
        [
            .. SoftActorCritic, "agent.multitask.should_use_task_encoder=True", "agent.encoder.type_to_select=film",
            "behaviour.film_per_feature=True",
        ],
        ["experts scored"] = [.. SoftActorCritic, .. Care, "behaviour.dot_product_attention=True"],
        ["clusters of experts"] = [.. SoftActorCritic, "agent.encoder.type_to_select=moe"],
        ["ensemble of experts"] =
            [.. SoftActorCritic, "agent.encoder.type_to_select=moe", "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=ensemble"],
        ["an expert for each task"] =
        [
            .. SoftActorCritic, "agent.encoder.type_to_select=moe", "agent.encoder.moe.num_experts=10",
            "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=identity",
        ],
        ["projected"] = [.. SoftActorCritic, .. Projected],
        ["projected for each layer"] = [.. SoftActorCritic, .. Projected, "agent.multitask.pal_cfg.shared_projection=False"],
        ["projected, bfloat16"] =
            [.. SoftActorCritic, .. Projected, "setup.precision=bf16", "agent.actor.num_layers=3"],
        ["projected, sum"] = [.. SoftActorCritic, .. Projected, "agent.multitask.pal_cfg.residual_mode=sum"],
        ["projected, linear"] = [.. SoftActorCritic, .. Projected, "agent.multitask.pal_cfg.residual_mode=linear"],
        ["projected, product"] = [.. SoftActorCritic, .. Projected, "agent.multitask.pal_cfg.residual_mode=project"],
        ["projected experts"] = [.. SoftActorCritic, .. Care, .. Projected, "agent.multitask.pal_cfg.residual_mode=linear"],
        ["soft modules"] = [.. SoftActorCritic, .. SoftModules],
        ["orthogonal"] =
            [.. SoftActorCritic, "agent.multitask.model=moore", "agent.multitask.should_use_multi_head_policy=True"],
        ["composed"] = [.. SoftActorCritic, "agent.multitask.model=paco"],
        ["hypernetwork"] =
            [.. SoftActorCritic, "agent.multitask.should_use_task_encoder=True", "agent.multitask.model=hypernetwork"],
        ["ppo"] = [.. Proximal, "agent.on_policy.normalize_observations=True"],
        ["ppo separate"] =
            [.. Proximal, "agent.multitask.model=separate", "agent.on_policy.normalize_observations=True"],
        ["ppo, tasks scaled by themselves"] =
        [
            .. Proximal, "agent.multitask.model=heads", "agent.on_policy.normalize_observations=True",
            "agent.on_policy.observations_per_task=True",
        ],
        ["linear heads"] = [.. SoftActorCritic, "agent.multitask.model=heads"],
        ["ppo heads"] = [.. Proximal, "agent.multitask.should_use_multi_head_policy=True"],
        ["fast"] = ["preset=fast/mt10"],
        ["distral"] =
            ["env=metaworld-mt10", "agent=state_distral", "agent.actor.hidden_dim=24", "behaviour.evaluate_distral_agents=True"],
        ["distral, distilled"] =
            ["env=metaworld-mt10", "agent=state_distral", "agent.actor.hidden_dim=24", "behaviour.evaluate_distral_agents=False"],
        ["pixels"] = [.. Pixels, "agent=sac_ae"],
        ["distral, pixels"] = [.. Pixels, "agent=distral"],
        ["theta"] =
        [
            "setup=hipbmdp", "env=dmc-walker-walk-vary-len", "agent=hipbmdp", "agent.encoder.type_to_select=feedforward",
            "agent.actor.hidden_dim=24",
        ],
        ["mixed spaces"] =
        [
            "env=mixed", "env.tasks=[reach,walker-walk,cartpole-swingup]", "agent=mtppo", "agent.actor.hidden_dim=24",
            "agent.on_policy.normalize_observations=True", "agent.on_policy.observations_per_task=True",
        ],
        ["mixed spaces, layers of embodiments"] =
        [
            "env=mixed", "env.tasks=[reach,walker-walk,push]", "agent=mtppo", "agent.actor.hidden_dim=24",
            "agent.multitask.adapter=per_embodiment", "agent.multitask.should_use_pal=True", "agent.multitask.pal_cfg.pal_dim=4",
        ],
        ["mixed spaces, soft actor-critic"] =
            ["env=mixed", "env.tasks=[reach,walker-walk,cartpole-swingup]", "agent=state_sac", "agent.actor.hidden_dim=24"],
        ["choices"] = ["env=mt-acrobot", "agent=mtppo", "agent.actor.hidden_dim=24"],
    };

    [TestCaseSource(nameof(NetworkNames))]
    public void StepsOnRowsEqualTheNetworks(string network)
    {
        var experiment = ExperimentResolver.Resolve(["setup.seed=1", "setup.threads=1", .. Networks[network]]);
        using var environments = ExperimentEnvironments.Create(experiment, ExperimentEnvironments.Evaluate, 1);
        using var learner = Learner.Create(experiment, environments.Spec, 1);
        Fill(learner);
        var steps = learner.RowLayers(environments.ObservationSize);
        Assert.That(steps.IsOk, () => steps.ErrorValue);
        using var folder = new TemporaryFolder();
        using var policy = Policy.Load(Write(folder, experiment, environments, learner));
        Assert.That(policy.IsManaged);
        Assert.That((policy.Tasks, policy.Step), Is.EqualTo((environments.TaskNames, 7L)));
        var numbers = Enumerable.Range(0, environments.Count * environments.ObservationSize);
        byte[] pixels = [.. numbers.Select(i => (byte)(i * 31 % 251))];
        float[] observations = environments.Rows.IsBytes
            ? [.. pixels.Select(pixel => (float)pixel)]
            : [.. numbers.Select(i => MathF.Sin(i * 1.7f))];
        var (expected, actions) = (new float[environments.Count * environments.ActionSize], new float[environments.Count * environments.ActionSize]);
        learner.ActGreedily(environments.Rows.IsBytes ? pixels : observations, expected);
        policy.ActBatch(observations, [.. Enumerable.Range(0, environments.Count)], actions);
        // A policy computes in single precision, the learner in that of the experiment; sums are in different orders.
        Assert.That(actions, Is.EqualTo(expected).Within(experiment.Setup.Precision.IsBf16 ? 1 / 64f : 1e-5f));
        Assert.That(expected.Count(action => MathF.Abs(action) is > 0 and < 1 || network == "choices"), Is.GreaterThan(0), "all saturated");
        Assert.That(Allocated(policy), Is.Zero);
    }

    private static long Allocated(Policy policy)
    {
        var (observation, action) = (new float[policy.ObservationSize], new float[policy.ActionSize]);
        long OfOneCall()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            policy.Act(observation, policy.Tasks.Count - 1, action);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        // The runtime allocates at the first calls.
        return Enumerable.Range(0, 5).Select(_ => OfOneCall()).Min();
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
    [TestCase("\"observation_size\":\"39\"", "\"observation_size\":\"38\"", "layer")]
    [TestCase("\"observation_size\":\"39\"", "\"observation_size\":\"-9\"", "observation_size")]
    [TestCase("\"mtrl-policy\"", "\"mtrl-police\"", "format")]
    [TestCase("\"version\":\"2\"", "\"version\":\"3\"", "version 3")]
    [TestCase("\"count\":4", "\"count\":9", "kept features")]
    [TestCase("\"action_size\":\"4\"", "\"action_size\":\"5\"", "give 4 numbers")]
    public void AChangedDescriptionIsAMessage(string before, string after, string message)
    {
        using var folder = new TemporaryFolder();
        var file = PlainFile(folder);
        var bytes = File.ReadAllBytes(file);
        byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text.Contains("kind") || text.Contains("count") ? text.Replace("\"", "\\\"") : text);
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
        foreach (var (place, (name, tensor)) in learner.Named().Index())
        {
            if (tensor.dtype != ScalarType.Float32)
                continue;
            var numbers = tensor.Span<float>();
            for (var i = 0; i < numbers.Length; i++)
                numbers[i] = name.Contains("variance") ? 0.5f + MathF.Abs(MathF.Sin(i + place)) : 0.3f * MathF.Sin((i * 0.7f) + place);
        }
    }
}
