using MtrlFunctional.Tasks;

namespace MtrlFunctional.Environments.Gym;

/// <summary>Configuration of one environment of a benchmark.</summary>
/// <param name="Task">The task.</param>
/// <param name="Goals">The randomisation vectors it is done with.</param>
/// <param name="Index">Index of the task in the benchmark.</param>
/// <param name="Tasks">Number of tasks of the benchmark.</param>
/// <param name="Meta">Meta-learning: the goal is hidden.</param>
/// <param name="Test">The test part of meta-learning.</param>
/// <param name="Seed">The seed of the order of goals.</param>
internal sealed record GymPlan(
    MetaWorldTask Task, double[][] Goals, int Index, int Tasks, bool Meta, bool Test, uint Seed);
