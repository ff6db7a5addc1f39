using Microsoft.FSharp.Core;
using Microsoft.ML.OnnxRuntime;
using MtrlFunctional.Algorithms;
using MtrlFunctional.Networks;
using MtrlFunctional.Tensors;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Policies;

/// <summary>A policy's graph has σ and the value of the learner's networks beside the action, where they are asked for.</summary>
public class ReadingTests
{
    [TestCase("ppo heads")]
    [TestCase("ppo", "agent.on_policy.std_per_task=False")]
    [TestCase("ppo, tasks scaled by themselves")]
    [TestCase("ppo", "agent.on_policy.value_function=squared", "agent.on_policy.normalize_values=False")]
    public void OfAnOnPolicyAgentTheyAreInUnitsOfTheReturn(string network, params string[] words)
    {
        using var agent = Agent(network, words);
        var (environments, experiment) = (agent.Environments, agent.Experiment);
        using var scope = NewDisposeScope();
        using var constants = no_grad();
        var config = Algorithms.OnPolicySetup.OfExperiment(
            Precision.Full, null, environments.ObservationSize, environments.Spec.Action, experiment);
        var built = OnPolicyAgentModule.Create(Shards.Serial(1), config);
        var state = OnPolicyStateModule.OfNamed(built, Options, Find(agent)).ResultValue;
        var rows = OnPolicyNetworks.Scaled(built, state, Rows(environments, config.Tasks, config.ObsSize));
        var policy = (ActionDistribution.GaussianActions)OnPolicyNetworks.Decide(built, OnPolicyNetworks.PolicyViews(built, state), rows);
        var weights = LayoutModule.Views(built.ValueLayout, state.Value.Values);
        var value = OnPolicyNetworks.InReturns(built, state, OnPolicyNetworks.Value(built, weights, rows, zeros(rows.shape[0], rows.shape[1])));
        Compare(agent, policy.Item.LogStd.expand([.. rows.shape[..2], environments.ActionSize]), value);
    }

    [TestCase("plain")]
    [TestCase("plain", "agent.actor.log_std_limit=clamp")]
    [TestCase("experts")]
    [TestCase("soft modules")]
    [TestCase("orthogonal")]
    [TestCase("separate")]
    public void OfSoftActorCriticTheValueIsTheSmallerQ(string network, params string[] words)
    {
        using var agent = Agent(network, words);
        var (environments, experiment) = (agent.Environments, agent.Experiment);
        using var scope = NewDisposeScope();
        using var constants = no_grad();
        var config = SacSetup.OfExperiment(Precision.Full, null, environments.ObservationSize, environments.Spec.Action, experiment);
        var built = SacAgentModule.Create(Shards.Serial(1), config);
        var view = SacViewModule.Read(built, SacStateModule.OfNamed(built, Options, Find(agent)).ResultValue);
        var rows = Rows(environments, config.Tasks, config.ObsSize);
        var policy = SacViewModule.Gaussian(view, SacViewModule.ActorFeatures(view, rows));
        var values = SacViewModule.Values(view, view.Critic, SacViewModule.Features(view, view.Critic, rows), TanhGaussian.Mode(policy));
        Compare(agent, policy.LogStd, minimum(values[0], values[1]));
    }

    [Test]
    public void APolicyIsExportedWithoutThem()
    {
        using var folder = new TemporaryFolder();
        using var agent = Agent("ppo");
        using var session = new InferenceSession(agent.Save(folder));
        Assert.That(session.OutputNames, Is.EqualTo(["action"]));
    }

    private static TensorOptions Options => TensorOptionsModule.OfTensor(zeros(1));

    private static UntrainedAgent Agent(string network, params string[] words) =>
        new UntrainedAgent([.. PolicyTests.Networks[network], .. words]).Filled();

    private static FSharpFunc<string, FSharpOption<Tensor>?> Find(UntrainedAgent agent)
    {
        var named = agent.Learner.Named().ToDictionary(tensor => tensor.Item1, tensor => tensor.Item2);
        return FuncConvert.FromFunc<string, FSharpOption<Tensor>?>(
            name => named.TryGetValue(name, out var found) ? FSharpOption<Tensor>.Some(found) : null);
    }

    private static float[] Observations(VectorEnvironment environments) =>
        [.. Enumerable.Range(0, environments.Count * environments.ObservationSize).Select(i => MathF.Sin(i * 1.7f))];

    /// <summary>An observation of each task, with the task's one-hot id where the networks read it.</summary>
    private static Tensor Rows(VectorEnvironment environments, int groups, int size)
    {
        var rows = tensor(Observations(environments), [environments.Count, environments.ObservationSize]);
        var whole = size > environments.ObservationSize ? cat([rows, eye(environments.Count)], 1) : rows;
        return whole.reshape(groups, -1, size);
    }

    private static void Compare(UntrainedAgent agent, Tensor logStd, Tensor value)
    {
        using var folder = new TemporaryFolder();
        using (var policy = agent.ToPolicy("ppo", readings: true))
            policy.Save(folder["policy.onnx"]);
        using var session = new InferenceSession(folder["policy.onnx"]);
        using var loaded = Policy.Load(folder["policy.onnx"]);
        var tasks = agent.Environments.Count;
        using var rows = OrtValue.CreateTensorValueFromMemory(Observations(agent.Environments), [tasks, agent.Environments.ObservationSize]);
        using var taskOfRow = OrtValue.CreateTensorValueFromMemory([.. Enumerable.Range(0, tasks).Select(task => (long)task)], [tasks]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["observation", "task"], [rows, taskOfRow], ["log_std", "value"]);
        void Equal(OrtValue found, Tensor expected) => Assert.That(
            found.GetTensorDataAsSpan<float>().ToArray(), Is.EqualTo(expected.contiguous().data<float>().ToArray()).Within(2e-5f));
        Equal(outputs[0], logStd);
        Equal(outputs[1], value);
        Assert.That(session.OutputNames[0], Is.EqualTo("action"));
        Assert.That(loaded.Tasks, Is.EqualTo(agent.Environments.TaskNames));
    }
}
