namespace MtrlFunctional.Tests.Policies;

/// <summary>A new run with agent.start begins with the actions of that policy.</summary>
public class PolicyStartTests
{
    private static readonly string[] _plain = PolicyTests.Networks["plain"];

    [TestCase("plain")]
    [TestCase("bfloat16")]
    [TestCase("shared encoder", "agent.encoder.type_to_select=feedforward")]
    [TestCase("heads")]
    [TestCase("separate")]
    [TestCase("ppo")]
    [TestCase("ppo, tasks scaled by themselves")]
    [TestCase("ppo separate")]
    [TestCase("mixed spaces")]
    [TestCase("mixed spaces", "agent.multitask.adapter=per_embodiment")]
    // A layer with more numbers than floats count.
    [TestCase("wide", "agent.actor.hidden_dim=4100", Category = LongForm.Only)]
    public void TheFirstActionsAreThoseOfThePolicy(string network, params string[] more)
    {
        using var folder = new TemporaryFolder();
        string[] words = [.. PolicyTests.Networks.GetValueOrDefault(network, _plain), .. more];
        using var trained = new UntrainedAgent(words).Filled();
        var file = trained.Save(folder);
        using var policy = Policy.Load(file);
        using var agent = new UntrainedAgent([.. words, $"agent.start={file}", "setup.seed=2"]);
        PolicyStart.Apply(agent.Experiment, agent.Environments, agent.Learner, Extensions.None, notice: null);
        float[] observations = [.. Enumerable.Range(0, policy.Tasks.Count * policy.ObservationSize).Select(i => MathF.Sin(i * 1.7f))];
        for (var task = 0; task < policy.Tasks.Count; task++)
            observations.AsSpan(task * policy.ObservationSize, policy.ObservationSize)[policy.SizesOf(task).ObservationSize..].Clear();
        var (expected, actions) = (new float[policy.Tasks.Count * policy.ActionSize], new float[policy.Tasks.Count * policy.ActionSize]);
        policy.ActBatch(observations, [.. Enumerable.Range(0, policy.Tasks.Count)], expected);
        agent.Learner.ActGreedily(observations, actions);
        // A policy computes in single precision, the learner in that of the experiment.
        Assert.That(actions, Is.EqualTo(expected).Within(network switch { "bfloat16" => 1 / 64f, "wide" => 1e-4f, _ => 1e-5f }));
        Assert.That(expected.Distinct().Count(), Is.GreaterThan(1));
    }

    [TestCase("other width", "agent.actor.hidden_dim=16", "'1.weight' is [42; 24], where the actor of this experiment has [42; 16]")]
    [TestCase("other depth", "agent.actor.num_layers=5", "The networks differ")]
    [TestCase("other tasks", "env.tasks=[reach-v3, push-v3]", "tasks")]
    [TestCase("task encoder", "agent.multitask.should_use_task_encoder=True", "computed from other parameters")]
    [TestCase("no file", "agent.start=none.onnx", "no such file")]
    public void APolicyThatDoesNotFitIsAMessage(string what, string change, string message)
    {
        using var folder = new TemporaryFolder();
        using var trained = new UntrainedAgent(what == "task encoder" ? [.. _plain, change] : _plain).Filled();
        using var agent = new UntrainedAgent([.. _plain, $"agent.start={trained.Save(folder)}", change]);
        Refused(() => PolicyStart.Apply(agent.Experiment, agent.Environments, agent.Learner, Extensions.None, notice: null), message);
    }
}
