namespace MtrlFunctional.Tests.Training;

/// <summary>Real runs of an agent with a memory, small.</summary>
public class RecurrentTrainingTests
{
    [Test]
    public void EachStepOfARowHasTheActionBeforeItAndItsReward()
    {
        using var scope = torch.NewDisposeScope();
        var experiment = Reach();
        using var sampler = new EpisodeSampler(experiment, 2, Extensions.None);
        using var learner = (OnPolicyLearner)Learner.Create(experiment, sampler.Spec, threads: 1, Extensions.None);
        var sampled = Sample(sampler, learner);
        var (obs, action, reward) = (sampled.Obs.ToFloats(), sampled.Action.ToFloats(), sampled.Reward.ToFloats());
        const int Width = 39 + 4 + 3, Steps = 3 * 5;
        Assert.That(sampled.Lengths, Is.All.EqualTo(Steps));
        Assert.That(sampled.Terminal, Is.All.True);
        for (var row = 0; row < sampled.Lengths.Length * Steps; row++)
        {
            var (t, columns) = (row % Steps, obs.AsSpan((row * Width) + 39, 7).ToArray());
            float[] expected = t == 0
                ? [0, 0, 0, 0, 0, 0, 1]
                :
                [
                    .. action.AsSpan((row - 1) * 4, 4).ToArray().Select(number => Math.Clamp(number, -1f, 1f)),
                    reward[row - 1], t % 5 == 0 ? 1 : 0, 0,
                ];
            Assert.That(columns, Is.EqualTo(expected), $"row {row}");
        }
    }

    /// <summary>Columns 36 to 38.</summary>
    [Test]
    public void TrainingMayKnowGoalsThatEvaluationsHide([Values] bool isContext)
    {
        using var scope = torch.NewDisposeScope();
        float[][] Goals(string[] words, bool evaluate)
        {
            using var environments = ExperimentEnvironments.Create(
                Reach(isContext, words), evaluate, threads: 1, Extensions.None);
            environments.ResetTo(1);
            return [environments.Observations.Slice(36, 3).ToArray()];
        }

        string[] knows = [isContext ? "agent.context.goal_weight=1" : "agent.rl2.goal_weight=1"];
        float[][] hidden = [[0, 0, 0]];
        Assert.That(Goals(knows, evaluate: false), Is.Not.EqualTo(hidden));
        Assert.That(Goals(knows, evaluate: true), Is.EqualTo(hidden));
        Assert.That(Goals([], evaluate: false), Is.EqualTo(hidden));
    }

    [Test]
    public void AnEvaluationPlaysWholeTrialsAndHasEachOfTheirEpisodes()
    {
        var path = TrainedOnReach();
        var (first, again) = (RunEvaluation.Evaluate(path), RunEvaluation.Evaluate(path));
        Assert.That(first.Trials!.Single(), Has.Count.EqualTo(3));
        Assert.That(first.Trials!.Single().Sum(episode => episode.Return), Is.EqualTo(first.Tasks[0].Return).Within(1e-9));
        Assert.That(again.Trials!.Single(), Is.EqualTo(first.Trials!.Single()), "a memory is empty at the start of a trial");
    }

    /// <summary>As Meta-World evaluates.</summary>
    [Test]
    public void EpisodesAfterTheExplorationMayCountEach([Values] bool isContext)
    {
        var path = TrainedOnReach(isContext);
        var result = RunEvaluation.Evaluate(path, new EvaluationOptions { Trial = new(episodes: 4, exploration: 2), Episodes = 3 });
        Assert.That(result.Trials!.Single(), Has.Count.EqualTo(4));
        Assert.That(result.ExplorationEpisodes, Is.EqualTo(2));
        Assert.That(result.TrialShares!.Single(), Has.Count.EqualTo(3));
        Assert.That(result.SuccessEver, Is.EqualTo(result.TrialShares!.Single().Average()));
        Assert.That(
            result.Tasks[0].SuccessEver, Is.EqualTo(result.Trials!.Single().Skip(2).Average(episode => episode.Success)).Within(1e-12));
        Assert.That(RunEvaluation.Evaluate(path).TrialShares, Is.Null);
        Refused(
            () => RunEvaluation.Evaluate(path, new EvaluationOptions { Trial = new(episodes: 2, exploration: 2) }),
            "one of them after the exploration");
    }

