using MtrlFunctional.Experiments;
using MtrlFunctional.Tests.Storage;
using MtrlFunctional.Training;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Training;

/// <summary>Evaluations that search the entries of tasks that were not trained on.</summary>
[TestFixture]
public class SearchTests
{
    private static readonly string[] _onPolicy =
    [
        "agent=mtppo", "agent.actor.hidden_dim=16", "agent.on_policy.batch_size=90", "agent.on_policy.minibatch_size=45",
        "experiment.num_train_steps=60", "experiment.eval_freq=60",
    ];

    private static readonly string[] _offPolicy =
    [
        "agent=state_sac", "agent.actor.hidden_dim=8", "replay_buffer.batch_size=9", "replay_buffer.capacity=900",
        "experiment.init_steps=15", "experiment.num_train_steps=30", "experiment.eval_freq=30",
    ];

    private static readonly Adaptation _search = new(AdaptationMethod.Search, [0, 4]);

    [Test]
    public void OnlyEntriesOfNewTasksChange([Values] bool isOnPolicy)
    {
        using var folder = new TemporaryFolder();
        using var policy = RunPolicy.Open(
            Trained(folder, isOnPolicy ? _onPolicy : _offPolicy), new EvaluationOptions { Tasks = ["sweep-v3", "push-v3"] }, _search);
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
        var run = Trained(folder, _onPolicy);
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
        var run = Trained(folder, _onPolicy);
        Assert.That(
            () => RunEvaluation.Adapt(run, _search), Throws.InstanceOf<MtrlException>().With.Message.Contains("Name others in --tasks"));
        using var other = new TemporaryFolder();
        var blind = Trained(other, [.. _onPolicy, "behaviour.one_hot_tasks=False"]);
        Assert.That(
            () => RunEvaluation.Adapt(blind, _search, options: new() { Tasks = ["sweep-v3"] }),
            Throws.InstanceOf<MtrlException>().With.Message.Contains("nothing would change with --adapt search"));
    }

    private static string Trained(TemporaryFolder folder, string[] words)
    {
        var experiment = ExperimentResolver.Resolve([
            "env=metaworld-mt10", "env.tasks=[reach-v3, push-v3, drawer-close-v3]", "env.goal_selection=random", "env.horizon=15",
            "setup.seed=1", "setup.threads=1", "setup.name=small", $"setup.base_path={folder["runs"]}", .. words,
        ]);
        using var run = TrainingRun.Start(experiment);
        run.Run();
        return run.Folder.Path;
    }
}
