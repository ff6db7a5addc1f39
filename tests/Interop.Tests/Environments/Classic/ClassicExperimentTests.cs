namespace MtrlFunctional.Tests.Environments;

/// <summary>Classic families as experiments name them.</summary>
public class ClassicExperimentTests
{
    private static readonly string[] _words =
        ["mt-cartpole", "mt-acrobot", "mt-tabular-mdp", "mt-two-goal-maze", "mt-bandit", "mt-finite-bandit"];

    private static Experiment Of(params string[] words) => ExperimentBuilder.Resolve(["agent=mtppo", "setup.seed=1", .. words]);

    private static VectorEnvironment Vector(Experiment experiment, bool evaluate) =>
        ExperimentEnvironments.Create(
            experiment, evaluate, threads: 1, Extensions.None);

    private static double[] Saved(VectorEnvironment environments, string name, int instance, int index = 0)
    {
        environments.Reset(index, instance);
        return environments.Environments[index].Save().Numbers[name];
    }

    private static double[][] TaskStates(VectorEnvironment environments) =>
        [.. Enumerable.Range(0, environments.InstancesOf(0)).Select(instance => Saved(environments, "task", instance))];

    [Test]
    public void EachOfSeveralTasksHasATaskStateOfItsOwn()
    {
        var experiment = Of("env=mt-cartpole", "env.num_envs=4");
        using var training = Vector(experiment, evaluate: false);
        using var evaluation = Vector(experiment, evaluate: true);
        string[] names = ["cartpole-0", "cartpole-1", "cartpole-2", "cartpole-3"];
        Assert.That(training.TaskNames, Is.EqualTo(names));
        var states = Enumerable.Range(0, 4).Select(i => Saved(training, "task", 0, i)).ToArray();
        Assert.That(states.Select(state => string.Join(' ', state)).Distinct().Count(), Is.EqualTo(4));
        Assert.That(Enumerable.Range(0, 4).Select(i => Saved(evaluation, "task", 0, i)), Is.EqualTo(states));
        Assert.That(training.ObservationSize, Is.EqualTo(4));
    }

    [Test]
    public void TheSpecIsThatOfTheExperiment([ValueSource(nameof(_words))] string word, [Values] bool visible)
    {
        var experiment = Of($"env={word}", $"env.task_visible={visible}");
        using var environments = Vector(experiment, evaluate: false);
        Assert.That(environments.Spec, Is.EqualTo(Observed.Environment(experiment)!.Value));
    }

    [Test]
    public void SuccessIsTheStepThatReachesTheGoal()
    {
        // Acrobot: a state whose tip passes the line in the next step.
        using var acrobot = Vector(Of("env=mt-acrobot"), evaluate: false);
        acrobot.Reset();
        var environment = acrobot.Environments[0];
        environment.Load(At(environment.Save(), [3.0, 0, 0, 0]));
        environment.Step([0, 1, 0]);
        Assert.That((environment.Success, environment.Status), Is.EqualTo(((bool?)true, EpisodeStatus.Terminated)));
        environment.Load(At(environment.Save(), [0, 0, 0, 0]));
        environment.Step([0, 1, 0]);
        Assert.That((environment.Success, environment.Status), Is.EqualTo(((bool?)false, EpisodeStatus.Running)));

        // Maze: within two metres of box 0, then of box 1.
        using var maze = Vector(Of("env=mt-two-goal-maze"), evaluate: false);
        foreach (var (x, reached) in new[] { (1.5, 0), (-1.5, 1) })
        {
            maze.Reset();
            environment = maze.Environments[0];
            var goal = (int)environment.Save().Numbers["task"][0];
            environment.Load(At(environment.Save(), [2.4, 0, -2.4, 0, x, 0, 0, 0, 0]));
            environment.Step([1, 0, 0]);
            Assert.That(environment.Success, Is.EqualTo(reached == goal));
            Assert.That(environment.Status, Is.EqualTo(EpisodeStatus.Terminated));
        }

        static EpisodeState At(EpisodeState saved, double[] state) => new(
            0, EpisodeStatus.Running, new Dictionary<string, double[]>(saved.Numbers) { ["state"] = state });
    }

    private static readonly string[] _agents = LongForm.Cases(["mtppo"], "mttrpo", "state_sac");

