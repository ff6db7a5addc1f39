namespace MtrlFunctional.Tests.Training;

/// <summary>Evaluations in other tasks than those of a run.</summary>
public class OtherTasksTests
{
    private static readonly string[] _encoder = ["agent.multitask.should_use_task_encoder=True"];

    private static readonly string[] _sentences =
        [.. _encoder, "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=True"];

    private static readonly Dictionary<string, string[]> _networks = new()
    {
        ["one-hot columns"] = ["agent.on_policy.normalize_observations=True", "agent.on_policy.normalize_values=True"],
        ["linear values"] = ["agent.on_policy.value_function=linear", "agent.surgery.method=gradvac"],
        ["linear heads"] =
        [
            "agent.multitask.model=heads", "agent.on_policy.normalize_observations=True",
            "agent.on_policy.observations_per_task=True",
        ],
        ["heads"] = ["agent.multitask.should_use_multi_head_policy=True"],
        ["own"] = ["agent=mttrpo", "agent.multitask.should_use_multi_head_policy=True", "agent.multitask.should_use_disjoint_policy=True"],
        ["film"] = ["agent=mttrpo", .. _encoder, "agent.encoder.type_to_select=film", "agent.encoder.film.num_layers=1"],
        ["care"] =
        [
            .. _sentences, "agent.encoder.type_to_select=moe", "agent.encoder.moe.num_experts=2",
            "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention",
        ],
        ["ptsl"] = ["agent.multitask.should_use_pal=True", "agent.multitask.pal_cfg.pal_dim=2"],
        ["paco"] = ["agent=impala", "agent.multitask.model=paco"],
        ["moore"] = ["agent.multitask.model=moore"],
        ["hypernetwork"] = [.. _encoder, "agent.multitask.model=hypernetwork"],
        ["encoder"] = ["agent.encoder.type_to_select=feedforward"],
        ["task encoder"] = [.. _encoder, "agent.on_policy.value_function=gaussian"],
        ["soft modules"] =
        [
            .. _encoder, "agent.encoder.type_to_select=feedforward", "agent.multitask.actor_cfg.should_condition_model_on_task_info=True",
            "agent.multitask.actor_cfg.should_condition_encoder_on_task_info=False", "agent.multitask.actor_cfg.moe_cfg.should_use=True",
            "agent.multitask.actor_cfg.should_concatenate_task_info_with_encoder=False", "agent.on_policy.value_layer_norm=True",
        ],
        ["soft actor-critic"] = ["agent.multitask.should_use_disentangled_alpha=True"],
        ["soft actor-critic, hypernetwork"] = [.. _encoder, "agent.multitask.model=hypernetwork"],
    };

    private static IEnumerable<string> Networks =>
        LongForm.IsAsked ? _networks.Keys : ["one-hot columns", "linear values", "heads", "own", "care", "ptsl", "moore", "hypernetwork", "soft modules", "soft actor-critic"];

    /// <summary>Entries of tasks are found by their shapes: this compares what the networks do.</summary>
    [Test]
    public void ATaskIsPlayedTheSameInAnyPlace([ValueSource(nameof(Networks))] string network)
    {
        var run = Trained(network);
        var options = new EvaluationOptions { AllGoals = true, Horizon = 2 };
        var whole = RunEvaluation.Evaluate(run, options);
        var part = RunEvaluation.Evaluate(run, options with { Tasks = ["drawer-close-v3", "reach-v3"] });
        Assert.That(part.EpisodeReturns[0], Is.EqualTo(whole.EpisodeReturns[2]).Within(1e-3));
        Assert.That(part.EpisodeReturns[1], Is.EqualTo(whole.EpisodeReturns[0]).Within(1e-3));

        // Projected layers have another form for one task.
        var alone = options with { Tasks = ["push-v3"] };
        if (network == "ptsl")
            Refused(() => RunEvaluation.Evaluate(run, alone), "does not fit networks of other tasks");
        else
            Assert.That(
                RunEvaluation.Evaluate(run, alone).EpisodeReturns[0], Is.EqualTo(whole.EpisodeReturns[1]).Within(1e-3));
    }

    [TestCase("one-hot columns")]
    [TestCase("heads")]
    [TestCase("film")]
    public void ATaskThatWasNotTrainedIsRefusedByNetworksWithAnEntryForEachTask(string network)
    {
        var run = Trained(network);
        Refused(
            () => RunEvaluation.Evaluate(run, new() { Episodes = 1, Tasks = ["sweep-v3"] }),
            "was not trained on sweep-v3", "env=metaworld-ml10", "--adapt finetune");
    }

    [Test]
    public void ATaskThatWasNotTrainedHasNoGoalsOfTraining()
    {
        var run = TrainedRuns.OfThreeTasks([.. TrainedRuns.OnPolicy, "behaviour.one_hot_tasks=False"]);
        Refused(
            () => RunEvaluation.CompareGoals(run, new UnseenGoals(2), new() { Tasks = ["reach-v3", "sweep-v3"] }),
            "was not trained on sweep-v3", "--goals");
        Assert.That(
            RunEvaluation.Evaluate(run, new() { Episodes = 1, Tasks = ["sweep-v3", "reach-v3"] }).Tasks.Select(task => task.Name),
            Is.EqualTo(new[] { "sweep-v3", "reach-v3" }), "it is played by a network without an entry for each task");
        var tested = TrainedRuns.OfThreeTasks([.. TrainedRuns.OnPolicy, "behaviour.one_hot_tasks=False", "env.test_tasks=[sweep, door-close, window-open]"]);
        Refused(() => RunEvaluation.CompareGoals(tested, new UnseenGoals(2)), "was not trained on sweep-v3, door-close-v3, window-open-v3");
    }

