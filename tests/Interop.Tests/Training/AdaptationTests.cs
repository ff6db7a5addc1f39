namespace MtrlFunctional.Tests.Training;

/// <summary>Agents that learn from some episodes before an evaluation.</summary>
public class AdaptationTests
{
    private static readonly string[] _heads = ["agent.multitask.should_use_multi_head_policy=True"];

    private static readonly string[] _film =
        ["agent.multitask.should_use_task_encoder=True", "agent.encoder.type_to_select=film", "agent.encoder.film.num_layers=1"];

    private static readonly Dictionary<string, string[]> _agents = new()
    {
        ["PPO"] = TrainedRuns.OnPolicy,
        ["PPO, heads"] = [.. TrainedRuns.OnPolicy, .. _heads],
        ["PPO, film"] = [.. TrainedRuns.OnPolicy, .. _film],
        ["PPO, hypernetwork"] = [.. TrainedRuns.OnPolicy, "agent.multitask.should_use_task_encoder=True", "agent.multitask.model=hypernetwork"],
        ["PPO, tasks in turn"] = [.. TrainedRuns.OnPolicy, "behaviour.equal_episodes_per_task=False"],
        ["PPO, scaled observations"] = [.. TrainedRuns.OnPolicy, "agent.on_policy.normalize_observations=True", "agent.on_policy.normalize_values=True"],
        ["TRPO"] = [.. TrainedRuns.OnPolicy, "agent=mttrpo"],
        ["IMPALA"] = [.. TrainedRuns.OnPolicy, "agent=impala"],
        ["RL²"] = [.. TrainedRuns.OnPolicy, "agent=rl2", "agent.rl2.units=8", "agent.rl2.episodes_per_trial=2", "agent.rl2.exploration_episodes=1"],
        ["SAC"] = TrainedRuns.OffPolicy,
        ["SAC, heads"] = [.. TrainedRuns.OffPolicy, .. _heads],
        ["SAC, film"] = [.. TrainedRuns.OffPolicy, .. _film],
        ["SAC, surgery"] = [.. TrainedRuns.OffPolicy, "agent=pcgrad_state_sac"],
        ["SAC, running rewards"] = [.. TrainedRuns.OffPolicy, "env.reward_normalization=running"],
        ["DeepMDP"] = [.. TrainedRuns.OffPolicy, "agent=state_deepmdp"],
    };

    [TestCase("PPO", AdaptationMethod.Finetune)]
    [TestCase("PPO", AdaptationMethod.Theta)]
    [TestCase("PPO, tasks in turn", AdaptationMethod.Finetune, Category = LongForm.Only)]
    [TestCase("TRPO", AdaptationMethod.Finetune, Category = LongForm.Only)]
    [TestCase("IMPALA", AdaptationMethod.Finetune, Category = LongForm.Only)]
    [TestCase("IMPALA", AdaptationMethod.Theta, Category = LongForm.Only)]
    [TestCase("RL²", AdaptationMethod.Finetune)]
    [TestCase("SAC", AdaptationMethod.Finetune)]
    [TestCase("SAC", AdaptationMethod.Theta, Category = LongForm.Only)]
    [TestCase("SAC, running rewards", AdaptationMethod.Finetune, Category = LongForm.Only)]
    [TestCase("DeepMDP", AdaptationMethod.Theta)]
    [TestCase("DeepMDP", AdaptationMethod.Finetune, Category = LongForm.Only)]
    public void NoShotsAreNoAdaptationAndTheRunStaysAsItIs(string agent, AdaptationMethod method)
    {
        var run = TrainedRuns.OfThreeTasks(_agents[agent]);
        var before = FolderContents.Of(run);
        var none = RunEvaluation.Evaluate(run, new() { Episodes = 1 });
        var adapted = RunEvaluation.Adapt(run, new(method, [0, 1, 0, 1]), options: new() { Episodes = 1 });
        Assert.That(adapted.Select(each => each.Shots), Is.EqualTo(new[] { 0, 1, 0, 1 }));
        Assert.That(adapted[0].Result.EpisodeReturns, Is.EqualTo(none.EpisodeReturns));
        Assert.That(adapted[1].Result.EpisodeReturns, Is.Not.EqualTo(none.EpisodeReturns));
        Assert.That(adapted[2].Result.EpisodeReturns, Is.EqualTo(none.EpisodeReturns));
        Assert.That(adapted[3].Result.EpisodeReturns, Is.EqualTo(adapted[1].Result.EpisodeReturns), "of one state and seed");
        Assert.That(FolderContents.Of(run), Is.EqualTo(before));
    }

