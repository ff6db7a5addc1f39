using MtrlFunctional.Agents;
using MtrlFunctional.Networks;
using MtrlFunctional.Policies;

namespace MtrlFunctional.Training;

/// <content>The evaluated tasks, which may be others than the trained ones.</content>
internal sealed partial class RunPolicy
{
    /// <summary>For each evaluated task, its index among the trained tasks, or null; null: networks and tasks are the run's.</summary>
    internal IReadOnlyList<FSharpOption<int>?>? Indices => OptionModule.ToObj(Plan.Indices);

    private static PlannedEvaluation Planned(string path, Experiment trained, EvaluationOptions options, Adaptation? adaptation = null)
    {
        var plan = PlannedEvaluationModule.Make(path, trained, new EvaluationRequest(
            playsTrained: options.Actor == EvaluationActor.Trained,
            adapts: adaptation is not null,
            trainingGoals: options.TrainingGoals,
            tasks: options.Tasks is { } tasks ? ListModule.OfSeq(tasks) : FSharpOption<FSharpList<string>>.None,
            horizon: OptionModule.OfNullable(options.Horizon),
            reward: OptionModule.OfNullable(options.Reward),
            trial: OptionModule.OfObj(options.Trial!)));
        return plan.IsOk ? plan.ResultValue : throw new MtrlException(plan.ErrorValue);
    }

    internal IEnvironmentFamily Family() => (Indices, Plan.TrainingGoals) switch
    {
        (null, _) => Extensions.Family(Experiment, evaluate: !Plan.TrainingGoals),
        (_, false) => MetaWorldOfExperiment.EvaluatedFamily(Trained, Experiment),
        (_, true) => MetaWorldOfExperiment.TrainedFamily(Trained, Experiment),
    };

    /// <summary>Loads the parameters of a checkpoint; entries of new tasks are means over the trained tasks.</summary>
    /// <exception cref="MtrlException">The checkpoint belongs to other networks.</exception>
    private void LoadParameters(Checkpoint checkpoint, ILearner learner)
    {
        if (Indices is null)
        {
            RunState.LoadAgent(checkpoint, learner);
            return;
        }

        Parameters = TrainedParameters.Read(this, checkpoint);
        Parameters.Load(learner, Entries(offset: 0));
    }

    /// <summary>The entries of trained tasks, and of new tasks: means over the trained tasks, plus a number.</summary>
    private TaskRows.TaskEntry[] Entries(double offset) => [.. Indices!.Select(
        index => index is { Value: var known } ? TaskRows.TaskEntry.NewTrained(known) : TaskRows.TaskEntry.NewMean(offset))];

    /// <summary>The reward statistics of each evaluated task; for new tasks the statistics before the first reward.</summary>
    private RewardStatistics[] RewardsOf(Checkpoint checkpoint)
    {
        var trained = RunState.RewardsOf(checkpoint);
        return [.. Enumerable.Range(0, Environments.Count).Select(
            task => (Indices is null ? task : Indices[task]?.Value) is { } index && index < trained.Length
                ? trained[index]
                : RewardNormalizationModule.NoRewards)];
    }

    /// <summary>Whether greedy actions of a learner, as loaded, do not depend on entries of tasks that are not trained.</summary>
    private bool CanPlay(ILearner learner)
    {
        if (Parameters is null || !PlannedEvaluationModule.ReadsNewTasks(Plan))
            return true;
        var before = learner.RowLayers(Environments.ObservationSize);
        Parameters.Load(learner, Entries(offset: 1));
        var after = learner.RowLayers(Environments.ObservationSize);
        Parameters.Load(learner, Entries(offset: 0));
        return before.IsOk && before.Equals(after);
    }

    /// <summary>The task of a file's policy that acts in each evaluated task.</summary>
    /// <exception cref="MtrlException">The policy has no numbers for one of the tasks.</exception>
    private IReadOnlyList<int> TasksOf(PolicyData policy)
    {
        if (Indices is null)
            return [.. Enumerable.Range(0, policy.Tasks.Count)];
        var tasks = Experiment.Environment.TestTasks.ToList();
        if (!PolicyGraph.ReadsTask(PolicyFile.GraphOf(Folder, policy)))
            return [.. tasks.Select(_ => 0)];

        // The file has numbers for the tasks of the run's evaluations.
        var known = policy.Tasks.ToList();
        var missing = tasks.Except(known).ToList();
        return missing.Count > 0 ? throw Unplayable(missing) : [.. tasks.Select(task => known.IndexOf(task))];
    }

    private MtrlException Unplayable(IEnumerable<string> missing) => new($"{Folder}: {PlannedEvaluationModule.Unplayable(missing)}");
}
