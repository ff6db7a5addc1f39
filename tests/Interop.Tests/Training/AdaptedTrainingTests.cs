namespace MtrlFunctional.Tests.Training;

/// <summary>Real runs of an agent that gradient steps adapt to each task, small.</summary>
public class AdaptedTrainingTests
{
    private static readonly string[] _words =
    [
        "env=metaworld-ml1", "env.benchmark.env_name=reach", "agent=maml", "setup.seed=1", "setup.threads=2", "setup.device=cpu", "env.horizon=5",
        "experiment.num_train_steps=120", "experiment.num_eval_episodes=5", "agent.maml.meta_batch_size=3", "agent.maml.episodes_per_step=2",
        "agent.actor.hidden_dim=8",
    ];

    [Test]
    public void EpisodesOfAGroupHaveOneGoalInAllRoundsOfAnIteration()
    {
        using var scope = torch.NewDisposeScope();
        var experiment = Reach();
        using var sampler = new EpisodeSampler(experiment, 2, Extensions.None);
        using var learner = (OnPolicyLearner)Learner.Create(experiment, sampler.Spec, threads: 1, Extensions.None);
        int[] Goals(long round)
        {
            Sample(sampler, learner, round);
            return sampler.Environments.Instances.ToArray();
        }

        var (first, second, next) = (Goals(4), Goals(5), Goals(6));
        Assert.That(first, Has.Length.EqualTo(3 * 2), "three goals of two episodes");
        Assert.That(first.Chunk(2).Select(goals => goals.Distinct().Count()), Is.All.EqualTo(1));
        Assert.That(first.Distinct().Count(), Is.EqualTo(3));
        Assert.That(second, Is.EqualTo(first));
        Assert.That(next, Is.Not.EqualTo(first));
    }

    [Test]
    public void AnEvaluationLearnsFromEpisodesOfEachGoalFirst()
    {
        var path = TrainedRuns.Of(_words);
        var (first, again, all) = (
            RunEvaluation.Evaluate(path), RunEvaluation.Evaluate(path), RunEvaluation.Evaluate(path, new() { AllGoals = true }));
        Assert.That(first.EpisodeReturns.Single(), Has.Count.EqualTo(5));
        Assert.That(all.EpisodeReturns.Single(), Has.Count.EqualTo(50));
        Assert.That(all.EpisodeReturns.Single().Take(5), Is.EqualTo(first.EpisodeReturns.Single()));
        Assert.That(first.Trials!.Single(), Has.Count.EqualTo(3), "two episodes to learn from, and the one that counts");
        Assert.That(first.Trials!.Single()[^1].Return, Is.EqualTo(first.Tasks[0].Return).Within(1e-9));
        Assert.That(again.Trials!.Single(), Is.EqualTo(first.Trials!.Single()));
        Assert.That(first.EpisodeReturns.Single().Distinct().Count(), Is.EqualTo(5), "goals differ");
    }

    /// <summary>Arms are drawn anew for each bandit, and without knowledge of them half of the pulls are rewarded. A step from the
    /// first policy hardly changes what is drawn; training makes the same step lead to better arms. Greedy policies do not
    /// show that: the most probable arm is a good one after the smallest step. Seconds.</summary>
    [Test, Category(LongForm.Only)]
    public void TrainingMakesAStepOnAFewPullsLeadToBetterArms()
    {
        var run = TrainedRuns.Of(
        [
            "env=mt-bandit", "agent=maml", "setup.seed=1", "setup.threads=1",
            "env.task_visible=False", "env.num_task_states=500", "env.horizon=20", "agent.actor.num_layers=1",
            "agent.actor.hidden_dim=16", "agent.builder.discount=0", "agent.maml.meta_batch_size=40", "agent.maml.episodes_per_step=2",
            "experiment.num_train_steps=80000", "experiment.eval_freq=80000", "experiment.num_eval_episodes=200",
        ]);
        double[] Rewards(string name) =>
        [
            .. File.ReadLines(new RunFolder(run).MetricsFile).Select(line => JsonDocument.Parse(line).RootElement)
                .Where(record => record.TryGetProperty(name, out _)).Select(record => record.GetProperty(name).GetDouble()),
        ];
        var (before, after) = (Rewards("reward_before_adaptation"), Rewards("reward_after_adaptation"));
        Assert.That(before, Is.All.EqualTo(0.5).Within(0.1), "without knowledge");
        Assert.That(after[0], Is.EqualTo(0.5).Within(0.1));
        Assert.That(after[^1], Is.GreaterThan(after[0] + 0.06), "after " + string.Join(" ", after));
    }

    [Test]
    public void ItPlaysTasksThatItWasNotTrainedOn()
    {
        var path = TrainedRuns.Of(_words);
        var result = RunEvaluation.Evaluate(path, new EvaluationOptions { Tasks = ["push-v3", "reach-v3"], Episodes = 1 });
        Assert.That(result.Tasks.Select(task => task.Name), Is.EqualTo(["push-v3", "reach-v3"]));
        Assert.That(result.Tasks.Select(task => task.Return), Is.All.Not.Zero);
    }

    [Test]
    public void ItLearnsByItsOwnStepsOnly()
    {
        var path = TrainedRuns.Of(_words);
        Refused(() => RunEvaluation.Adapt(path, new(AdaptationMethod.Finetune, [1])), "agent.maml", "Leave --adapt");
    }

    private static SampledEpisodes Sample(EpisodeSampler sampler, OnPolicyLearner learner, long round) =>
        sampler.Sample(round, learner.BehaviourPolicies.Single(), learner.NoiseSize, _ => { }, CancellationToken.None);

    private static Experiment Reach() => ExperimentBuilder.Resolve(_words);
}
