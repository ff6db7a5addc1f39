using Microsoft.FSharp.Collections;
using Mtrl.Experiments;
using Mtrl.Random;
using Mtrl.Tasks.MetaWorld;
using MtrlFunctional.Environments;
using MetaWorldTask = Mtrl.Tasks.Task;

namespace MtrlFunctional.Training;

/// <summary>The environments that an experiment asks for.</summary>
internal static class ExperimentEnvironments
{
    /// <summary>What evaluations are made for; in meta-learning it stands for the test part.</summary>
    internal const string Evaluate = "evaluate";

    /// <summary>Environments of each task, with the benchmark's 50 goals of the run's seed.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="purpose">"train" or <see cref="Evaluate"/>: separates the goals that are drawn.</param>
    /// <param name="threads">That step them; results do not depend on it.</param>
    /// <param name="copies">Of each task; all tasks once, then all once more.</param>
    /// <exception cref="MtrlException">A task that is not here.</exception>
    internal static VectorEnvironment Create(Experiment experiment, string purpose, int threads, int copies = 1) => new(
        new VectorEnvironmentOptions
        {
            Slots = [.. Enumerable.Repeat(Slots(experiment, purpose == Evaluate), copies).SelectMany(slots => slots)],
            Reward = experiment.Environment.RewardVersion.IsV1
                ? MtrlFunctional.Environments.RewardVersion.V1
                : MtrlFunctional.Environments.RewardVersion.V2,
            GoalVisible = experiment.Environment.Goals.IsVisible,
            Horizon = experiment.Environment.Horizon,
            Threads = threads,
            Seed = experiment.Setup.SeedRef,
            Purpose = purpose,
            // A choice for this process (another machine, say) goes before that of the run.
            ScenesFolder = SceneLibrary.Chosen
                ?? (experiment.Environment.Assets.Length > 0 ? experiment.Environment.Assets : null),
        });

    private static MetaWorldTask[] Tasks(IEnumerable<string> names)
    {
        var found = Benchmarks.findAll(ListModule.OfSeq(names));
        return found.IsOk
            ? [.. found.ResultValue]
            : throw new MtrlException(string.Join('\n', found.ErrorValue));
    }

    /// <summary>Where the goal of a task stays fixed, one is chosen for the whole run.</summary>
    private static EnvironmentSlot[] Slots(Experiment experiment, bool evaluate)
    {
        var seed = experiment.Setup.SeedRef;
        var choice = KeyModule.ForPurpose("goal", KeyModule.OfSeed(seed));
        var tasks = Tasks(evaluate ? experiment.Environment.TestTasks : experiment.Environment.Tasks);
        // In meta-learning the goals of the test part are others, also where the task is the same (ML1).
        var suite = new Suites.Suite(
            experiment.Environment.Name,
            ListModule.OfSeq(tasks),
            evaluate ? Suites.Part.Test : Suites.Part.Train,
            ChoicesModule.isMetaLearning(experiment.Choices.Env));
        var goals = Suites.Goals((uint)seed, suite);
        int? Fixed(int task) => experiment.Environment.GoalSelection.IsFixed
            ? KeyModule.Below(Mtrl.Tasks.Goals.count, KeyModule.At(task, choice))
            : null;
        return [.. goals.Select((pair, i) => new EnvironmentSlot(pair.Item1, pair.Item2, Fixed(i)))];
    }
}
