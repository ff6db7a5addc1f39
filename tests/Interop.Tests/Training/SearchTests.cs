namespace MtrlFunctional.Tests.Training;

/// <summary>Evaluations that search the entries of tasks that were not trained on.</summary>
public class SearchTests
{
    private static readonly Adaptation _search = new(AdaptationMethod.Search, [0, 2]);

    [Test]
    public void OnlyEntriesOfNewTasksChange([Values] bool isOnPolicy)
    {
        using var policy = RunPolicy.Open(
            TrainedRuns.OfThreeTasks(isOnPolicy ? TrainedRuns.OnPolicy : TrainedRuns.OffPolicy),
            new EvaluationOptions { Tasks = ["sweep-v3", "push-v3"] }, _search);
        using var adapter = Adapter.Of(policy, AdaptationMethod.Search);
        var tensors = AdaptedTensors.Of(policy, adapter, 4);
        var changed = tensors.Changed(_ => true);
        Assert.That(changed.Where(name => name.StartsWith("shared", StringComparison.Ordinal)), Is.Empty);
        Assert.That(changed, Has.Some.StartsWith(isOnPolicy ? "policy/" : "actor/"));
        Assert.That(AdaptedTensors.Of(policy, adapter, 0).After, Is.EqualTo(tensors.Before));
    }

    [Test]
    public void ATrainedTaskPlaysAsBeforeAndANewOneByTheBestEntriesSoFar()
    {
        var run = TrainedRuns.OfThreeTasks(TrainedRuns.OnPolicy);
        var before = FolderContents.Of(run);
        var adapted = RunEvaluation.Adapt(run, _search, options: new() { Tasks = ["sweep-v3", "push-v3"], Episodes = 1, Horizon = 5 });
        Assert.That(adapted[1].Result.EpisodeReturns[1], Is.EqualTo(adapted[0].Result.EpisodeReturns[1]));
        Assert.That(adapted[1].Result.EpisodeReturns[0], Is.Not.EqualTo(adapted[0].Result.EpisodeReturns[0]));
        Assert.That(FolderContents.Of(run), Is.EqualTo(before));
    }

    [Test]
    public void ThereMustBeANewTaskAndAnEntryOfTasks()
    {
        var run = TrainedRuns.OfThreeTasks(TrainedRuns.OnPolicy);
        Refused(() => RunEvaluation.Adapt(run, _search), "Name others in --tasks");
        var blind = TrainedRuns.OfThreeTasks([.. TrainedRuns.OnPolicy, "behaviour.one_hot_tasks=False"]);
        Refused(() => RunEvaluation.Adapt(blind, _search, options: new() { Tasks = ["sweep-v3"] }), "nothing would change with --adapt search");
    }
}
