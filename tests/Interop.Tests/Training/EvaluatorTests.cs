using MtrlFunctional.Tensors;
using MtrlFunctional.Training;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Training;

public sealed class EvaluatorTests
{
    [Test]
    public void AnEpisodeWhosePhysicsFailsEndsWithoutEndingTheEvaluation()
    {
        var experiment = ExperimentResolver.Resolve(
            "env=metaworld-mt1", "env.benchmark.env_name=reach", "agent=state_sac", "setup.threads=1", "env.horizon=5",
            "agent.actor.hidden_dim=8", "experiment.num_eval_episodes=2");
        using var environments = ExperimentEnvironments.Create(experiment, ExperimentEnvironments.Evaluate, 1);
        using var learner = Learner.Create(experiment, environments.Spec, 1);
        // A policy that returns NaN: every step is unstable.
        foreach (var (_, numbers) in learner.Named().Where(named => named.Item1.StartsWith("actor/", StringComparison.Ordinal)))
            Ops.Data<float>(numbers).Fill(float.NaN);
        List<string> told = [];
        var evaluation = Evaluator.Run(
            learner, environments, episodes: 2, step: 0, watch: new EvaluationWatch(told.Add, between: TimeSpan.Zero));
        Assert.Multiple(() =>
        {
            Assert.That(told, Is.EqualTo(["evaluation: episode 1 of 2 of each task", "evaluation: episode 2 of 2 of each task"]));
            Assert.That(environments.UnstableSteps[0], Is.EqualTo(2));
            Assert.That((evaluation.SuccessEver, evaluation.SuccessAtEnd), Is.EqualTo((0.0, 0.0)));
            Assert.That(evaluation.Tasks.Single().Return, Is.Zero);
        });
    }
}
