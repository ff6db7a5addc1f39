namespace MtrlFunctional.Environments;

/// <summary>Environments of several tasks with one <see cref="EnvironmentSpec"/>, and shared data, such as compiled
/// scenes.</summary>
/// <remarks>Threads may create environments at the same time. The caller disposes a family, after its environments; a
/// <see cref="VectorEnvironment"/> disposes the family that it was given.</remarks>
public interface IEnvironmentFamily : IDisposable
{
    /// <summary>Observations, actions and horizon of all its environments; if tasks differ (<see cref="EnvironmentTask.Spec"/>),
    /// the widest and longest.</summary>
    EnvironmentSpec Spec { get; }

    /// <summary>Its tasks, in order.</summary>
    IReadOnlyList<EnvironmentTask> Tasks { get; }

    /// <summary>Makes an environment, to be reset before its first step.</summary>
    /// <param name="task">Index into <see cref="Tasks"/>.</param>
    /// <returns>The caller disposes it.</returns>
    IEnvironment Create(int task);
}

/// <summary>One task of a family of environments.</summary>
/// <param name="Name">Its name in logs and tables: "reach-v3".</param>
/// <param name="Instances">Variations of the task that an episode is drawn from, such as goals; at least 1.</param>
public sealed record EnvironmentTask(string Name, int Instances)
{
    /// <summary>Observations, actions and horizon of the task's environments, if they differ from the family's: their numbers are
    /// the first ones of a row of the family, the rest is padding. Null: as the family.</summary>
    public EnvironmentSpec? Spec { get; init; }

    /// <summary>Whether its environments have the spaces and the horizon of the family.</summary>
    internal bool IsAs(EnvironmentSpec family) => Spec is null || Spec.Equals(family);
}
