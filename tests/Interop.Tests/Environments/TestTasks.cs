using MtrlFunctional.Tasks.MetaWorld;

namespace MtrlFunctional.Tests.Environments;

/// <summary>The tasks with their benchmark goals, for the tests of the environments.</summary>
internal static class TestTasks
{
    /// <summary>All fifty.</summary>
    internal static IReadOnlyList<TaskGoals> All { get; } =
        [.. MtrlFunctional.Tasks.Goals.OfSplit(42, Benchmarks.Tasks).Select(pair => new TaskGoals(pair.Item1, pair.Item2))];

    /// <summary>The ten of MT10, in its order.</summary>
    internal static IReadOnlyList<TaskGoals> Mt10 { get; } =
        [.. Suites.Find("MT10").ResultValue.Tasks.Select(task => Slot(task.Name))];

    internal static TaskGoals Slot(string name) => All.Single(slot => slot.Task.Name == name);

    /// <summary>Each task once, in parallel.</summary>
    internal static VectorEnvironment Vector(
        IReadOnlyList<TaskGoals> tasks,
        int threads = 1,
        int horizon = MetaWorldEnvironment.DefaultHorizon,
        long seed = 0,
        int? goal = null,
        string? folder = null) => new(
        new MetaWorldFamily(new MetaWorldFamilyOptions { Tasks = tasks, Horizon = horizon, ScenesFolder = folder }),
        new VectorEnvironmentOptions
        {
            Slots = [.. tasks.Select((_, i) => new EnvironmentSlot(i, goal))],
            Threads = threads,
            Seed = seed,
        });

    /// <summary>The n-th action of an arbitrary but fixed sequence.</summary>
    internal static float[] Action(int n) =>
        [.. Enumerable.Range(0, 4).Select(k => (float)Math.Sin(1.7 * n + 2.3 * k + 0.1 * n * k))];
}
