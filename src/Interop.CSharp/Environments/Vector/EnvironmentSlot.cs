namespace MtrlFunctional.Environments;

/// <summary>One place of a <see cref="VectorEnvironment"/>.</summary>
/// <param name="Task">Index into <see cref="IEnvironmentFamily.Tasks"/>.</param>
/// <param name="Instance">The instance of every episode; null: each episode draws its instance.</param>
public sealed record EnvironmentSlot(int Task, int? Instance = null);
