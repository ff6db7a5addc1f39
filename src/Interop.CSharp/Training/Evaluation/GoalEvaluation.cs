using MtrlFunctional.Statistics;
using MtrlFunctional.Tasks.Classic;

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
        if (experiment.Agent.Algorithm.Adaptation is not null)
            throw new MtrlException(
                $"{policy.Folder}: agent={experiment.Choices.Agent.Name} learns each goal before it is evaluated on it: leave --goals out.");
        if (experiment.Choices.Env.Family.TaskStates is not null)
        {
            CheckTaskStates(policy, goals);
            var taskSeed = TaskSeed(policy, goals);
            using var trained = Environments(policy, policy.Setting.Extensions.Family(policy.Experiment, evaluate: false));
            return Compare(
                policy, trained, ClassicOfExperiment.UnseenFamily(policy.Experiment, taskSeed, goals.Count), taskSeed, notice, stop);
        }

        CheckGoals(policy);
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
    internal static void RequireTrainedTasks(RunPolicy policy)
    {
        if (policy.Experiment.Environment.TestTasks.Except(policy.Trained.Environment.Tasks).ToList() is { Count: > 0 } others)
            throw new MtrlException(
                $"{policy.Folder}: was not trained on {string.Join(", ", others)}, so there are no goals of training to compare others with: "
                + "leave --goals out, or name trained tasks in --tasks.");
    }

    /// <summary>Environments whose tasks are other task states, as many as the policy has tasks.</summary>
    /// <param name="policy">A policy that infers its tasks.</param>
    /// <param name="goals">Seed and number of the goals; the number must equal the number of tasks.</param>
    /// <exception cref="MtrlException">
    /// The policy's tasks are no task states, or there are more or fewer of them.
    /// </exception>
    internal static VectorEnvironment OtherTasks(RunPolicy policy, UnseenGoals goals)
    {
        var environment = policy.Trained.Environment;
        if (policy.Trained.Choices.Env.Family.TaskStates is null)
            throw new MtrlException(
                $"{policy.Folder}: with --adapt context, other tasks of Meta-World are named by --tasks, and the variants of a model by the "
                + "run's own evaluation: leave --goals out.");
        if (goals.Count != environment.NumEnvs)
            throw new MtrlException(
                $"{policy.Folder}: infers {environment.NumEnvs} tasks at a time: --goals unseen:{environment.NumEnvs}.");
        CheckCount(policy, goals);
        return Environments(policy, ClassicOfExperiment.UnseenFamily(policy.Experiment, TaskSeed(policy, goals), goals.Count));
    }

    /// <summary>The comparison of an evaluation on tasks of training with another on <see cref="OtherTasks"/>.</summary>
    internal static GoalEvaluation OfResults(
        RunPolicy policy, UnseenGoals goals, EvaluationResult known, EvaluationResult other) =>
        Of(known, other, TaskSeed(policy, goals));

    private static GoalEvaluation Of(EvaluationResult known, EvaluationResult other, uint seed) =>
        new(known, other, seed, GoalGap.Estimate(known.Scores(), other.Scores()));

    private static uint TaskSeed(RunPolicy policy, UnseenGoals goals) =>
        goals.Seed ?? (uint)policy.Trained.Environment.Classic.TaskSeed;

    private static VectorEnvironment Environments(RunPolicy policy, IEnvironmentFamily family) =>
        ExperimentEnvironments.Create(policy.Experiment, evaluate: true, policy.Threads, family);

    private static GoalEvaluation Compare(
        RunPolicy policy, VectorEnvironment trained, IEnvironmentFamily others, uint seed, Action<string>? notice, CancellationToken stop)
    {
        using var unseen = Environments(policy, others);
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

    private static void CheckTaskStates(RunPolicy policy, UnseenGoals goals)
    {
        var environment = policy.Trained.Environment;
        if (policy.Trained.Agent.Context.Method.IsSet)
            throw new MtrlException(
                $"{policy.Folder}: infers its tasks, so that it plays others after episodes of each: "
                + $"--adapt context --shots 1 --goals unseen:{environment.NumEnvs}.");
        if (environment.NumEnvs > 1)
            throw new MtrlException(
                $"{policy.Folder}: each of its {environment.NumEnvs} tasks is one task state, and its networks have a part for each of "
                + "them: leave --goals out.");
        CheckCount(policy, goals);
    }

    private static void CheckCount(RunPolicy policy, UnseenGoals goals)
    {
        var environment = policy.Trained.Environment;
        var family = policy.Trained.Choices.Env.Family.TaskStates!.Value;
        if (Classic.Count(family, environment.Classic.Parameters) is { Value: var count }
            && environment.Classic.TaskStates + goals.Count > count)
            throw new MtrlException(
                $"{policy.Folder}: {environment.Name} has {count} task states and was trained on {environment.Classic.TaskStates}, "
                + $"so there are not {goals.Count} others"
                + (count > environment.Classic.TaskStates ? $": --goals unseen:{count - environment.Classic.TaskStates}." : "."));
    }

    private static void CheckGoals(RunPolicy policy)
    {
        var experiment = policy.Trained;
        var isMixed = experiment.Choices.Env.Family.Joins;
        if (isMixed && !experiment.Environment.Tasks.Any(TaskNames.IsMetaWorld))
            throw new MtrlException(
                $"{policy.Folder}: only Meta-World's tasks have unseen goals, and none of its tasks is one: leave --goals out.");
        if (!isMixed && !experiment.Choices.Env.Family.HasGoals)
            throw new MtrlException(
                $"{policy.Folder}: only Meta-World's tasks and the classic families have unseen goals, and this policy is of "
                + $"{experiment.Environment.Name}. Its evaluation has variants that it was not trained on, if there are any: leave "
                + "--goals out.");
        if (experiment.Choices.Env.IsMetaLearning
            || !policy.Experiment.Environment.TestTasks.Equals(policy.Experiment.Environment.Tasks))
            throw new MtrlException(
                $"{policy.Folder}: is evaluated on goals or tasks that are not trained on already: leave --goals out.");
        if (experiment.Environment.GoalSelection.IsFixed)
            throw new MtrlException(
                $"{policy.Folder}: was trained on one goal of each task (env.goal_selection=fixed), so there are no goals of training "
                + "to compare others with: 'mtrl eval --all-goals' plays fifty goals of each task, one of which it was trained on.");
    }
}
