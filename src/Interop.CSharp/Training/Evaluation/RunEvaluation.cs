using MtrlFunctional.Policies;

namespace MtrlFunctional.Training;

/// <summary>Evaluates the policy of a run in new environments, without training.</summary>
public static class RunEvaluation
{
    /// <summary>The experiment of a run or of a policy's file.</summary>
    /// <param name="path">The folder of the run, or the file, or the name of a shipped policy.</param>
    /// <param name="extensions">The parts that it may name; null: only the library's.</param>
    /// <exception cref="MtrlException">No such run or file, or its configuration cannot be read.</exception>
    public static Experiment ExperimentOf(string path, Extensions? extensions = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return PolicySource.Read(path) is { } policy
            ? RunIdentity.Parse(path, policy.Config, extensions)
            : RunIdentity.Read(RunFolder.Existing(path), extensions);
    }

    /// <summary>Evaluates the greedy policy of a checkpoint or of a file.</summary>
    /// <param name="path">The folder of the run, which may be training at the same time, or of a checkpoint; or the file, or the name of a shipped policy.</param>
    /// <param name="options">Null: as the run's own evaluations, of the newest whole checkpoint.</param>
    /// <param name="stop">Ends the evaluation early.</param>
    /// <returns>Success rates and mean returns. The same goals as in the run's own evaluations.</returns>
    /// <exception cref="MtrlException">No such run or checkpoint, or the networks do not match.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static EvaluationResult Evaluate(
        string path, EvaluationOptions? options = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        options ??= new EvaluationOptions();
        if (options.InferFrom is not null && PolicySource.Read(path) is not null)
            throw new MtrlException(
                $"{path}: a file of a policy holds no transition model, from which task encodings could be inferred. Name the folder of the run.");
        using var policy = RunPolicy.Open(path, options);
        if (options.InferFrom is { } played)
            TaskInference.OfTransitions(policy, played, stop);
        return Play(policy, options, stop);
    }

    /// <summary>Evaluates the greedy policy of a checkpoint or of a file on the goals of training and on others.</summary>
    /// <param name="path">As in <see cref="Evaluate"/>.</param>
    /// <param name="goals">The other goals.</param>
    /// <param name="options">Checkpoint, extensions and notices; null: the newest whole checkpoint.</param>
    /// <param name="stop">Ends the evaluation early.</param>
    /// <exception cref="MtrlException">No such run or checkpoint, or its tasks have no goals of Meta-World.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static GoalEvaluation CompareGoals(
        string path, UnseenGoals goals, EvaluationOptions? options = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(goals);
        ArgumentOutOfRangeException.ThrowIfLessThan(goals.Count, 1, nameof(goals));
        options ??= new EvaluationOptions();
        using var policy = RunPolicy.Open(path, options);
        if (options.Tasks is not null || policy.Trained.Choices.Env is { IsMetaLearning: false, Family.HasGoals: true })
            GoalEvaluation.RequireTrainedTasks(policy);
        return GoalEvaluation.Of(policy, goals, options.Notice, stop);
    }

    /// <summary>Evaluates a policy after it learned from some episodes of each task. The run is not changed.</summary>
    /// <param name="path">The folder of the run, or of a checkpoint.</param>
    /// <param name="adaptation">The parts that learn, and the numbers of episodes.</param>
    /// <param name="goals">Further goals to evaluate on; null: none.</param>
    /// <param name="options">As in <see cref="Evaluate"/>.</param>
    /// <param name="stop">Ends the evaluation early.</param>
    /// <returns>A result for each entry of <see cref="Adaptation.Shots"/>. If each goal of each task is learned by itself
    /// (<see cref="Adaptation.IsGoalByGoal"/>), the evaluation is over all of them.</returns>
    /// <remarks>Otherwise episodes of the adaptation have the goals of training.</remarks>
    /// <exception cref="MtrlException">No such run or checkpoint, or its agent does not learn so.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static IReadOnlyList<AdaptedEvaluation> Adapt(
        string path, Adaptation adaptation, UnseenGoals? goals = null, EvaluationOptions? options = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(adaptation);
        options ??= new EvaluationOptions();
        using var policy = RunPolicy.Open(path, options, adaptation);
        if (adaptation.Method == AdaptationMethod.Context)
            return ByContext(policy, adaptation, goals, options, stop);
        if (goals is not null && EvaluatedTasks.HasClassic(policy.Trained))
            throw new MtrlException(
                $"{policy.Folder}: the episodes that classic tasks learn from have the task states of the evaluation, which are not trained on already: "
                + "leave --goals or --adapt out.");
        using var adapter = Adapter.Of(policy, adaptation.Method);
        return [.. adaptation.Shots.Select(shots => adaptation.IsGoalByGoal(policy.Trained)
            ? GoalByGoal(adapter, policy, shots, options.Notice, stop)
            : OverGoals(adapter, policy, shots, goals, options, stop))];
    }

    private static AdaptedEvaluation OverGoals(
        Adapter adapter, RunPolicy policy, int shots, UnseenGoals? goals, EvaluationOptions options, CancellationToken stop)
    {
        if (shots > 0)
            options.Notice?.Invoke($"learns from {Episodes(shots)} of each task");
        adapter.Learn(shots, policy.Family, stop);
        if (goals is not null)
        {
            var compared = GoalEvaluation.Of(policy, goals, options.Notice, stop);
            return new AdaptedEvaluation(shots, compared.Trained, compared);
        }

        return new AdaptedEvaluation(shots, Play(policy, options, stop), null);
    }

    private static IReadOnlyList<AdaptedEvaluation> ByContext(
        RunPolicy policy, Adaptation adaptation, UnseenGoals? goals, EvaluationOptions options, CancellationToken stop)
    {
        TaskInference.RequireContext(policy);
        using var others = goals is null ? null : GoalEvaluation.OtherTasks(policy, goals);
        AdaptedEvaluation After(int shots)
        {
            if (shots > 0)
                options.Notice?.Invoke($"infers the tasks from {Episodes(shots)} of each");
            TaskInference.OfEpisodes(policy, shots, policy.Environments, stop);
            var known = Play(policy, options, stop);
            if (goals is null || others is null)
                return new AdaptedEvaluation(shots, known, null);
            TaskInference.OfEpisodes(policy, shots, others, stop);
            var unseen = Evaluator.Run(
                policy.Policy, others, options.Episodes ?? policy.Episodes, policy.Step, returnTerm: null, stop,
                watch: new EvaluationWatch(options.Notice, "other tasks"));
            return new AdaptedEvaluation(shots, known, GoalEvaluation.OfResults(policy, goals, known, unseen));
        }

        return [.. adaptation.Shots.Select(After)];
    }

    private static string Episodes(int count) => count == 1 ? "1 episode" : $"{Text.Count(count)} episodes";

    private static AdaptedEvaluation GoalByGoal(
        Adapter adapter, RunPolicy policy, int shots, Action<string>? notice, CancellationToken stop)
    {
        var count = Evaluator.EpisodesOfEach(policy.Environments);
        var watch = new EvaluationWatch(notice, shots == 1 ? "1 shot" : $"{Text.Count(shots)} shots");
        EvaluationResult OfGoal(int goal)
        {
            watch.Learns(goal, count);
            IEnvironmentFamily Family() => MetaWorldOfExperiment.FamilyOfGoal(policy.Trained, policy.Experiment, goal);
            adapter.Learn(shots, Family, stop);
            using var environments = policy.EnvironmentsOf(Family());

            // As Meta-World evaluates adapted policies: an episode ends with its first success. It has the noise that it has in
            // an evaluation with each goal.
            return Evaluator.Run(
                policy.Policy, environments, episodes: 1, policy.Step, stop: stop, goalsInTurn: true, endsAtSuccess: true, first: goal);
        }

        return new AdaptedEvaluation(
            shots, EvaluationResult.Together([.. Enumerable.Range(0, count).Select(OfGoal)]), null);
    }

    private static EvaluationResult Play(RunPolicy policy, EvaluationOptions options, CancellationToken stop)
    {
        var isEachGoal = options.AllGoals || options.TrainingGoals;
        var watch = new EvaluationWatch(options.Notice);
        var episodes = options.Episodes ?? policy.Episodes;
        using var adapted = options.Actor == EvaluationActor.Trained
            ? AdaptedEvaluator.Of(policy.Experiment, policy.Threads, policy.Family)
            : null;
        if (adapted is not null && policy.Policy is not OnPolicyLearner)
            throw new MtrlException(
                $"{policy.Folder}: a file of a policy cannot learn, and agent=maml learns each goal before it is evaluated on it. Name the "
                + "folder of the run.");
        var result = adapted is not null
            ? adapted.Run((OnPolicyLearner)policy.Policy, isEachGoal ? null : episodes, policy.Step, stop, watch)
            : isEachGoal
                ? Evaluator.RunEachInstance(policy.Policy, policy.Environments, policy.Step, stop, watch)
                : Evaluator.Run(policy.Policy, policy.Environments, episodes, policy.Step, stop: stop, watch: watch);
        return result.Divided(policy.Experiment);
    }
}
