using MtrlFunctional.Agents;
using MtrlFunctional.Networks;
using MtrlFunctional.Policies;

namespace MtrlFunctional.Training;

/// <summary>The plan of an evaluation, with what its environments and networks are made of.</summary>
internal sealed record EvaluationSetting(PlannedEvaluation Plan, Extensions Extensions)
{
    internal Experiment Trained => Plan.Trained;

    internal Experiment Evaluated => Plan.Evaluated;

    /// <summary>For each evaluated task, its index among the trained tasks, or null; null: networks and tasks are the run's.</summary>
    internal IReadOnlyList<FSharpOption<int>?>? Indices => OptionModule.ToObj(Plan.Indices);

    internal IEnvironmentFamily Family() => (Indices, Plan.TrainingGoals) switch
    {
        (null, _) => Extensions.Family(Evaluated, evaluate: !Plan.TrainingGoals),
        (_, false) => MetaWorldOfExperiment.EvaluatedFamily(Trained, Evaluated),
        (_, true) => MetaWorldOfExperiment.TrainedFamily(Trained, Evaluated),
    };

    /// <summary>The setting of an evaluation.</summary>
    internal static EvaluationSetting Of(
        string path, Experiment trained, EvaluationOptions options, Adaptation? adaptation)
    {
        var plan = PlannedEvaluationModule.Make(path, trained, new EvaluationRequest(
            playsTrained: options.Actor == EvaluationActor.Trained,
            adapts: adaptation is not null,
            trainingGoals: options.TrainingGoals,
            tasks: options.Tasks is { } tasks ? ListModule.OfSeq(tasks) : FSharpOption<FSharpList<string>>.None,
            horizon: OptionModule.OfNullable(options.Horizon),
            reward: OptionModule.OfNullable(options.Reward),
            trial: OptionModule.OfObj(options.Trial!)));
        return plan.IsOk ? new(plan.ResultValue, options.Extensions) : throw new MtrlException(plan.ErrorValue);
    }

    /// <summary>Loads the parameters of a checkpoint; entries of new tasks are means over the trained tasks.</summary>
    /// <returns>The parameters, if tasks are not the run's; the caller disposes them.</returns>
    /// <exception cref="MtrlException">The checkpoint belongs to other networks.</exception>
    internal TrainedParameters? Load(Checkpoint checkpoint, VectorEnvironment environments, ILearner learner)
    {
        if (Indices is null)
        {
            RunState.LoadAgent(checkpoint, learner);
            return null;
        }

        var parameters = TrainedParameters.Read(this, checkpoint, environments);
        parameters.Load(learner, Entries(offset: 0));
        return parameters;
    }

    /// <summary>The entries of trained tasks, and of new tasks: means over the trained tasks, plus a number.</summary>
    private TaskRows.TaskEntry[] Entries(double offset) => [.. Indices!.Select(
        index => index is { Value: var known } ? TaskRows.TaskEntry.NewTrained(known) : TaskRows.TaskEntry.NewMean(offset))];

    /// <summary>The reward statistics of each evaluated task; for new tasks the statistics before the first reward.</summary>
    internal RewardStatistics[] RewardsOf(Checkpoint checkpoint, int count)
    {
        var trained = RunState.RewardsOf(checkpoint);
        return [.. Enumerable.Range(0, count).Select(
            task => (Indices is null ? task : Indices[task]?.Value) is { } index && index < trained.Length
                ? trained[index]
                : RewardNormalizationModule.NoRewards)];
    }

    /// <summary>Whether greedy actions of a learner, as loaded, do not depend on entries of tasks that are not trained.</summary>
    internal bool CanPlay(ILearner learner, VectorEnvironment environments, TrainedParameters? parameters)
    {
        if (parameters is null || !PlannedEvaluationModule.ReadsNewTasks(Plan))
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
        if (Indices is null)
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
        Unplayable(path, Evaluated.Environment.TestTasks.Where((_, i) => Indices![i] is null));

    private static MtrlException Unplayable(string path, IEnumerable<string> missing) =>
        new($"{path}: {PlannedEvaluationModule.Unplayable(missing)}");
}
