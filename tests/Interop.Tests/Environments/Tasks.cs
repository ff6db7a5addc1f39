using Mtrl.Tasks.MetaWorld;
using MtrlFunctional.Environments;
using MetaWorldTask = Mtrl.Tasks.Task;

namespace MtrlFunctional.Tests.Environments;

/// <summary>The tasks of MT10 with their benchmark goals, for the tests of the environments.</summary>
internal static class Tasks
{
    internal static IReadOnlyList<EnvironmentSlot> Mt10 { get; } =
        [.. Mtrl.Tasks.Goals.ofSplit(42, Benchmarks.tasks).Select(pair => new EnvironmentSlot(pair.Item1, pair.Item2))];

    internal static EnvironmentSlot Slot(string name) => Mt10.Single(slot => slot.Task.Name == name);

    internal static MetaWorldTask Find(string name) => Slot(name).Task;

    /// <summary>The n-th action of an arbitrary but fixed sequence.</summary>
    internal static float[] Action(int n) =>
        [.. Enumerable.Range(0, 4).Select(k => (float)Math.Sin(1.7 * n + 2.3 * k + 0.1 * n * k))];
}
