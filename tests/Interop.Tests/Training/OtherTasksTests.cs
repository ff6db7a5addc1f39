using MtrlFunctional.Environments;
using MtrlFunctional.Experiments;
using MtrlFunctional.Tests.Storage;
using MtrlFunctional.Training;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Training;

/// <summary>Evaluations in other tasks than those of a run, and learning before them.</summary>
[TestFixture]
public class OtherTasksTests
{
    private static readonly string[] _encoder = ["agent.multitask.should_use_task_encoder=True"];

    private static readonly string[] _sentences =
        [.. _encoder, "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=True"];

    private static readonly Dictionary<string, string[]> _networks = new()
    {
        ["one-hot columns"] = ["agent.on_policy.normalize_observations=True", "agent.on_policy.normalize_values=True"],
        ["linear heads"] =
        [
            "agent.multitask.model=heads", "agent.on_policy.normalize_observations=True",
            "agent.on_policy.observations_per_task=True",
        ],
        ["heads"] = ["agent.multitask.should_use_multi_head_policy=True"],
        ["own"] = ["agent.multitask.should_use_multi_head_policy=True", "agent.multitask.should_use_disjoint_policy=True"],
        ["film"] = [.. _encoder, "agent.encoder.type_to_select=film", "agent.encoder.film.num_layers=1"],
        ["care"] =
        [
            .. _sentences, "agent.encoder.type_to_select=moe", "agent.encoder.moe.num_experts=2",
            "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention",
        ],
        ["ptsl"] = ["agent.multitask.should_use_pal=True", "agent.multitask.pal_cfg.pal_dim=2"],
        ["paco"] = ["agent.multitask.model=paco"],
        ["moore"] = ["agent.multitask.model=moore"],
        ["hypernetwork"] = [.. _encoder, "agent.multitask.model=hypernetwork"],
    };

    private static IEnumerable<string> Networks => _networks.Keys;

    /// <summary>Entries of tasks are found by their shapes: this compares what the networks do.</summary>
    [Test]
    public void ATaskIsPlayedTheSameInAnyPlace([ValueSource(nameof(Networks))] string network)
    {
        using var folder = new TemporaryFolder();
        var run = Trained(folder, _networks[network]);
        var whole = RunEvaluation.Evaluate(run, new() { AllGoals = true, Horizon = 5 });
        var part = RunEvaluation.Evaluate(run, new() { AllGoals = true, Horizon = 5, Tasks = ["drawer-close-v3", "reach-v3"] });
        Assert.Multiple(() =>
        {
            Assert.That(part.EpisodeReturns[0], Is.EqualTo(whole.EpisodeReturns[2]).Within(1e-3));
            Assert.That(part.EpisodeReturns[1], Is.EqualTo(whole.EpisodeReturns[0]).Within(1e-3));
        });

        // Projected layers have another form for one task.
        var alone = new EvaluationOptions { AllGoals = true, Horizon = 5, Tasks = ["push-v3"] };
        if (network == "ptsl")
            Assert.That(
                () => RunEvaluation.Evaluate(run, alone),
                Throws.InstanceOf<MtrlException>().With.Message.Contains("does not fit networks of other tasks"));
        else
            Assert.That(
                RunEvaluation.Evaluate(run, alone).EpisodeReturns[0], Is.EqualTo(whole.EpisodeReturns[1]).Within(1e-3));
    }

    [Test]
    public void SoftActorCriticPlaysItsTasksInAnyPlace()
    {
        using var folder = new TemporaryFolder();
        var path = ThreeTaskRuns.Trained(
            folder, [.. ThreeTaskRuns.OffPolicy, "agent.multitask.should_use_disentangled_alpha=True"]);
        var whole = RunEvaluation.Evaluate(path, new() { AllGoals = true, Horizon = 5 });
        var part = RunEvaluation.Evaluate(path, new() { AllGoals = true, Horizon = 5, Tasks = ["push-v3"] });
        Assert.That(part.EpisodeReturns[0], Is.EqualTo(whole.EpisodeReturns[1]).Within(1e-3));
    }

