using MtrlFunctional.Spaces;

namespace MtrlFunctional.Environments;

/// <summary>One task of a family of environments.</summary>
/// <param name="Name">Its name in logs and tables: "reach-v3".</param>
/// <param name="Instances">Variations of the task that an episode is drawn from, such as goals; at least 1.</param>
public sealed record EnvironmentTask(string Name, int Instances)
{
    /// <summary>
    /// Observations, actions and horizon of its environments, where they differ from those of the family: their rows are the
    /// first numbers of the family's, the others are padding. Null: those of the family.
    /// </summary>
    public EnvironmentSpec? Spec { get; init; }
}