    [TestCase("PPO, scaled observations", "reach-v3", "sweep-v3")]
    [TestCase("PPO, heads", "sweep-v3")]
    [TestCase("PPO, film", "reach-v3", "push-v3", "drawer-close-v3")]
    [TestCase("PPO, hypernetwork", "sweep-v3", "push-v3")]
    [TestCase("SAC", "reach-v3", "sweep-v3")]
    [TestCase("SAC, heads", "sweep-v3")]
    [TestCase("SAC, film", "reach-v3", "push-v3", "drawer-close-v3")]
    [TestCase("SAC, surgery", "push-v3", "sweep-v3")]
    public void ThetaChangesNothingThatTasksShare(string agent, params string[] tasks)
    {
        var (changed, tensors) = Changed(agent, AdaptationMethod.Theta, tasks);
        Assert.That(changed.Where(name => name.StartsWith("shared", StringComparison.Ordinal)), Is.Empty);
        Assert.That(changed, Has.Some.StartsWith("policy/").Or.Some.StartsWith("actor/").Or.Some.StartsWith("task_encoder/"));
        if (agent == "PPO, scaled observations")
            Assert.That(tensors.After["statistics/obs/mean"], Is.EqualTo(tensors.Before["statistics/obs/mean"]));
    }

    [TestCase("PPO, heads")]
    [TestCase("SAC, heads")]
    public void FinetuningChangesWhatTasksShare(string agent) =>
        Assert.That(Changed(agent, AdaptationMethod.Finetune, ["sweep-v3"]).Names, Has.Some.StartsWith("shared policy/").Or.Some.StartsWith("shared actor/"));

    [Test]
    public void DistralIsRefused() => Refused(
        () => RunEvaluation.Adapt(TrainedRuns.OfThreeTasks([.. TrainedRuns.OffPolicy, "agent=distral"]), new(AdaptationMethod.Finetune, [1])),
        "agent=distral does not learn from some episodes");

    [Test]
    public void MoreTransitionsThanThereIsMemoryAreToBeFewer()
    {
        using var policy = Open("SAC", AdaptationMethod.Finetune, ["sweep-v3"]);
        Refused(
            () => new PlayedTransitions("--shots 3", 1_500_000_000, policy.Experiment, policy.Environments),
            "--shots 3: 1,500,000,000 transitions of each task take ", ", which this machine does not have. Give fewer.");
    }

    [Test]
    public void ANewTaskHasTheStatisticsBeforeTheFirstReward()
    {
        using var policy = Open("SAC, running rewards", AdaptationMethod.Finetune, ["sweep-v3", "push-v3"]);
        Assert.That(policy.Rewards[0], Is.EqualTo(RewardNormalizationModule.NoRewards));
        Assert.That(policy.Rewards[1], Is.Not.EqualTo(RewardNormalizationModule.NoRewards));
    }

    private static RunPolicy Open(string agent, AdaptationMethod method, string[] tasks) => RunPolicy.Open(
        TrainedRuns.OfThreeTasks(_agents[agent]), new EvaluationOptions { Tasks = tasks }, new Adaptation(method, [2]));

    /// <summary>The parameters that two episodes change (<see cref="AdaptedTensors.Changed"/>).</summary>
    private static (IReadOnlyList<string> Names, AdaptedTensors Tensors) Changed(string agent, AdaptationMethod method, string[] tasks)
    {
        using var policy = Open(agent, method, tasks);
        using var adapter = Adapter.Of(policy, method);
        var tensors = AdaptedTensors.Of(policy, adapter, 2);
        var isParameter = agent.StartsWith("PPO", StringComparison.Ordinal) ? "^(policy|value)/" : "^(?!optimizer)";
        return (tensors.Changed(name => Regex.IsMatch(name, isParameter)), tensors);
    }
}
