using MtrlFunctional.Agents;
using MtrlFunctional.Networks;
using MtrlFunctional.Policies;

namespace MtrlFunctional.Training;

/// <summary>The tasks of an evaluation, the run's or others, with the run's horizon and reward or others.</summary>
/// <param name="Trained">The experiment of the run.</param>
/// <param name="Evaluated">The experiment of the evaluation.</param>
/// <param name="Places">
/// For each evaluated task, its index among the trained tasks, or null; null: networks and tasks are the run's.
/// </param>
/// <param name="Extensions">The parts that the run was trained with.</param>
internal sealed record EvaluationSetting(
    Experiment Trained, Experiment Evaluated, IReadOnlyList<int?>? Places, Extensions Extensions)
{
    private const int LargestHorizon = 1_000_000;

    /// <summary>Makes the family of the evaluation.</summary>
    internal IEnvironmentFamily Family() => (Places, HasTrainingGoals) switch
    {
        (null, _) => Extensions.Family(Evaluated, evaluate: !HasTrainingGoals),
        (_, false) => MetaWorldOfExperiment.EvaluatedFamily(Trained, Evaluated),
        (_, true) => MetaWorldOfExperiment.TrainedFamily(Trained, Evaluated),
    };

    /// <summary>Whether the episodes have the goals, or task states, of training.</summary>
    private bool HasTrainingGoals { get; init; }

    /// <summary>The setting of an evaluation.</summary>
    /// <exception cref="MtrlException">The run has no such tasks or reward, or its networks have parts for its own tasks
    /// only.</exception>
    internal static EvaluationSetting Of(
        string path, Experiment trained, EvaluationOptions options, Adaptation? adaptation)
    {
        var isOfMetaWorld = trained.Choices.Env.Family.HasGoals;
        if (!isOfMetaWorld && (options.Tasks is not null || options.Reward is not null))
            throw NotOfMetaWorld(path, trained, options.Tasks is null ? "--reward" : "--tasks");
        if (options.Horizon is < 1 or > LargestHorizon)
            throw new MtrlException($"--horizon {options.Horizon}: must be from 1 to {LargestHorizon:N0} steps.");
        var evaluated = trained;
        if (options.Horizon is { } steps)
            evaluated = EvaluatedTasks.WithHorizon(steps, evaluated);
        if (options.Trial is { } trial)
            evaluated = WithTrial(path, evaluated, trial, adaptation);
        if (options.Reward is { } reward)
            evaluated = EvaluatedTasks.WithReward(reward, evaluated);
        if (adaptation is not null)
            evaluated = EvaluatedTasks.ForAdaptation(evaluated);
        if (options.TrainingGoals)
            CheckTrainingGoals(path, trained, options);
        var tasks = options.Tasks ?? (options.TrainingGoals && isOfMetaWorld ? trained.Environment.Tasks
            : adaptation is not null && isOfMetaWorld ? trained.Environment.TestTasks : null);
        var setting = new EvaluationSetting(trained, evaluated, null, options.Extensions) { HasTrainingGoals = options.TrainingGoals };
        if (tasks is null || (tasks.SequenceEqual(trained.Environment.Tasks) && tasks.SequenceEqual(trained.Environment.TestTasks)))
            return setting;
        if (options.Actor == EvaluationActor.Trained && PartsOfTasks(trained) is { } parts)
            throw new MtrlException(
                $"{path}: its networks have {parts}, so they play the tasks of its training in their order only. Leave --tasks out.");
        var known = trained.Environment.Tasks.ToList();
        return setting with
        {
            Evaluated = EvaluatedTasks.OfTasks(ListModule.OfSeq(tasks), evaluated),
            Places = [.. tasks.Select(task => known.IndexOf(task) is >= 0 and var index ? index : (int?)null)],
        };
    }

    /// <summary>Loads the parameters of a checkpoint; entries of new tasks are means over the trained tasks.</summary>
    /// <returns>The parameters, if tasks are not the run's; the caller disposes them.</returns>
    /// <exception cref="MtrlException">The checkpoint belongs to other networks.</exception>
    internal TrainedParameters? Load(Checkpoint checkpoint, VectorEnvironment environments, ILearner learner)
    {
        if (Places is null)
        {
            RunState.LoadAgent(checkpoint, learner);
            return null;
        }

        var parameters = TrainedParameters.Read(this, checkpoint, environments);
        parameters.Load(learner, Entries(offset: 0));
        return parameters;
    }

    /// <summary>The entries of trained tasks, and of new tasks: means over the trained tasks, plus a number.</summary>
    private TaskRows.TaskEntry[] Entries(double offset) => [.. Places!.Select(
        index => index is { } known ? TaskRows.TaskEntry.NewTrained(known) : TaskRows.TaskEntry.NewMean(offset))];

    /// <summary>
    /// The reward statistics of each evaluated task; for new tasks the statistics before the first reward.
    /// </summary>
    internal RewardStatistics[] RewardsOf(Checkpoint checkpoint, int count)
    {
        var trained = RunState.RewardsOf(checkpoint);
        return [.. Enumerable.Range(0, count).Select(
            task => (Places is null ? task : Places[task]) is { } index && index < trained.Length
                ? trained[index]
                : RewardNormalizationModule.NoRewards)];
    }

    /// <summary>Whether greedy actions of a learner, as loaded, do not depend on entries of tasks that are not trained.</summary>
    internal bool CanPlay(ILearner learner, VectorEnvironment environments, TrainedParameters? parameters)
    {
        // These policies observe no task.
        if (parameters is null || !Places!.Contains(null) || Trained.Choices.Agent.Family.FindsTask
            || Trained.Agent.Context.Method.IsGru)
            return true;
        var before = learner.RowLayers(environments.ObservationSize);
        parameters.Load(learner, Entries(offset: 1));
        var after = learner.RowLayers(environments.ObservationSize);
        parameters.Load(learner, Entries(offset: 0));
        return before.IsOk && before.Equals(after);
    }

    /// <summary>The task of a file's policy that acts in each evaluated task.</summary>
    /// <exception cref="MtrlException">The policy has no numbers for one of the tasks.</exception>
    internal IReadOnlyList<int> TasksOf(string path, PolicyData policy)
    {
        if (Places is null)
            return [.. Enumerable.Range(0, policy.Tasks.Count)];
        var tasks = Evaluated.Environment.TestTasks.ToList();
        if (!PolicyGraph.ReadsTask(PolicyFile.GraphOf(path, policy)))
            return [.. tasks.Select(_ => 0)];

        // The file has numbers for the tasks of the run's evaluations.
        var known = policy.Tasks.ToList();
        var missing = tasks.Except(known).ToList();
        return missing.Count > 0 ? throw Unplayable(path, missing) : [.. tasks.Select(task => known.IndexOf(task))];
    }

    /// <summary>The networks have no entries for tasks that are not trained.</summary>
    internal MtrlException Unplayable(string path) =>
        Unplayable(path, [.. Evaluated.Environment.TestTasks.Where((_, i) => Places![i] is null)]);

    private static MtrlException Unplayable(string path, List<string> missing) => new(
        $"{path}: was not trained on {Names(missing)}, and its networks have an entry for each trained task: a one-hot column, a head or "
        + "an embedding. Networks without such entries play any task: networks of the ML benchmarks (env=metaworld-ml10), of "
        + "behaviour.one_hot_tasks=False, and of sentences that describe the tasks "
        + "(agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=True). With --adapt finetune, the "
        + "entry of a new task starts as the mean of the others; with agent.context.method=set, --adapt context infers new tasks.");

    private static MtrlException NotOfMetaWorld(string path, Experiment trained, string option) => new(
        $"{path}: {option} is for policies that were trained on tasks of Meta-World alone, and the tasks of this one are "
        + $"{Names([.. trained.Environment.Tasks])}. Leave {option} out.");

    /// <summary>The first three of some names, and the number of the others.</summary>
    private static string Names(List<string> tasks) =>
        string.Join(", ", tasks.Take(3)) + (tasks.Count > 3 ? $" and {tasks.Count - 3} more" : "");

    private static Experiment WithTrial(string path, Experiment evaluated, Trial trial, Adaptation? adaptation)
    {
        if (OptionModule.ToObj(EvaluatedTasks.Trial(evaluated)) is null)
            throw new MtrlException(
                $"{path}: plays no trials, since its agent has no memory over episodes (agent=rl2, agent.context.method=gru): leave --trial "
                + "out.");
        if (adaptation is not null)
            throw new MtrlException($"{path}: learns from trials as in its training: leave --trial or --adapt out.");
        return TrialModule.CanBePlayed(trial)
            ? EvaluatedTasks.WithTrial(trial, evaluated)
            : throw new MtrlException(
                $"{path}: a trial of {trial.Episodes:N0} episodes, {trial.Exploration:N0} of them of exploration: must have from 1 to "
                + $"{TrialModule.Longest:N0} episodes, one of them after the exploration.");
    }

    private static void CheckTrainingGoals(string path, Experiment trained, EvaluationOptions options)
    {
        var env = trained.Choices.Env;
        if (env.Family.HasVariants)
            throw new MtrlException(
                $"{path}: was trained on variants of a model, which have no goals: leave --goals out.");
        if (!env.Family.HasGoals)
            return;
        if (trained.Environment.GoalSelection.IsFixed)
            throw new MtrlException(
                $"{path}: was trained on one goal of each task (env.goal_selection=fixed), not on each of fifty: leave --goals out.");
        if (options.Tasks?.Except(trained.Environment.Tasks).ToList() is { Count: > 0 } others)
            throw new MtrlException(
                $"{path}: was not trained on {string.Join(", ", others)}, so there are no goals of training: give --all-goals in the "
                + "place of --goals train, or leave such tasks out of --tasks.");
    }

    private static string? PartsOfTasks(Experiment trained)
    {
        var multitask = trained.Agent.Multitask;
        return multitask.Model.IsSeparate ? "an agent for each task"
            : multitask.UseTaskEncoder && multitask.TaskEncoder.IsTheta ? "an inferred encoding of each task"
            : trained.Agent.Encoder.Kind.IsMixtureOfExperts && trained.Agent.Encoder.Mixture.Selection.IsOneToOne
                ? "an expert for each task"
                : null;
    }
}
