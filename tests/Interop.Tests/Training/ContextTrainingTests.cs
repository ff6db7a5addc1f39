namespace MtrlFunctional.Tests.Training;

/// <summary>Real runs of agents that infer their tasks from transitions, small.</summary>
public class ContextTrainingTests
{
    private static readonly string[] _set = ["agent.context.method=set", "agent.multitask.should_use_task_encoder=True"];

    /// <summary>Arms pay with other probabilities in each of twenty bandits: no policy without a context has more than about half of
    /// the rewards of ten pulls. Seconds: learning needs some thousand updates.</summary>
    [Test, Category(LongForm.Only)]
    public void AContextTellsWhichArmIsBest()
    {
        var path = Trained([
            "env=mt-bandit", "env.num_envs=20", "env.num_task_states=20", "env.num_test_task_states=0", "env.n_arms=3", "env.horizon=10",
            "agent.builder.discount=0", "agent.actor.num_layers=1", "agent.actor.hidden_dim=32", "agent.critic.num_layers=1",
            "agent.critic.hidden_dim=32", "agent.multitask.task_encoder_cfg.model_cfg.output_dim=4", "agent.context.transitions=32",
            "agent.context.explore_every=10", "agent.context.kl_weight=0.001", "replay_buffer.batch_size=400", "replay_buffer.capacity=40000", "experiment.init_steps=50",
            "experiment.num_train_steps=1000", "experiment.eval_freq=1000", "agent.optimizers.actor.lr=0.003", "agent.optimizers.critic.lr=0.003",
        ]);
        var adapted = RunEvaluation.Adapt(path, new(AdaptationMethod.Context, [0, 5]), options: new() { Episodes = 20 });
        var (zero, five) = (adapted[0].Result.Return, adapted[1].Result.Return);
        TestContext.Out.WriteLine($"mean rewards of ten pulls: {zero} with 0 shots, {five} with 5");
        Assert.That(five, Is.GreaterThan(zero + 0.8));
    }

    [Test]
    public void EachNumberOfShotsStartsFromThePrior()
    {
        var path = OnMetaWorld();
        var adapted = RunEvaluation.Adapt(path, new(AdaptationMethod.Context, [0, 2, 0, 2, 1]), options: new() { Episodes = 1 });
        double[] ReturnsOf(int i) => [.. adapted[i].Result.Tasks.Select(task => task.Return)];
        Assert.That(ReturnsOf(2), Is.EqualTo(ReturnsOf(0)));
        Assert.That(ReturnsOf(3), Is.EqualTo(ReturnsOf(1)));
        Assert.That(ReturnsOf(1), Is.Not.EqualTo(ReturnsOf(0)));
        Assert.That(ReturnsOf(4), Is.Not.EqualTo(ReturnsOf(1)));
    }

    [Test]
    public void TasksThatWereNotTrainedAreInferredAndNotPlayedOtherwise()
    {
        var path = OnMetaWorld();
        var options = new EvaluationOptions { Episodes = 1, Tasks = ["drawer-close-v3", "sweep-v3", "reach-v3"] };
        var adapted = RunEvaluation.Adapt(path, new(AdaptationMethod.Context, [0, 1]), options: options);
        Assert.That(adapted.Select(each => each.Result.Tasks.Count), Is.All.EqualTo(3));
        Refused(() => RunEvaluation.Evaluate(path, options), "--adapt context infers new tasks");
    }

    [Test]
    public void OtherTaskStatesAreInferred()
    {
        var path = Trained(CartPoles);
        var adapted = RunEvaluation.Adapt(
            path, new(AdaptationMethod.Context, [0, 1]), new UnseenGoals(3), new() { Episodes = 1 });
        Assert.That(adapted.Select(each => each.Goals!.Unseen.Tasks.Count), Is.All.EqualTo(3));
        Assert.That(adapted[0].Goals!.Unseen.Tasks.Select(task => task.Return), Is.Not.EqualTo(adapted[0].Result.Tasks.Select(task => task.Return)));
        Refused(() => RunEvaluation.Adapt(path, new(AdaptationMethod.Context, [0]), new UnseenGoals(50)), "--goals unseen:3");
    }

    [Test]
    public void OtherMethodsAreRefusedAndOtherAgentsToo()
    {
        var path = Trained(CartPoles);
        foreach (var method in (AdaptationMethod[])[AdaptationMethod.Finetune, AdaptationMethod.Theta])
            Refused(() => RunEvaluation.Adapt(path, new(method, [1])), "Give --adapt context");
        Refused(() => RunEvaluation.Evaluate(path, new() { InferFrom = 10 }), "--adapt context");
        Refused(
            () => RunEvaluation.Adapt(TrainedRuns.OfThreeTasks(TrainedRuns.OffPolicy), new(AdaptationMethod.Context, [1])),
            "agent.context.method=none");
    }

    private static string[] CartPoles =>
    [
        "env=mt-cartpole", "env.num_envs=3", "env.num_task_states=3", "env.num_test_task_states=0", "env.min_force=4", "env.horizon=20",
        "agent.actor.num_layers=1", "agent.actor.hidden_dim=8", "replay_buffer.batch_size=9", "replay_buffer.capacity=900",
        "experiment.init_steps=15", "experiment.num_train_steps=60", "experiment.eval_freq=60", "agent.context.explore_every=5",
    ];

    private static string OnMetaWorld() => Trained([
        "env=metaworld-mt10", "env.tasks=[reach-v3, push-v3]", "env.horizon=15", "agent.actor.hidden_dim=8", "replay_buffer.batch_size=8",
        "replay_buffer.capacity=900", "experiment.init_steps=15", "experiment.num_train_steps=60", "experiment.eval_freq=60",
        "agent.context.explore_every=5", "agent.multitask.task_encoder_cfg.optimizer_cfg.lr=0.001",
    ]);

    private static string Trained(string[] words) => TrainedRuns.Of(["agent=state_sac", "setup.seed=1", "setup.threads=1", .. _set, .. words]);
}
