using Mtrl.Experiments;
using Mtrl.Random;
using MtrlFunctional.Environments;
using MetaWorldTask = Mtrl.Tasks.Task;

namespace MtrlFunctional.Training;

/// <summary>The environments that an experiment asks for.</summary>
internal static class ExperimentEnvironments
{
    /// <summary>One environment per task, with the benchmark's 50 goals of the run's seed.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="purpose">"train" or "evaluate": separates the goals that are drawn.</param>
    /// <param name="threads">That step them; results do not depend on it.</param>
    /// <exception cref="MtrlException">A task that is not here.</exception>
    internal static VectorEnvironment Create(Experiment experiment, string purpose, int threads) => new(
        new VectorEnvironmentOptions
        {
            Slots = Slots(experiment, Tasks(experiment.Environment.Tasks)),
            Reward = experiment.Environment.RewardVersion.IsV1
                ? MtrlFunctional.Environments.RewardVersion.V1
                : MtrlFunctional.Environments.RewardVersion.V2,
            GoalVisible = experiment.Environment.Goals.IsVisible,
            Horizon = experiment.Environment.Horizon,
            Threads = threads,
            Seed = experiment.Setup.SeedRef,
            Purpose = purpose,
        });

    private static MetaWorldTask[] Tasks(IEnumerable<string> names)
    {
        var found = Mtrl.Tasks.MetaWorld.Benchmarks.findAll(Microsoft.FSharp.Collections.ListModule.OfSeq(names));
        return found.IsOk
            ? [.. found.ResultValue]
            : throw new MtrlException(string.Join('\n', found.ErrorValue));
    }

    /// <summary>Where the goal of a task stays fixed, one is chosen for the whole run.</summary>
    private static EnvironmentSlot[] Slots(Experiment experiment, MetaWorldTask[] tasks)
    {
        var seed = experiment.Setup.SeedRef;
        var choice = KeyModule.ForPurpose("goal", KeyModule.OfSeed(seed));
        var goals = Mtrl.Tasks.Goals.ofSplit((uint)seed, Microsoft.FSharp.Collections.ListModule.OfSeq(tasks));
        int? Fixed(int task) => experiment.Environment.GoalSelection.IsFixed
            ? KeyModule.Below(Mtrl.Tasks.Goals.count, KeyModule.At(task, choice))
            : null;
        return [.. goals.Select((pair, i) => new EnvironmentSlot(pair.Item1, pair.Item2, Fixed(i)))];
    }
}
