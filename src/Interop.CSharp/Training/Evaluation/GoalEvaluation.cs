using MtrlFunctional.Statistics;

namespace MtrlFunctional.Training;

/// <summary>Goals, or task states of a classic family, that a policy was not trained on.</summary>
/// <param name="Count">Goals of each task, at least 1.</param>
/// <param name="Seed">
/// Seed of the goals; null: 1,000 above the run's. Of task states; null: <c>env.task_seed</c>.
/// </param>
public sealed record UnseenGoals(int Count, uint? Seed = null);

/// <summary>A policy on the goals of training and on others: an episode with each goal, or with each task state.</summary>
/// <param name="Trained">With each goal that the tasks are trained on.</param>
/// <param name="Unseen">With goals that none of those equals.</param>
/// <param name="GoalSeed">The seed of the unseen goals.</param>
/// <param name="Gap">Difference of the shares of episodes with success at any step, or of the mean returns:
/// <see cref="ComparesReturns"/>.</param>
public sealed record GoalEvaluation(EvaluationResult Trained, EvaluationResult Unseen, uint GoalSeed, GoalGap.Gap Gap)
{
    private const uint SeedDistance = 1_000;

    /// <summary>Whether the tasks define no success, so that returns are compared.</summary>
    public bool ComparesReturns => Trained.MeasuresReturns;

    /// <summary>Evaluates a policy on both.</summary>
    /// <exception cref="MtrlException">The tasks of the experiment have no goals of Meta-World and no task states, or were not
    /// trained on several of them.</exception>
    internal static GoalEvaluation Of(
        RunPolicy policy, UnseenGoals goals, Action<string>? notice, CancellationToken stop)
    {
        var experiment = policy.Trained;
        Require(policy, UnseenGoalCheck.Fault(goals.Count, policy.Plan));
        if (experiment.Choices.Env.Family.TaskStates is not null)
        {
            var taskSeed = TaskSeed(policy, goals);
            using var trained = policy.EnvironmentsOf(policy.Extensions.Family(policy.Experiment, evaluate: false));
            return Compare(
                policy, trained, ClassicOfExperiment.UnseenFamily(policy.Experiment, taskSeed, goals.Count), taskSeed, notice, stop);
        }

        var seed = goals.Seed ?? (uint)experiment.Setup.SeedRef + SeedDistance;
        var isMixed = experiment.Choices.Env.Family.Joins;
        IEnvironmentFamily Unseen(Experiment evaluated) =>
            MetaWorldOfExperiment.UnseenFamily(isMixed ? evaluated : experiment, evaluated, seed, goals.Count);

        // Tasks of other families have no goals: they keep the starts of their episodes.
        return Compare(
            policy, policy.Environments,
            isMixed
                ? ExperimentEnvironments.Joined(
                    policy.Experiment,
                    part => part.Choices.Env.Family.HasGoals ? Unseen(part) : ExperimentEnvironments.OfLibrary(part, true))
                : Unseen(policy.Experiment),
            seed, notice, stop);
    }

    /// <summary>Rejects tasks without goals of training, unless a policy is adapted to some of their goals.</summary>
    /// <exception cref="MtrlException">The policy was not trained on one of the tasks.</exception>
    internal static void RequireTrainedTasks(RunPolicy policy) =>
        Require(policy, UnseenGoalCheck.UntrainedFault(policy.Plan));

    /// <summary>Environments whose tasks are other task states, as many as the policy, which infers its tasks, has
    /// tasks.</summary>
    /// <exception cref="MtrlException">The policy's tasks are no task states, or there are more or fewer of them.</exception>
    internal static VectorEnvironment OtherTasks(RunPolicy policy, UnseenGoals goals)
    {
        Require(policy, UnseenGoalCheck.InferredFault(goals.Count, policy.Plan));
        return policy.EnvironmentsOf(ClassicOfExperiment.UnseenFamily(policy.Experiment, TaskSeed(policy, goals), goals.Count));
    }

    /// <summary>The comparison of an evaluation on tasks of training with another on <see cref="OtherTasks"/>.</summary>
    internal static GoalEvaluation OfResults(
        RunPolicy policy, UnseenGoals goals, EvaluationResult known, EvaluationResult other) =>
        Of(known, other, TaskSeed(policy, goals));

    private static GoalEvaluation Of(EvaluationResult known, EvaluationResult other, uint seed) =>
        new(known, other, seed, GoalGap.Estimate(known.Scores(), other.Scores()));

    private static uint TaskSeed(RunPolicy policy, UnseenGoals goals) =>
        goals.Seed ?? (uint)policy.Trained.Environment.Classic.TaskSeed;

    private static GoalEvaluation Compare(
        RunPolicy policy, VectorEnvironment trained, IEnvironmentFamily others, uint seed, Action<string>? notice, CancellationToken stop)
    {
        using var unseen = policy.EnvironmentsOf(others);
        var watch = new EvaluationWatch(notice);
        EvaluationResult Each(VectorEnvironment environments) => Evaluator.RunEachInstance(
            policy.ActingIn(environments), environments, policy.Step, stop, watch);
        var episodes = (double)Evaluator.EpisodesOfEach(trained);
        var share = episodes / (episodes + Evaluator.EpisodesOfEach(unseen));
        watch.Begin("goals of training", 0, share);
        var known = Each(trained);
        watch.Begin("unseen goals", share, 1);
        return Of(known, Each(unseen), seed);
    }

    private static void Require(RunPolicy policy, FSharpOption<string>? fault)
    {
        if (fault is not null)
            throw new MtrlException($"{policy.Folder}: {fault.Value}");
    }
}