    /// <summary>Arms are drawn anew for each trial, so that no policy without a memory gets more than half of the rewards of
    /// twenty pulls. Seconds: learning needs some thousand trials.</summary>
    [Test, Category(LongForm.Only)]
    public void AMemoryLearnsToFindTheBestArm()
    {
        var path = TrainedRuns.Of(
        [
            "env=mt-bandit", "agent=rl2", "setup.seed=1", "setup.threads=1",
            "env.task_visible=False", "env.num_task_states=500", "env.horizon=20", "agent.rl2.episodes_per_trial=1",
            "agent.rl2.exploration_episodes=0", "agent.rl2.units=16", "agent.rl2.time_constant=10", "agent.actor.num_layers=1",
            "agent.actor.hidden_dim=16", "agent.on_policy.value_function=squared", "agent.on_policy.batch_size=2000", "agent.on_policy.minibatch_size=500",
            "agent.ppo.epochs=4", "agent.optimizers.actor.lr=1e-2", "agent.optimizers.critic.lr=1e-2", "agent.builder.discount=0.9",
            "experiment.num_train_steps=50000", "experiment.eval_freq=50000", "experiment.num_eval_episodes=200",
        ]);
        var evaluation = RunEvaluation.Evaluate(path);
        Assert.That(evaluation.Return, Is.GreaterThan(12.5), "of bandits that were not trained on");
    }

    [Test]
    public void AnExportedPolicyPlaysTheTrialsOfItsRun([Values] bool isContext)
    {
        using var folder = new TemporaryFolder();
        var path = TrainedOnReach(isContext);
        var file = folder["policy.onnx"];
        using (var policy = Policy.Load(path))
            policy.Save(file);
        var (run, exported) = (RunEvaluation.Evaluate(path), RunEvaluation.Evaluate(file));
        Assert.That(exported.EpisodeReturns!.Single(), Is.EqualTo(run.EpisodeReturns!.Single()).Within(1e-3));
        double[] Returns(EvaluationResult result) => [.. result.Trials!.Single().Select(episode => episode.Return)];
        Assert.That(Returns(exported), Is.EqualTo(Returns(run)).Within(1e-3), "with the noise of the episodes of exploration");
        using var together = Rollout.OfRun(file);
        using var alone = Rollout.OfTask(file, together.Environments.TaskNames[0]);
        foreach (var rollout in new[] { together, alone })
        {
            rollout.Begin(0);
            for (var t = 0; t < 7; t++)
                rollout.Step();
        }

        Assert.That(alone.Environments.Rewards[0], Is.Not.Zero.And.EqualTo(together.Environments.Rewards[0]));
    }

    [Test]
    public void AContextOfATrialNeedsNoAdaptation()
    {
        var path = TrainedOnReach(true);
        Refused(() => RunEvaluation.Adapt(path, new(AdaptationMethod.Context, [1])), "infers its task in each trial");
        if (LongForm.IsAsked)
            Assert.That(RunEvaluation.Adapt(path, new(AdaptationMethod.Finetune, [1]), options: new() { Episodes = 1 }), Has.Count.EqualTo(1));
    }

    private static string TrainedOnReach(bool isContext = false) => TrainedRuns.Of(Words(isContext));

    private static Episodes Sample(EpisodeSampler sampler, OnPolicyLearner learner) =>
        sampler.Sample(2, learner.BehaviourPolicies.Single(), learner.NoiseSize, _ => { }, CancellationToken.None).Episodes;

    private static string[] Context => ["agent=mtppo", "agent.context.method=gru", "agent.multitask.should_use_task_encoder=True"];

    private static Experiment Reach(bool isContext = false, string[]? words = null) => ExperimentBuilder.Resolve([.. Words(isContext), .. words ?? []]);

    private static string[] Words(bool isContext) =>
    [
        "env=metaworld-ml1", "env.benchmark.env_name=reach", "setup.seed=1", "setup.threads=2", "setup.device=cpu", "env.horizon=5",
        "experiment.num_train_steps=180", "experiment.num_eval_episodes=2", .. isContext
            ? (string[])[.. Context, "agent.context.episodes_per_trial=3", "agent.context.units=8"]
            : ["agent=rl2", "agent.rl2.episodes_per_trial=3", "agent.rl2.units=8"],
        "agent.actor.hidden_dim=8", "agent.on_policy.batch_size=90", "agent.on_policy.minibatch_size=30", "agent.ppo.epochs=2",
    ];
}