    /// <summary>Its sentences are those of the tasks that it plays, of which there are as many as of its own: an evaluation in
    /// training equals one of a run without test tasks that names them.</summary>
    [TestCase("soft actor-critic")]
    [TestCase("soft actor-critic, hypernetwork", Category = LongForm.Only)]
    [TestCase("one-hot columns", Category = LongForm.Only)]
    [TestCase("hypernetwork")]
    [TestCase("film", Category = LongForm.Only)]
    [TestCase("care", Category = LongForm.Only)]
    public void TasksThatAreLeftOutAreKnownByTheirSentences(string network)
    {
        string[] words = [.. Words(network), .. _sentences], others = ["sweep-v3", "door-close-v3", "coffee-pull-v3"];
        using var folder = new TemporaryFolder();
        using var run = TrainingRun.Start(ExperimentBuilder.Resolve(
            [.. words, $"env.test_tasks=[{string.Join(", ", others)}]", "setup.name=tested", $"setup.base_path={folder.Path}"]));
        run.Run();
        var (tested, last) = (run.Folder.Path, run.LastEvaluation!);
        var options = new EvaluationOptions { Episodes = 1, Tasks = others };
        Assert.That(last.Tasks.Select(task => task.Name), Is.EqualTo(others));
        Assert.That(RunEvaluation.Evaluate(tested).EpisodeReturns, Is.EqualTo(last.EpisodeReturns));
        Assert.That(RunEvaluation.Evaluate(TrainedRuns.Of(words), options).EpisodeReturns, Is.EqualTo(last.EpisodeReturns));
        Assert.That(
            RunEvaluation.Evaluate(tested, options with { Tasks = [others[1], others[0]] }).Tasks.Select(task => task.Name),
            Is.EqualTo(new[] { others[1], others[0] }));
        Assert.That(
            RunEvaluation.Evaluate(tested, new() { TrainingGoals = true, Horizon = 1 }).Tasks.Select(task => task.Name),
            Is.EqualTo(new[] { "reach-v3", "push-v3", "drawer-close-v3" }));
    }

    [TestCase("env=metaworld-ml1", "env.benchmark.env_name=reach")]
    [TestCase("env=metaworld-ml10")]
    [TestCase("env=metaworld-mt10", "env.test_tasks=[sweep, door-close]", "behaviour.one_hot_tasks=False")]
    public void GoalsOfTrainingAreNoTestGoals(params string[] words)
    {
        var run = TrainedRuns.OfThreeTasks([.. TrainedRuns.OnPolicy, "agent.on_policy.batch_size=200", .. words]);
        using var policy = RunPolicy.Open(run, new EvaluationOptions { TrainingGoals = true });
        using var played = (MetaWorldFamily)policy.Family();
        using var trained = MetaWorldOfExperiment.Family(policy.Trained, evaluate: false);
        var evaluation = RunEvaluation.Evaluate(run, new() { TrainingGoals = true, Horizon = 1 });
        Assert.That(played.Goals.Select(task => task.Task.Name), Is.EqualTo(policy.Trained.Environment.Tasks));
        Assert.That(played.Goals.Select(Texts), Is.EqualTo(trained.Goals.Select(Texts)));
        Assert.That(evaluation.Tasks.Select(task => task.Name), Is.EqualTo(policy.Trained.Environment.Tasks));
        Assert.That(evaluation.EpisodeReturns[0], Has.Count.EqualTo(50));
        Refused(() => RunEvaluation.Evaluate(run, new() { TrainingGoals = true, Tasks = ["stick-pull-v3"] }), "was not trained on stick-pull-v3");
        Assert.That(
            () => RunEvaluation.Evaluate(run, new() { TrainingGoals = true, Episodes = 2 }),
            Throws.ArgumentException.With.Message.Contain("an episode with each goal"));
    }

    [Test]
    public void UnseenGoalsOfOtherTasksRepeatNoneThatTheyLearnFrom()
    {
        var experiment = ExperimentBuilder.Resolve(["env=metaworld-mt10", "agent=mtppo", "setup.seed=1"]);
        var others = EvaluatedTasks.OfTasks(
            ListModule.OfSeq(["sweep-v3", "reach-v3"]), experiment);
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

    private static string[] Words(string network) =>
        [.. TrainedRuns.ThreeTasks, .. network.StartsWith("soft actor", StringComparison.Ordinal) ? TrainedRuns.OffPolicy : TrainedRuns.OnPolicy, .. _networks[network]];

    private static string Trained(string network) => TrainedRuns.Of(Words(network));

    private static string[] Texts(TaskGoals task) => [.. task.Goals.Select(goal => string.Join(' ', goal))];
}
