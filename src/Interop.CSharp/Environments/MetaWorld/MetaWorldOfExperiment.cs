using Microsoft.FSharp.Collections;
using MtrlFunctional.Experiments;
using MtrlFunctional.Tasks;
using MtrlFunctional.Tasks.MetaWorld;

namespace MtrlFunctional.Environments;

/// <summary>The tasks of Meta-World that an experiment names.</summary>
internal static class MetaWorldOfExperiment
{
    /// <summary>Its tasks, with the benchmark's 50 goals of the run's seed.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="evaluate">Whether to use the evaluation tasks; in meta-learning, the test split.</param>
    /// <exception cref="MtrlException">A task does not exist.</exception>
    internal static MetaWorldFamily Family(Experiment experiment, bool evaluate) =>
        Family(experiment, Tasks(experiment, evaluate));

    /// <summary>Its evaluation tasks, with goals that they are neither trained nor otherwise evaluated on.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="seed">Of the goals.</param>
    /// <param name="count">Goals of each task.</param>
    internal static MetaWorldFamily UnseenFamily(Experiment experiment, uint seed, int count)
    {
        var trained = Tasks(experiment, evaluate: false).ToLookup(goals => goals.Task.Name, goals => goals.Goals);
        var known = Tasks(experiment, evaluate: true).Select(
            task => Tuple.Create(task.Task, trained[task.Task.Name].Append(task.Goals).SelectMany(goals => goals).ToArray()));
        return Family(experiment, Named(Suites.UnseenGoals(seed, count, ListModule.OfSeq(known))));
    }

    private static MetaWorldFamily Family(Experiment experiment, TaskGoals[] tasks) => new(new MetaWorldFamilyOptions
    {
        Tasks = tasks,
        Reward = experiment.Environment.RewardVersion,
        GoalVisible = experiment.Environment.Goals.IsVisible,
        Horizon = experiment.Environment.Horizon,
        // The folder set for this process (another machine, say) overrides that of the run.
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
            ChoicesModule.IsMetaLearning(experiment.Choices.Env));
        return Named(Suites.Goals((uint)experiment.Setup.SeedRef, suite));
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
