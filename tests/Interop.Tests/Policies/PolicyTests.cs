using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using NUnit.Framework.Constraints;
using Onnx;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Policies;

/// <summary>A policy's file computes what the learner's networks compute.</summary>
public class PolicyTests
{
    /// <summary>Observations that the actions of a network are compared for.</summary>
    private static readonly int Rows = LongForm.IsAsked ? 1_000 : 20;

    private static readonly string[] Tasks = ["env=metaworld-mt10", "env.tasks=[reach-v3, push-v3, drawer-close-v3]", "agent.actor.hidden_dim=24"];
    private static readonly string[] SoftActorCritic = [.. Tasks, "setup=metaworld", "agent=state_sac"];
    private static readonly string[] Proximal = [.. Tasks, "agent=mtppo"];

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
    internal static readonly Dictionary<string, string[]> Networks = new()
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
            .. SoftActorCritic, "agent.encoder.type_to_select=moe", "agent.encoder.moe.num_experts=3",
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
        ["distral"] = [.. Tasks, "agent=state_distral", "behaviour.evaluate_distral_agents=True"],
        ["distral, distilled"] = [.. Tasks, "agent=state_distral", "behaviour.evaluate_distral_agents=False"],
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
    public void TheFileOfANetworkActsAsTheNetwork(string network)
    {
        using var folder = new TemporaryFolder();
        using var agent = new UntrainedAgent(Networks[network]).Filled();
        var (environments, learner, file) = (agent.Environments, agent.Learner, agent.Save(folder));
        using var policy = Policy.Load(file);
        Assert.That(policy.IsExportable);
        Assert.That((policy.Tasks, policy.Step), Is.EqualTo((environments.TaskNames, 7L)));
        var (tasks, actions) = (environments.Count, environments.ActionSize);
        var observations = new float[tasks * environments.ObservationSize];
        int[] taskOfRow = [.. Enumerable.Range(0, tasks)];
        var (expected, alone) = (new float[tasks * actions], new float[tasks * actions]);
        using var session = new InferenceSession(file);

        // A policy computes in single precision, the learner in that of the experiment; sums are in different orders.
        var tolerance = agent.Experiment.Setup.Precision.IsBf16 ? 1 / 64f : 1e-5f;
        var unsaturated = 0;
        for (var round = 0; round * tasks < Rows; round++)
        {
            Observe(observations, environments.Rows.IsBytes, round);
            for (var task = 0; task < tasks; task++)
                observations.AsSpan(task * environments.ObservationSize, environments.ObservationSize)[policy.SizesOf(task).ObservationSize..].Clear();
            if (environments.Rows.IsBytes)
                learner.ActGreedily(Array.ConvertAll(observations, pixel => (byte)pixel), expected);
            else
                learner.ActGreedily(observations, expected);
            policy.ActBatch(observations, taskOfRow, alone);
            Assert.That(alone, Is.EqualTo(expected).Within(tolerance));
            Assert.That(Together(session, observations, taskOfRow), Is.EqualTo(expected).Within(tolerance), "rows of all tasks in one batch");
            unsaturated += expected.Count(action => MathF.Abs(action) is > 0 and < 1 || network == "choices");
        }

        Assert.That(unsaturated, Is.GreaterThan(0), "all saturated");
        var (observation, action) = (new float[policy.ObservationSize], new float[policy.ActionSize]);
        Assert.That(Allocated.By(() => policy.Act(observation, tasks - 1, action)), Is.Zero);
    }

    /// <summary>Fills observations of all tasks: numbers, or pixels.</summary>
    private static void Observe(float[] observations, bool isBytes, int round)
    {
        for (var i = 0; i < observations.Length; i++)
            observations[i] = isBytes ? (i + (7 * round)) * 31 % 251 : MathF.Sin(((observations.Length * round) + i) * 1.7f);
    }