    /// <summary>As many test tasks as tasks, whose sentences could be mistaken for theirs.</summary>
    [TestCase("plain")]
    [TestCase("hypernetwork")]
    public void SoftActorCriticKnowsOtherTasksByTheirSentences(string network)
    {
        using var folder = new TemporaryFolder();
        string[] words = [.. ThreeTaskRuns.OffPolicy, .. network == "plain" ? [] : _networks[network], .. _sentences];
        (string Path, EvaluationResult Last) Run(string name, params string[] more)
        {
            using var run = TrainingRun.Start(ThreeTaskRuns.Of(folder, [.. words, $"setup.name={name}", .. more]));
            run.Run();
            return (run.Folder.Path, run.LastEvaluation!);
        }

        string[] others = ["sweep-v3", "door-close-v3", "coffee-pull-v3"];
        var ((tested, last), (without, _)) = (Run("tested", $"env.test_tasks=[{string.Join(", ", others)}]"), Run("without"));
        var (own, other) = (
            RunEvaluation.Evaluate(tested, new() { AllGoals = true, Horizon = 5 }),
            RunEvaluation.Evaluate(without, new() { AllGoals = true, Horizon = 5, Tasks = others }));
        Assert.Multiple(() =>
        {
            Assert.That(own.Tasks.Select(task => task.Name), Is.EqualTo(others));
            Assert.That(own.EpisodeReturns, Is.EqualTo(other.EpisodeReturns));
            Assert.That(RunEvaluation.Evaluate(tested).EpisodeReturns, Is.EqualTo(last.EpisodeReturns));
        });
    }

    [TestCase("one-hot columns")]
    [TestCase("heads")]
    [TestCase("film")]
    public void ATaskThatWasNotTrainedIsRefusedByNetworksWithAnEntryForEachTask(string network)
    {
        using var folder = new TemporaryFolder();
        var run = Trained(folder, _networks[network]);
        Assert.That(
            () => RunEvaluation.Evaluate(run, new() { Episodes = 1, Tasks = ["sweep-v3"] }),
            Throws.InstanceOf<MtrlException>().With.Message.Contains("was not trained on sweep-v3")
                .And.Message.Contains("env=metaworld-ml10").And.Message.Contains("--adapt finetune"));
    }

    [TestCase("behaviour.one_hot_tasks=False")]
    [TestCase("agent.multitask.should_use_task_encoder=True", "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=True")]
    [TestCase("agent.multitask.model=hypernetwork", "agent.multitask.should_use_task_encoder=True", "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=True")]
    public void ATaskThatWasNotTrainedIsPlayedByNetworksWithoutSuchEntries(params string[] words)
    {
        using var folder = new TemporaryFolder();
        var evaluation = RunEvaluation.Evaluate(Trained(folder, words), new() { Episodes = 1, Tasks = ["sweep-v3", "reach-v3"] });
        Assert.That(evaluation.Tasks.Select(task => task.Name), Is.EqualTo(new[] { "sweep-v3", "reach-v3" }));
    }

    [Test]
    public void ATaskThatWasNotTrainedHasNoGoalsOfTraining()
    {
        using var folder = new TemporaryFolder();
        var run = Trained(folder, ["behaviour.one_hot_tasks=False"]);
        Assert.That(
            () => RunEvaluation.CompareGoals(run, new UnseenGoals(2), new() { Tasks = ["reach-v3", "sweep-v3"] }),
            Throws.InstanceOf<MtrlException>().With.Message.Contains("was not trained on sweep-v3").And.Message.Contains("--goals"));
    }

    /// <summary>Its sentences are those of the tasks that it plays: an evaluation in training equals one of a run without test
    /// tasks that names them.</summary>
    [TestCase("plain")]
    [TestCase("hypernetwork")]
    [TestCase("film")]
    [TestCase("care")]
    public void TasksThatAreLeftOutAreKnownByTheirSentences(string network)
    {
        using var folder = new TemporaryFolder();
        string[] words = [.. ThreeTaskRuns.OnPolicy, .. network == "plain" ? [] : _networks[network], .. _sentences];
        EvaluationResult last;
        using (var run = TrainingRun.Start(
            ThreeTaskRuns.Of(folder, [.. words, "env.test_tasks=[sweep, door-close]", "setup.name=tested"])))
        {
            run.Run();
            last = run.LastEvaluation!;
        }

        var without = ThreeTaskRuns.Trained(folder, words);
        var tested = Path.Combine(folder["runs"], "tested", "seed-1");
        var (own, other) = (RunEvaluation.Evaluate(tested), RunEvaluation.Evaluate(
            without, new() { Episodes = 1, Tasks = ["sweep-v3", "door-close-v3"] }));
        var swapped = RunEvaluation.Evaluate(tested, new() { Episodes = 1, Tasks = ["door-close-v3", "sweep-v3"] });
        Assert.Multiple(() =>
        {
            Assert.That(last.Tasks.Select(task => task.Name), Is.EqualTo(new[] { "sweep-v3", "door-close-v3" }));
            Assert.That(own.EpisodeReturns, Is.EqualTo(last.EpisodeReturns));
            Assert.That(other.EpisodeReturns, Is.EqualTo(last.EpisodeReturns));
            Assert.That(swapped.Tasks.Select(task => task.Name), Is.EqualTo(new[] { "door-close-v3", "sweep-v3" }));
            Assert.That(
                RunEvaluation.Evaluate(tested, new() { TrainingGoals = true, Horizon = 2 }).Tasks.Select(task => task.Name),
                Is.EqualTo(new[] { "reach-v3", "push-v3", "drawer-close-v3" }));
        });
    }

