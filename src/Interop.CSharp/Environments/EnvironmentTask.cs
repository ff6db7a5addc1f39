namespace MtrlFunctional.Environments;

/// <summary>One task of a family of environments.</summary>
/// <param name="Name">Its name in logs and tables: "reach-v3".</param>
/// <param name="Instances">Variations of the task that an episode is drawn from, such as goals; at least 1.</param>
public sealed record EnvironmentTask(string Name, int Instances)
{
    /// <summary>
    /// Observations, actions and horizon of the task's environments, if they differ from the family's: their numbers
    /// are the first ones of a row of the family, the rest is padding. Null: as the family.
    /// </summary>
    public EnvironmentSpec? Spec { get; init; }
}
