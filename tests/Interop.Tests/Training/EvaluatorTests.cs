namespace MtrlFunctional.Tests.Training;

public sealed class EvaluatorTests
{
    [Test]
    public void AnEpisodeWhosePhysicsFailsEndsWithoutEndingTheEvaluation()
    {
        var experiment = ExperimentBuilder.Resolve(
            "env=metaworld-mt1", "env.benchmark.env_name=reach", "agent=state_sac", "setup.threads=1", "env.horizon=5",
            "agent.actor.hidden_dim=8", "experiment.num_eval_episodes=2");
        using var environments = ExperimentEnvironments.Create(experiment, evaluate: true, 1, Extensions.None);
        using var learner = Learner.Create(experiment, environments.Spec, 1, Extensions.None);
        // A policy that returns NaN: every step is unstable.
        foreach (var (_, numbers) in learner.Named().Where(named => named.Item1.StartsWith("actor/", StringComparison.Ordinal)))
            numbers.Span<float>().Fill(float.NaN);
        List<string> told = [];
        var evaluation = Evaluator.Run(
            learner, environments, episodes: 2, step: 0, watch: new EvaluationWatch(told.Add, time: new Minutes()));
        // Half is done after two minutes.
        Assert.That(told, Is.EqualTo(
            ["evaluation: episode 1 of 2 of each task", "evaluation: episode 2 of 2 of each task, about 2 min 00 s left"]));
        Assert.That(environments.UnstableSteps[0], Is.EqualTo(2));
        Assert.That((evaluation.SuccessEver, evaluation.SuccessAtEnd), Is.EqualTo((0.0, 0.0)));
        Assert.That(evaluation.Tasks.Single().Return, Is.Zero);
    }

    [Test]
    public void TheTimeLeftIsThatOfAllParts()
    {
        List<string> told = [];
        var watch = new EvaluationWatch(told.Add, time: new Minutes());
        watch.Begin("first", 0, 0.25);
        watch.Plays(0, 1, share: 0.5);
        watch.Begin("second", 0.25, 1);
        watch.Plays(1, 2);
        Assert.That(told, Is.EqualTo(
            ["first: episode 1 of 1 of each task, about 7 min 00 s left", "second: episode 2 of 2 of each task, about 1 min 12 s left"]));
    }

    [TestCase(EvaluationActor.Trained)]
    [TestCase(EvaluationActor.ScriptedExpert)]
    [TestCase(EvaluationActor.RandomActions)]
    public void ResultsDoNotDependOnTheNumberOfThreads(EvaluationActor actor)
    {
        IReadOnlyList<double>[] Returns(int threads)
        {
            var evaluation = RunEvaluation.CompareGoals(
                "policy:mt10", new UnseenGoals(Count: 2),
                new EvaluationOptions { Actor = actor, Tasks = ["reach-v3", "push-v3"], Threads = threads, Horizon = 2 });
            return [.. evaluation.Trained.EpisodeReturns, .. evaluation.Unseen.EpisodeReturns];
        }

        var alone = Returns(1);
        Assert.That(alone.SelectMany(returns => returns).Distinct().Count(), Is.GreaterThan(100));
        Assert.That(Returns(3), Is.EqualTo(alone));
    }

    /// <summary>A clock that goes on by a minute at each reading.</summary>
    private sealed class Minutes : TimeProvider
    {
        private long _minutes;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => 60 * _minutes++;
    }
}
