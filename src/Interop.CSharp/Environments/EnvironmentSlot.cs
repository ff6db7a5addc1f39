using MetaWorldTask = Mtrl.Tasks.Task;

namespace MtrlFunctional.Environments;

/// <summary>One place of a <see cref="VectorEnvironment"/>: a task and the goals it is done with.</summary>
/// <param name="Task">What is to be done.</param>
/// <param name="Goals">Randomisation vectors, for example the 50 of a benchmark.</param>
/// <param name="Goal">Index of the goal of every episode; null: one is drawn for each episode.</param>
public sealed record EnvironmentSlot(MetaWorldTask Task, IReadOnlyList<double[]> Goals, int? Goal = null);
