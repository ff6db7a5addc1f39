using MtrlFunctional.Experiments;
using MtrlFunctional.Tests.Storage;
using MtrlFunctional.Training;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Training;

/// <summary>Soft actor-critic that learns from some episodes before an evaluation.</summary>
[TestFixture]
public class OffPolicyAdaptationTests
{
    private static readonly Dictionary<string, string[]> _networks = new()
    {
        ["one-hot columns"] = ["agent=state_sac"],
        ["heads"] = ["agent=state_sac", "agent.multitask.should_use_multi_head_policy=True"],
        ["film"] =
        [
            "agent=state_sac", "agent.multitask.should_use_task_encoder=True", "agent.encoder.type_to_select=film",
            "agent.encoder.film.num_layers=1",
        ],
        ["surgery"] = ["agent=pcgrad_state_sac"],
    };

    [TestCase(AdaptationMethod.Finetune, "agent=state_sac")]
    [TestCase(AdaptationMethod.Finetune, "agent=state_sac", "env.reward_normalization=running", Category = LongForm.Only)]
    [TestCase(AdaptationMethod.Theta, "agent=state_deepmdp")]
    [TestCase(AdaptationMethod.Finetune, "agent=state_deepmdp", Category = LongForm.Only)]
    [TestCase(AdaptationMethod.Theta, "agent=state_sac", Category = LongForm.Only)]
    public void NoShotsAreNoAdaptationAndTheRunStaysAsItIs(AdaptationMethod method, params string[] words)
    {
        using var folder = new TemporaryFolder();
        var run = Trained(folder, words);
        var before = FolderContents.Of(run);
        var none = RunEvaluation.Evaluate(run, new() { Episodes = 2 });
        var adapted = RunEvaluation.Adapt(run, new(method, [0, 2, 0, 2]), options: new() { Episodes = 2 });
        Assert.Multiple(() =>
        {
            Assert.That(adapted[0].Result.EpisodeReturns, Is.EqualTo(none.EpisodeReturns));
            Assert.That(adapted[1].Result.EpisodeReturns, Is.Not.EqualTo(none.EpisodeReturns));
            Assert.That(adapted[2].Result.EpisodeReturns, Is.EqualTo(none.EpisodeReturns));
            Assert.That(adapted[3].Result.EpisodeReturns, Is.EqualTo(adapted[1].Result.EpisodeReturns), "of one state and seed");
            Assert.That(FolderContents.Of(run), Is.EqualTo(before));
        });
    }

    [TestCase("one-hot columns", "reach-v3", "sweep-v3")]
    [TestCase("heads", "sweep-v3")]
    [TestCase("film", "reach-v3", "push-v3", "drawer-close-v3")]
    [TestCase("surgery", "push-v3", "sweep-v3")]
    public void ThetaChangesNothingThatTasksShare(string network, params string[] tasks)
    {
        var changed = Changed(network, AdaptationMethod.Theta, tasks);
        Assert.Multiple(() =>
        {
            Assert.That(changed.Where(name => name.StartsWith("shared", StringComparison.Ordinal)), Is.Empty);
            Assert.That(changed, Has.Some.StartsWith("actor/").Or.Some.StartsWith("task_encoder/"));
        });
    }

    [Test]
    public void FinetuningChangesWhatTasksShare() =>
        Assert.That(Changed("heads", AdaptationMethod.Finetune, ["sweep-v3"]), Has.Some.StartsWith("shared actor/"));

    [Test]
    public void DistralIsRefused()
    {
        using var folder = new TemporaryFolder();
        var run = Trained(folder, ["agent=distral"]);
        Assert.That(
            () => RunEvaluation.Adapt(run, new(AdaptationMethod.Finetune, [1])),
            Throws.InstanceOf<MtrlException>().With.Message.Contains("agent=distral does not learn from some episodes"));
    }

    [Test]
    public void ANewTaskHasTheStatisticsBeforeTheFirstReward()
    {
        using var folder = new TemporaryFolder();
        using var policy = RunPolicy.Open(
            Trained(folder, ["agent=state_sac", "env.reward_normalization=running"]),
            new EvaluationOptions { Tasks = ["sweep-v3", "push-v3"] }, new Adaptation(AdaptationMethod.Finetune, [1]));
        Assert.Multiple(() =>
        {
            Assert.That(policy.Rewards[0], Is.EqualTo(RewardNormalizationModule.NoRewards));
            Assert.That(policy.Rewards[1], Is.Not.EqualTo(RewardNormalizationModule.NoRewards));
        });
    }

    /// <summary>The tensors that two episodes change (<see cref="AdaptedTensors.Changed"/>).</summary>
    private static IReadOnlyList<string> Changed(string network, AdaptationMethod method, string[] tasks)
    {
        using var folder = new TemporaryFolder();
        using var policy = RunPolicy.Open(
            Trained(folder, _networks[network]), new EvaluationOptions { Tasks = tasks }, new Adaptation(method, [2]));
        using var adapter = Adapter.Of(policy, method);
        return AdaptedTensors.Of(policy, adapter, 2).Changed(name => !name.StartsWith("optimizer", StringComparison.Ordinal));
    }

    private static string Trained(TemporaryFolder folder, string[] words) =>
        ThreeTaskRuns.Trained(folder, [.. ThreeTaskRuns.OffPolicy, .. words]);
}