    /// <summary>As another program computes the actions of many rows: in one batch.</summary>
    private static float[] Together(InferenceSession session, float[] observations, int[] tasks)
    {
        using var rows = OrtValue.CreateTensorValueFromMemory(observations, [tasks.Length, observations.Length / tasks.Length]);
        using var taskOfRow = OrtValue.CreateTensorValueFromMemory(tasks.Select(task => (long)task).ToArray(), [tasks.Length]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["observation", "task"], [rows, taskOfRow], ["action"]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    [Test]
    public void WrongLengthsAndTasksAreArguments()
    {
        using var folder = new TemporaryFolder();
        using var policy = Policy.Load(PlainFile(folder));
        var (observation, action) = (new float[policy.ObservationSize], new float[policy.ActionSize]);
        Assert.That(() => policy.Act(observation, 10, action), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => policy.Act(observation, (string)null!, action), Throws.InstanceOf<ArgumentNullException>());
        Assert.That(() => policy.Act(Enumerable.Repeat(float.NaN, observation.Length).ToArray(), 0, action), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => policy.Act(observation, -1, action), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => policy.Act(observation.AsSpan(1), 0, action), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => policy.Act(observation, 0, action.AsSpan(1)), Throws.InstanceOf<ArgumentException>());
    }

    [TestCase("observation_size", "38", "its 'observation' is float [batch, 39], where its metadata say float [batch, 38]")]
    [TestCase("observation_size", "-9", "'observation_size' is no whole number above 0")]
    [TestCase("action_size", "5", "its 'action' is float [batch, 4], where its metadata say float [batch, 5]")]
    [TestCase("format", "mtrl-police", "is of format 'mtrl-police', where 'mtrl-policy' is needed")]
    [TestCase("format", null, "has no 'format' in its metadata; it is no policy. 'mtrl export RUN --onnx FILE' writes one")]
    [TestCase("version", "5", "has version 5 of the format; this program reads version 4. A newer program wrote it")]
    [TestCase("tasks", "[]", "names no tasks")]
    [TestCase("tasks", "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\"]", "its graph cannot be computed")]
    [TestCase("step", "seven", "its metadata cannot be read")]
    [TestCase("task_sizes", "[[39,4]]", "'task_sizes' does not have two numbers")]
    public void ChangedMetadataAreAMessage(string key, string? text, string message)
    {
        using var folder = new TemporaryFolder();
        var file = PlainFile(folder);
        Change(file, model =>
        {
            var metadata = model.MetadataProps.Where(entry => entry.Key != key).ToList();
            model.MetadataProps.Clear();
            model.MetadataProps.Add(metadata);
            if (text is not null)
                model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = text });
        });
        Assert.That(() => Policy.Load(file), Refuses(file, message));
    }

    [Test]
    public void ADamagedOrForeignFileIsAMessage()
    {
        using var folder = new TemporaryFolder();
        var file = PlainFile(folder);
        var bytes = File.ReadAllBytes(file);
        Change(file, model => model.Graph.Node[2].OpType = "Frobnicate");
        Assert.That(() => Policy.Load(file), Refuses(file, "has the operator 'Frobnicate', which is in no policy"));
        var random = new Random(1);
        for (var i = 0; i < 200; i++)
        {
            byte[] changed = [.. bytes];
            changed[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(file, changed);
            Assert.That(() => Policy.Load(file), Throws.InstanceOf<MtrlException>());
        }

        // A number of the graph.
        File.WriteAllBytes(file, [.. bytes[..(bytes.Length / 4)], (byte)~bytes[bytes.Length / 4], .. bytes[((bytes.Length / 4) + 1)..]]);
        Assert.That(() => Policy.Load(file), Refuses(file, "is no ONNX file, or a damaged one (it was changed after it was written"));
        File.WriteAllBytes(file, bytes[..(bytes.Length / 2)]);
        Assert.That(() => Policy.Load(file), Refuses(file, "is no ONNX file, or a damaged one"));
        var other = Path.Combine(folder.Path, "policy.safetensors");
        using (var stream = File.Create(other))
            SafetensorsWriter.Write(stream, [SafetensorsEntry.Of("weight", [1f], 1)], new Dictionary<string, string>());
        Assert.That(() => Policy.Load(other), Refuses(other, "is no ONNX file, as policies are; 'mtrl export RUN --onnx FILE' writes"));
    }

    [Test]
    public void TheMetadataTellWhatAPolicyIs()
    {
        using var policy = Policy.Load("policy:mt10");
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "again.onnx");
        policy.Save(file, "CC0-1.0");
        using var session = new InferenceSession(file);
        var metadata = session.ModelMetadata.CustomMetadataMap;
        Assert.That(JsonSerializer.Deserialize<string[]>(metadata["tasks"]), Is.EqualTo(policy.Tasks));
        Assert.That((metadata["observation_size"], metadata["action_size"], metadata["licence"]), Is.EqualTo(("39", "4", "CC0-1.0")));
        using var moments = JsonDocument.Parse(metadata["moments"]);
        Assert.That(moments.RootElement.GetProperty("mean").GetArrayLength(), Is.EqualTo(policy.ObservationSize));
        Assert.That(moments.RootElement.GetProperty("deviation").EnumerateArray().All(number => number.GetSingle() > 0));
        using var card = JsonDocument.Parse(metadata["card"]);
        Assert.That(card.RootElement.GetProperty("results").GetArrayLength(), Is.EqualTo(policy.Tasks.Count));
    }

    private static void Change(string file, Action<ModelProto> change)
    {
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(file));
        model.MetadataProps.RemoveAt(model.MetadataProps.Count - 1);
        change(model);
        File.WriteAllBytes(file, PolicyFile.WithHash(model));
    }

    private static Constraint Refuses(string file, string message) =>
        Throws.InstanceOf<MtrlException>().With.Message.StartsWith($"{file}: {message}");

    private static IEnumerable<string> NetworkNames() => Networks.Keys;

    private static readonly Lazy<byte[]> Plain = new(() =>
    {
        using var folder = new TemporaryFolder();
        using var agent = new UntrainedAgent(SoftActorCritic);
        return File.ReadAllBytes(agent.Save(folder));
    });

    private static string PlainFile(TemporaryFolder folder)
    {
        File.WriteAllBytes(folder["policy.onnx"], Plain.Value);
        return folder["policy.onnx"];
    }
}
