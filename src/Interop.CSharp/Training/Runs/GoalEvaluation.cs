using MtrlFunctional.Environments;
using MtrlFunctional.Experiments;
using MtrlFunctional.Spaces;
using MtrlFunctional.Statistics;

namespace MtrlFunctional.Training;

/// <summary>Goals that a policy was not trained on.</summary>
/// <param name="Count">Goals of each task, at least 1.</param>
/// <param name="Seed">Of the goals; null: 1,000 above that of the run.</param>
public sealed record UnseenGoals(int Count, uint? Seed = null);

/// <summary>Success on the goals of training and on others: an episode with each goal.</summary>
/// <param name="Trained">With each goal that the tasks are trained on.</param>
/// <param name="Unseen">With goals that none of those equals.</param>
/// <param name="GoalSeed">Of the unseen goals.</param>
/// <param name="Gap">Difference of the shares of episodes with success at any step.</param>
public sealed record GoalEvaluation(EvaluationResult Trained, EvaluationResult Unseen, uint GoalSeed, GoalGap.Gap Gap)
{
    private const uint SeedDistance = 1_000;

    /// <summary>Evaluates a policy on both.</summary>
    /// <exception cref="MtrlException">The tasks of the experiment have no goals of Meta-World, or were not trained on several
    /// of them.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    internal static GoalEvaluation Of(RunPolicy policy, UnseenGoals goals, CancellationToken stop)
    {
        var (experiment, trained) = (policy.Trained, policy.Environments);
        if (!ChoicesModule.IsMetaWorld(experiment.Choices.Env))
            throw new MtrlException(
                $"{policy.Folder}: unseen goals are those of Meta-World's tasks, and this policy is of {experiment.Environment.Name}. "
                + "Its evaluation has tasks or variants that it was not trained on, if there are any: leave --goals out.");
        if (ChoicesModule.IsMetaLearning(experiment.Choices.Env)
            || !policy.Experiment.Environment.TestTasks.Equals(policy.Experiment.Environment.Tasks))
            throw new MtrlException(
                $"{policy.Folder}: is evaluated on goals or tasks that are not trained on already: leave --goals out.");
        if (experiment.Environment.GoalSelection.IsFixed)
            throw new MtrlException(
                $"{policy.Folder}: was trained on one goal of each task (env.goal_selection=fixed), so there are no goals of training "
                + "to compare others with: 'mtrl eval --all-goals' plays fifty goals of each task, one of which it was trained on.");
        var seed = goals.Seed ?? (uint)experiment.Setup.SeedRef + SeedDistance;
        using var unseen = ExperimentEnvironments.Create(
            policy.Experiment, ExperimentEnvironments.Evaluate, threads: 1,
            families: (evaluated, _) => MetaWorldOfExperiment.UnseenFamily(experiment, evaluated, seed, goals.Count));
        var known = Evaluator.RunEachInstance(policy, trained, policy.Step, stop);
        var other = Evaluator.RunEachInstance(policy, unseen, policy.Step, stop);
        return new GoalEvaluation(known, other, seed, GoalGap.Estimate(Scores(known), Scores(other)));
    }

    private static double[][] Scores(EvaluationResult result) =>
        [.. result.EpisodeSuccesses.Select(task => task.Select(success => success ? 1.0 : 0.0).ToArray())];
}
