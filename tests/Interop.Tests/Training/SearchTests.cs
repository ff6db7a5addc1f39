using MtrlFunctional.Tests.Storage;
using MtrlFunctional.Training;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Training;

/// <summary>Evaluations that search the entries of tasks that were not trained on.</summary>
[TestFixture]
public class SearchTests
{
    private static readonly Adaptation _search = new(AdaptationMethod.Search, [0, 4]);

    [Test]
    public void OnlyEntriesOfNewTasksChange([Values] bool isOnPolicy)
    {
        using var folder = new TemporaryFolder();
        using var policy = RunPolicy.Open(
            ThreeTaskRuns.Trained(folder, isOnPolicy ? ThreeTaskRuns.OnPolicy : ThreeTaskRuns.OffPolicy),
            new EvaluationOptions { Tasks = ["sweep-v3", "push-v3"] }, _search);
        using var adapter = Adapter.Of(policy, AdaptationMethod.Search);
        var tensors = AdaptedTensors.Of(policy, adapter, 4);
        var changed = tensors.Changed(_ => true);
        Assert.Multiple(() =>
        {
            Assert.That(changed.Where(name => name.StartsWith("shared", StringComparison.Ordinal)), Is.Empty);
            Assert.That(changed, Has.Some.StartsWith(isOnPolicy ? "policy/" : "actor/"));
        });
        Assert.That(AdaptedTensors.Of(policy, adapter, 0).After, Is.EqualTo(tensors.Before));
    }

    [Test]
    public void ATrainedTaskPlaysAsBeforeAndANewOneByTheBestEntriesSoFar()
    {
        using var folder = new TemporaryFolder();
        var run = ThreeTaskRuns.Trained(folder, ThreeTaskRuns.OnPolicy);
        var before = FolderContents.Of(run);
        var options = new EvaluationOptions { Tasks = ["sweep-v3", "push-v3"] };
        var none = RunEvaluation.Evaluate(run, new() { AllGoals = true, Tasks = ["push-v3"] });
        var adapted = RunEvaluation.Adapt(run, _search, options: options);
        var again = RunEvaluation.Adapt(run, _search, options: options);
        Assert.Multiple(() =>
        {
            Assert.That(adapted[0].Result.EpisodeReturns[0], Has.Count.EqualTo(50));
            Assert.That(adapted[1].Result.EpisodeReturns[1], Is.EqualTo(none.EpisodeReturns[0]));
            Assert.That(adapted[1].Result.EpisodeReturns[0], Is.Not.EqualTo(adapted[0].Result.EpisodeReturns[0]));
            Assert.That(adapted[1].Result.EpisodeReturns, Is.EqualTo(again[1].Result.EpisodeReturns));
            Assert.That(FolderContents.Of(run), Is.EqualTo(before));
        });
    }

    [Test]
    public void ThereMustBeANewTaskAndAnEntryOfTasks()
    {
        using var folder = new TemporaryFolder();
        var run = ThreeTaskRuns.Trained(folder, ThreeTaskRuns.OnPolicy);
        Assert.That(
            () => RunEvaluation.Adapt(run, _search), Throws.InstanceOf<MtrlException>().With.Message.Contains("Name others in --tasks"));
        using var other = new TemporaryFolder();
        var blind = ThreeTaskRuns.Trained(other, [.. ThreeTaskRuns.OnPolicy, "behaviour.one_hot_tasks=False"]);
        Assert.That(
            () => RunEvaluation.Adapt(blind, _search, options: new() { Tasks = ["sweep-v3"] }),
            Throws.InstanceOf<MtrlException>().With.Message.Contains("nothing would change with --adapt search"));
    }
}
