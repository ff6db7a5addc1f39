namespace MtrlFunctional.Environments;

/// <summary>
/// Environments of several tasks with one <see cref="EnvironmentSpec"/>, and shared data, such as compiled
/// scenes.
/// </summary>
/// <remarks>
/// Threads may create environments at the same time. The caller disposes a family, after its environments;
/// a <see cref="VectorEnvironment"/> disposes the family that it was given.
/// </remarks>
public interface IEnvironmentFamily : IDisposable
{
    /// <summary>
    /// Observations, actions and horizon of all its environments; if tasks differ (<see cref="EnvironmentTask.Spec"/>),
    /// the widest and longest.
    /// </summary>
    EnvironmentSpec Spec { get; }

    /// <summary>Its tasks, in order.</summary>
    IReadOnlyList<EnvironmentTask> Tasks { get; }

    /// <summary>Makes an environment, to be reset before its first step.</summary>
    /// <param name="task">Index into <see cref="Tasks"/>.</param>
    /// <returns>The caller disposes it.</returns>
    IEnvironment Create(int task);
}
