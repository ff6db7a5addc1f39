using MtrlFunctional.Tasks;
using MtrlFunctional.Tasks.MetaWorld;

namespace MtrlFunctional.Environments;

/// <summary>The tasks of Meta-World that an experiment names.</summary>
internal static class MetaWorldOfExperiment
{
    /// <summary>Its tasks of training or evaluation, in meta-learning of the test split, with the benchmark's 50 goals of the
    /// run's seed.</summary>
    /// <exception cref="MtrlException">A task does not exist.</exception>
    internal static MetaWorldFamily Family(Experiment experiment, bool evaluate) =>
        Family(
            experiment,
            Tasks(experiment, evaluate),
            showsGoals: !evaluate && AgentMemory.TrainsWithGoals(experiment.Agent));

    /// <summary>The tasks of an evaluation, with their goals in a run (<see cref="GoalsIn"/>).</summary>
    internal static MetaWorldFamily EvaluatedFamily(Experiment trained, Experiment evaluated) =>
        Family(evaluated, GoalsIn(trained, evaluated.Environment.TestTasks));

    /// <summary>Tasks of the training, with the goals that they have there.</summary>
    internal static MetaWorldFamily TrainedFamily(Experiment trained, Experiment evaluated)
    {
        var goals = Tasks(trained, evaluate: false).ToDictionary(task => task.Task.Name);
        return Family(evaluated, [.. evaluated.Environment.TestTasks.Select(name => goals[name])]);
    }

    /// <summary>The family of an evaluation, with one goal of each task.</summary>
    internal static MetaWorldFamily FamilyOfGoal(Experiment trained, Experiment evaluated, int goal) =>
        Family(evaluated, [.. GoalsIn(trained, evaluated.Environment.TestTasks).Select(
            task => task with { Goals = [task.Goals[goal]] })]);

    /// <summary>The tasks of an evaluation, with goals that they are neither trained nor otherwise evaluated on.</summary>
    internal static MetaWorldFamily UnseenFamily(Experiment trained, Experiment evaluated, uint seed, int count)
    {
        var others = Tasks(trained, evaluate: false).ToLookup(goals => goals.Task.Name, goals => goals.Goals);
        var known = GoalsIn(trained, evaluated.Environment.TestTasks).Select(
            task => Tuple.Create(task.Task, others[task.Task.Name].Append(task.Goals).SelectMany(goals => goals).ToArray()));
        return Family(evaluated, Named(Suites.UnseenGoals(seed, count, ListModule.OfSeq(known))));
    }

    /// <summary>The goals of tasks in a run: the goals of its evaluations, else of its training; for other tasks, the goals that
    /// a benchmark of these tasks has with the run's seed.</summary>
    private static TaskGoals[] GoalsIn(Experiment trained, IReadOnlyList<string> names)
    {
        var goals = Tasks(trained, evaluate: true).Concat(Tasks(trained, evaluate: false))
            .DistinctBy(task => task.Task.Name).ToDictionary(task => task.Task.Name);
        var others = Find(names.Where(name => !goals.ContainsKey(name)));
        var suite = new Suites.Suite("others", ListModule.OfSeq(others), Suites.Split.Train, false);
        foreach (var task in Named(Suites.Goals((uint)trained.Setup.SeedRef, suite)))
            goals.Add(task.Task.Name, task);
        return [.. names.Select(name => goals[name])];
    }

    private static MetaWorldFamily Family(Experiment experiment, TaskGoals[] tasks, bool showsGoals = false) => new(new MetaWorldFamilyOptions
    {
        Tasks = tasks,
        Reward = experiment.Environment.RewardVersion,
        GoalVisible = showsGoals || experiment.Environment.Goals.IsVisible,
        Horizon = experiment.Environment.Horizon,
        // The folder set for this process (another machine, say) overrides the run's.
        ScenesFolder = SceneLibrary.Chosen
            ?? (experiment.Environment.Assets.Length > 0 ? experiment.Environment.Assets : null),
    });

    private static TaskGoals[] Tasks(Experiment experiment, bool evaluate)
    {
        var names = evaluate ? experiment.Environment.TestTasks : experiment.Environment.Tasks;
        // In meta-learning the test split has other goals, also for the same task (ML1).
        var suite = new Suites.Suite(
            experiment.Environment.Name,
            ListModule.OfSeq(Find(names)),
            evaluate ? Suites.Split.Test : Suites.Split.Train,
            experiment.Choices.Env.IsMetaLearning);
        var seed = (uint)experiment.Setup.SeedRef;
        return Named(evaluate
            ? Suites.Goals(seed, suite)
            : Suites.TrainingGoals(seed, experiment.Environment.NumGoals, suite));
    }

    private static TaskGoals[] Named(IEnumerable<Tuple<MetaWorldTask, double[][]>> goals) =>
        [.. goals.Select(pair => new TaskGoals(pair.Item1, pair.Item2))];

    private static MetaWorldTask[] Find(IEnumerable<string> names)
    {
        var found = Benchmarks.FindAll(ListModule.OfSeq(names));
        return found.IsOk
            ? [.. found.ResultValue]
            : throw new MtrlException(string.Join('\n', found.ErrorValue));
    }
}