    [TestCase("heads")]
    [TestCase("moore")]
    [TestCase("film")]
    [TestCase("hypernetwork")]
    public void TasksThatAreLeftOutNeedNetworksWithoutEntriesForThem(string network)
    {
        using var folder = new TemporaryFolder();
        Assert.That(
            () => ThreeTaskRuns.Of(folder, [.. ThreeTaskRuns.OnPolicy, .. _networks[network], "env.test_tasks=[sweep]"]),
            Throws.InstanceOf<MtrlException>().With.Message.Contains("where other tasks are tested"));
    }

    [Test]
    public void TasksThatAreLeftOutAreThoseOfTheRunsEvaluations()
    {
        using var folder = new TemporaryFolder();
        var run = Trained(folder, ["behaviour.one_hot_tasks=False", "env.test_tasks=[sweep, door-close]"]);
        Assert.That(
            RunEvaluation.Evaluate(run, new() { Episodes = 1 }).Tasks.Select(task => task.Name),
            Is.EqualTo(new[] { "sweep-v3", "door-close-v3" }));
        Assert.That(
            () => RunEvaluation.CompareGoals(run, new UnseenGoals(2)),
            Throws.InstanceOf<MtrlException>().With.Message.Contains("not trained on already"));
    }

    [TestCase(AdaptationMethod.Finetune, "agent=mtppo")]
    [TestCase(AdaptationMethod.Finetune, "agent=mttrpo", Category = LongForm.Only)]
    [TestCase(AdaptationMethod.Finetune, "agent=impala", Category = LongForm.Only)]
    [TestCase(AdaptationMethod.Finetune, "agent=mtppo", "behaviour.equal_episodes_per_task=False", Category = LongForm.Only)]
    [TestCase(AdaptationMethod.Finetune, "agent=rl2", "agent.rl2.units=8", "agent.rl2.episodes_per_trial=2", "agent.rl2.exploration_episodes=1")]
    [TestCase(AdaptationMethod.Theta, "agent=mtppo")]
    [TestCase(AdaptationMethod.Theta, "agent=impala", Category = LongForm.Only)]
    public void NoShotsAreNoAdaptationAndTheRunStaysAsItIs(AdaptationMethod method, params string[] words)
    {
        using var folder = new TemporaryFolder();
        var run = Trained(folder, words);
        var before = FolderContents.Of(run);
        var none = RunEvaluation.Evaluate(run, new() { Episodes = 2 });
        var adapted = RunEvaluation.Adapt(run, new(method, [0, 3, 0]), options: new() { Episodes = 2 });
        Assert.Multiple(() =>
        {
            Assert.That(adapted.Select(each => each.Shots), Is.EqualTo(new[] { 0, 3, 0 }));
            Assert.That(adapted[0].Result.EpisodeReturns, Is.EqualTo(none.EpisodeReturns));
            Assert.That(adapted[1].Result.EpisodeReturns, Is.Not.EqualTo(none.EpisodeReturns));
            Assert.That(adapted[2].Result.EpisodeReturns, Is.EqualTo(none.EpisodeReturns));
            Assert.That(FolderContents.Of(run), Is.EqualTo(before));
        });
    }

    [TestCase("one-hot columns", "reach-v3", "sweep-v3")]
    [TestCase("heads", "sweep-v3")]
    [TestCase("film", "reach-v3", "push-v3", "drawer-close-v3")]
    [TestCase("hypernetwork", "sweep-v3", "push-v3")]
    public void ThetaChangesNothingThatTasksShare(string network, params string[] tasks)
    {
        using var folder = new TemporaryFolder();
        using var policy = RunPolicy.Open(
            Trained(folder, _networks[network]), new EvaluationOptions { Tasks = tasks }, new Adaptation(AdaptationMethod.Theta, [2]));
        using var adapter = Adapter.Of(policy, AdaptationMethod.Theta);
        var tensors = AdaptedTensors.Of(policy, adapter, 2);
        var changed = tensors.Changed(IsParameter);
        Assert.Multiple(() =>
        {
            Assert.That(changed.Where(name => name.StartsWith("shared", StringComparison.Ordinal)), Is.Empty);
            Assert.That(changed, Has.Some.StartsWith("policy/"));
            Assert.That(tensors.After["statistics/obs/mean"], Is.EqualTo(tensors.Before["statistics/obs/mean"]));
        });
    }

