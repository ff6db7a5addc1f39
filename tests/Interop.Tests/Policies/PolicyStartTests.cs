using Microsoft.FSharp.Core;
using MtrlFunctional.Environments;
using MtrlFunctional.Experiments;
using MtrlFunctional.Tensors;
using MtrlFunctional.Tests.Storage;
using MtrlFunctional.Training;
using NUnit.Framework;
using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Policies;

/// <summary>A new run with agent.start begins with the actions of that policy.</summary>
[TestFixture]
public class PolicyStartTests
{
    private static readonly string[] SoftActorCritic = ["env=metaworld-mt10", "agent=state_sac", "agent.actor.hidden_dim=12"];
    private static readonly string[] Proximal = ["env=metaworld-mt10", "agent=mtppo", "agent.actor.hidden_dim=12"];

    private static readonly string[] Mixed =
        ["env=mixed", "env.tasks=[reach,walker-walk,cartpole-swingup]", "agent=mtppo", "agent.actor.hidden_dim=12"];

    private static readonly string[] ScaledByTask =
        [.. Proximal, "agent.multitask.model=heads", "agent.on_policy.normalize_observations=True", "agent.on_policy.observations_per_task=True"];

    private static readonly Dictionary<string, string[]> Agents = new()
    {
        ["plain"] = SoftActorCritic,
        ["bfloat16"] = [.. SoftActorCritic, "setup.precision=bf16", "agent.actor.num_layers=3"],
        ["shared encoder"] = [.. SoftActorCritic, "agent.encoder.type_to_select=feedforward"],
        ["heads"] = [.. SoftActorCritic, "agent.multitask.should_use_multi_head_policy=True"],
        ["separate"] = [.. SoftActorCritic, "agent.multitask.model=separate"],
        ["ppo"] = [.. Proximal, "agent.on_policy.normalize_observations=True"],
        ["ppo, tasks scaled by themselves"] = [.. ScaledByTask],
        ["separate ppo"] = [.. Proximal, "agent.multitask.model=separate", "agent.on_policy.normalize_observations=True"],
        ["mixed"] = [.. Mixed, "agent.on_policy.normalize_observations=True", "agent.on_policy.observations_per_task=True"],
        ["mixed, per embodiment"] = [.. Mixed, "agent.multitask.adapter=per_embodiment"],
        ["trpo"] = ["env=metaworld-mt10", "agent=mttrpo", "agent.actor.hidden_dim=12"],
    };

    [TestCaseSource(nameof(AgentNames))]
    public void TheFirstActionsAreThoseOfThePolicy(string agent)
    {
        using var folder = new TemporaryFolder();
        var file = Trained(folder, Agents[agent]);
        using var policy = Policy.Load(file);
        var experiment = Experiment([.. Agents[agent], $"agent.start={file}", "setup.seed=2"]);
        using var environments = ExperimentEnvironments.Create(experiment, ExperimentEnvironments.Evaluate, 1);
        using var learner = Learner.Create(experiment, environments.Spec, 1);
        PolicyStart.Apply(experiment, environments, learner);
        float[] observations = [.. Enumerable.Range(0, policy.Tasks.Count * policy.ObservationSize).Select(i => MathF.Sin(i * 1.7f))];
        for (var task = 0; task < policy.Tasks.Count; task++)
            observations.AsSpan(task * policy.ObservationSize, policy.ObservationSize)[policy.SizesOf(task).ObservationSize..].Clear();
        var (expected, actions) = (new float[policy.Tasks.Count * policy.ActionSize], new float[policy.Tasks.Count * policy.ActionSize]);
        policy.ActBatch(observations, [.. Enumerable.Range(0, policy.Tasks.Count)], expected);
        learner.ActGreedily(observations, actions);
        // A policy computes in single precision, the learner in that of the experiment.
        Assert.That(actions, Is.EqualTo(expected).Within(agent == "bfloat16" ? 1 / 64f : 2e-6f));
        Assert.That(expected.Distinct().Count(), Is.GreaterThan(1));
    }

    [TestCase("other width", "agent.actor.hidden_dim=16", "'1.weight' is [49; 12], where the actor of this experiment has [49; 16]")]
    [TestCase("other depth", "agent.actor.num_layers=5", "The networks differ")]
    [TestCase("other tasks", "env=metaworld-mt25", "tasks")]
    [TestCase("task encoder", "agent.multitask.should_use_task_encoder=True", "computed from other parameters")]
    [TestCase("no file", "agent.start=none.onnx", "no such file")]
    public void APolicyThatDoesNotFitIsAMessage(string what, string change, string message)
    {
        using var folder = new TemporaryFolder();
        string[] ofFile = what == "task encoder" ? [.. SoftActorCritic, change] : SoftActorCritic;
        var experiment = Experiment([.. SoftActorCritic, $"agent.start={Trained(folder, ofFile)}", change]);
        using var environments = ExperimentEnvironments.Create(experiment, ExperimentEnvironments.Evaluate, 1);
        using var learner = Learner.Create(experiment, environments.Spec, 1);
        Assert.That(
            () => PolicyStart.Apply(experiment, environments, learner),
            Throws.InstanceOf<MtrlException>().With.Message.Contains(message));
    }

    private static IEnumerable<string> AgentNames() => Agents.Keys;

    private static Experiment Experiment(IEnumerable<string> words) =>
        ExperimentBuilder.Resolve(["setup=metaworld", "setup.seed=1", "setup.threads=1", .. words]);

    /// <summary>The file of an agent whose numbers differ from those at its start.</summary>
    private static string Trained(TemporaryFolder folder, string[] words)
    {
        var experiment = Experiment(words);
        using var environments = ExperimentEnvironments.Create(experiment, ExperimentEnvironments.Evaluate, 1);
        using var learner = Learner.Create(experiment, environments.Spec, 1);
        Shake(learner);
        var file = Path.Combine(folder.Path, "policy.onnx");
        using var policy = Policy.Of(
            file, learner, new BorrowedPolicy(learner), environments, environments.TaskNames, experiment, step: 7);
        policy.Save(file);
        return file;
    }

    private static void Shake(ILearner learner)
    {
        using var scope = torch.NewDisposeScope();
        var shaken = learner.Named().ToDictionary(named => named.Item1, named => Shaken(named.Item2));
        Assert.That(
            learner.Restore(FuncConvert.FromFunc<string, FSharpOption<Tensor>?>(name => shaken[name]), updates: 0), Is.Empty);
    }

    private static Tensor Shaken(Tensor tensor) =>
        tensor.dtype is ScalarType.Float32 or ScalarType.Float64
            ? TensorMemory.FromFloats([.. tensor.contiguous().ToFloats().Select((x, i) => x + 0.1f * MathF.Abs(MathF.Sin(i)))], tensor.shape)
            : tensor;
}
