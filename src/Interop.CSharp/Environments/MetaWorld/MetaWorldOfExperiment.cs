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
    internal static MetaWorldFamily Family(Experiment experiment, bool evaluate) => new(new MetaWorldFamilyOptions
    {
        Tasks = Tasks(experiment, evaluate),
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
            ChoicesModule.isMetaLearning(experiment.Choices.Env));
        return [.. Suites.Goals((uint)experiment.Setup.SeedRef, suite).Select(pair => new TaskGoals(pair.Item1, pair.Item2))];
    }

    private static MetaWorldTask[] Find(IEnumerable<string> names)
    {
        var found = Benchmarks.findAll(ListModule.OfSeq(names));
        return found.IsOk
            ? [.. found.ResultValue]
            : throw new MtrlException(string.Join('\n', found.ErrorValue));
    }
}
