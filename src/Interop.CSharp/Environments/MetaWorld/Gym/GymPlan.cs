using MtrlFunctional.Tasks;

namespace MtrlFunctional.Environments.Gym;

/// <summary>What one environment of a benchmark is.</summary>
/// <param name="Task">What is to be done.</param>
/// <param name="Goals">The randomisation vectors it is done with.</param>
/// <param name="Index">Which task of the benchmark it is.</param>
/// <param name="Tasks">How many tasks the benchmark has.</param>
/// <param name="Meta">Meta-learning: the goal is hidden.</param>
/// <param name="Test">The test part of meta-learning.</param>
/// <param name="Seed">Of the order of goals.</param>
internal sealed record GymPlan(
    MetaWorldTask Task, double[][] Goals, int Index, int Tasks, bool Meta, bool Test, uint Seed);