    [Test]
    public void AnyFamilyTrainsAndIsEvaluated([ValueSource(nameof(_words))] string word, [ValueSource(nameof(_agents))] string agent)
    {
        string[] sizes = agent == "state_sac"
            ? ["replay_buffer.batch_size=16", "replay_buffer.capacity=1000", "experiment.init_steps=30"]
            : ["agent.on_policy.batch_size=60", "agent.on_policy.minibatch_size=20"];
        var path = TrainedRuns.Of(
        [
            $"env={word}", $"agent={agent}", "setup.seed=1", "setup.threads=2", "env.horizon=20", "experiment.num_train_steps=120",
            "experiment.num_eval_episodes=2", "experiment.eval_freq=60", "agent.actor.hidden_dim=8", .. sizes,
        ]);
        var evaluation = RunEvaluation.Evaluate(path, new() { Episodes = 3 }).Tasks.Single();
        var definesSuccess = word is "mt-acrobot" or "mt-two-goal-maze";
        Assert.That(double.IsFinite(evaluation.Return));
        Assert.That(double.IsNaN(evaluation.SuccessEver), Is.Not.EqualTo(definesSuccess));
        var trained = MetricsLog.Read(new RunFolder(path).MetricsFile, "train")[^1].Values.GetValueOrDefault("success_env_index_0", double.NaN);
        Assert.That(double.IsNaN(trained), Is.Not.EqualTo(definesSuccess));
    }

    [Test]
    public void TaskStatesThatWereNotTrainedOnAreComparedByTheirReturns()
    {
        var path = Trained("env=mt-cartpole", "env.num_task_states=30", "env.train_box=0.6");
        var compared = RunEvaluation.CompareGoals(path, new UnseenGoals(40));
        Assert.That(compared.ComparesReturns);
        Assert.That(compared.Trained.EpisodeReturns.Single(), Has.Count.EqualTo(30));
        Assert.That(compared.Unseen.EpisodeReturns.Single(), Has.Count.EqualTo(40));
        Assert.That(
            compared.Gap.Difference, Is.EqualTo(compared.Unseen.Return - compared.Trained.Return).Within(1e-9));

        // Of the seed of the task states they are those of the evaluation.
        var evaluated = RunEvaluation.Evaluate(path, new EvaluationOptions { AllGoals = true });
        Assert.That(evaluated.EpisodeReturns.Single().Take(40), Is.EqualTo(compared.Unseen.EpisodeReturns.Single()));
        Refused(() => RunEvaluation.Adapt(path, new Adaptation(AdaptationMethod.Finetune, [1]), new UnseenGoals(40)), "leave --goals or --adapt out");
        var others = RunEvaluation.CompareGoals(path, new UnseenGoals(40, Seed: 9));
        Assert.That(others.Unseen.EpisodeReturns, Is.Not.EqualTo(compared.Unseen.EpisodeReturns));
        Assert.That(others.Trained.EpisodeReturns, Is.EqualTo(compared.Trained.EpisodeReturns));
    }

    [Test]
    public void AFamilyWithoutOtherTaskStatesSaysSo()
    {
        var path = Trained("env=mt-two-goal-maze", "env.num_task_states=1", "env.num_test_task_states=1");
        Assert.That(RunEvaluation.CompareGoals(path, new UnseenGoals(1)).Unseen.EpisodeReturns.Single(), Has.Count.EqualTo(1));
        Refused(() => RunEvaluation.CompareGoals(path, new UnseenGoals(2)), "has 2 task states and was trained on 1", "unseen:1");
        var several = Trained("env=mt-cartpole", "env.num_envs=3");
        Refused(() => RunEvaluation.CompareGoals(several, new UnseenGoals(2)), "each of its 3 tasks is one task state");
    }

    [Test]
    public void ABoxWithoutForcesIsRefused() => Refused(() => Of("env=mt-cartpole", "env.train_box=0.3", "env.min_force=4"), "at most 2.7 N");

    private static string Trained(params string[] words) => TrainedRuns.Of(
    [
        "agent=mtppo", "setup.seed=1", "setup.threads=1", "env.horizon=8", "experiment.num_train_steps=40", "agent.actor.hidden_dim=8",
        "agent.on_policy.batch_size=40", "agent.on_policy.minibatch_size=40", "experiment.num_eval_episodes=1", .. words,
    ]);
}