    [Test]
    public void FinetuningChangesWhatTasksShare()
    {
        using var folder = new TemporaryFolder();
        using var policy = RunPolicy.Open(
            Trained(folder, _networks["heads"]), new EvaluationOptions { Tasks = ["sweep-v3"] },
            new Adaptation(AdaptationMethod.Finetune, [1]));
        using var adapter = Adapter.Of(policy, AdaptationMethod.Finetune);
        Assert.That(AdaptedTensors.Of(policy, adapter, 1).Changed(IsParameter), Has.Some.StartsWith("shared "));
    }

    [TestCase("agent=mtppo")]
    [TestCase("agent=rl2", "agent.rl2.units=8", "agent.rl2.episodes_per_trial=2", "agent.rl2.exploration_episodes=1", Category = LongForm.Only)]
    public void MetaLearningLearnsEachGoalByItself(params string[] words)
    {
        using var folder = new TemporaryFolder();
        var run = Trained(folder, ["env=metaworld-ml1", "env.benchmark.env_name=reach", .. words]);
        var adapted = RunEvaluation.Adapt(run, new(AdaptationMethod.Finetune, [0]), options: new() { Horizon = 3 });
        var none = RunEvaluation.Evaluate(run, new() { AllGoals = true, Horizon = 3 });
        Assert.Multiple(() =>
        {
            Assert.That(none.EpisodeReturns[0], Has.Count.EqualTo(50));
            Assert.That(adapted[0].Result.EpisodeReturns[0], Is.EqualTo(none.EpisodeReturns[0]));
        });
    }

    [TestCase("env=metaworld-ml1", "env.benchmark.env_name=reach")]
    [TestCase("env=metaworld-ml10")]
    [TestCase("env=metaworld-mt10", "env.test_tasks=[sweep, door-close]", "behaviour.one_hot_tasks=False")]
    public void GoalsOfTrainingAreNoTestGoals(params string[] words)
    {
        using var folder = new TemporaryFolder();
        var run = Trained(folder, ["agent.on_policy.batch_size=200", .. words]);
        using var policy = RunPolicy.Open(run, new EvaluationOptions { TrainingGoals = true });
        using var played = (MetaWorldFamily)policy.Families(policy.Experiment, true);
        using var trained = MetaWorldOfExperiment.Family(policy.Trained, evaluate: false);
        var evaluation = RunEvaluation.Evaluate(run, new() { TrainingGoals = true, Horizon = 2 });
        Assert.Multiple(() =>
        {
            Assert.That(played.Goals.Select(task => task.Task.Name), Is.EqualTo(policy.Trained.Environment.Tasks));
            Assert.That(played.Goals.Select(Texts), Is.EqualTo(trained.Goals.Select(Texts)));
            Assert.That(evaluation.Tasks.Select(task => task.Name), Is.EqualTo(policy.Trained.Environment.Tasks));
            Assert.That(evaluation.EpisodeReturns[0], Has.Count.EqualTo(50));
            Assert.That(
                () => RunEvaluation.Evaluate(run, new() { TrainingGoals = true, Tasks = ["stick-pull-v3"] }),
                Throws.InstanceOf<MtrlException>().With.Message.Contains("was not trained on stick-pull-v3"));
        });
    }

    [Test]
    public void UnseenGoalsOfOtherTasksRepeatNoneThatTheyLearnFrom()
    {
        var experiment = ExperimentBuilder.Resolve(["env=metaworld-mt10", "agent=mtppo", "setup.seed=1"]);
        var others = EvaluatedTasks.OfTasks(
            Microsoft.FSharp.Collections.ListModule.OfSeq(["sweep-v3", "reach-v3"]), experiment);
        using var known = MetaWorldOfExperiment.EvaluatedFamily(experiment, others);
        using var run = MetaWorldOfExperiment.Family(experiment, evaluate: true);
        foreach (var seed in new uint[] { 1, 2 })
        {
            using var unseen = MetaWorldOfExperiment.UnseenFamily(experiment, others, seed, 50);
            foreach (var (one, other) in known.Goals.Zip(unseen.Goals))
                Assert.That(Texts(one).Intersect(Texts(other)), Is.Empty);
        }

        // Those of a trained task are the goals of its training.
        Assert.That(Texts(known.Goals[1]), Is.EqualTo(Texts(run.Goals.Single(task => task.Task.Name == "reach-v3"))));
    }

    private static string[] Texts(TaskGoals task) => [.. task.Goals.Select(goal => string.Join(' ', goal))];

    private static string Trained(TemporaryFolder folder, string[] words) =>
        ThreeTaskRuns.Trained(folder, [.. ThreeTaskRuns.OnPolicy, .. words]);

    private static bool IsParameter(string name) =>
        name.StartsWith("policy/", StringComparison.Ordinal) || name.StartsWith("value/", StringComparison.Ordinal);
}
