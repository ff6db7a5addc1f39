namespace MtrlFunctional.Environments;

/// <summary>What a <see cref="VectorEnvironment"/> consists of.</summary>
public sealed record VectorEnvironmentOptions
{
    /// <summary>One environment each; a task may come several times.</summary>
    public required IReadOnlyList<EnvironmentSlot> Slots { get; init; }

    /// <summary>Which of Meta-World's rewards is given.</summary>
    public RewardVersion Reward { get; init; } = RewardVersion.V2;

    /// <summary>Whether observations hold the goal (multi-task), or zeros (meta-learning).</summary>
    public bool GoalVisible { get; init; } = true;

    /// <summary>Steps until an episode is cut off.</summary>
    public int Horizon { get; init; } = MetaWorldEnvironment.DefaultHorizon;

    /// <summary>Threads that step the environments, the caller's included. Results do not depend on it.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Seed of the goals that are drawn.</summary>
    public long Seed { get; init; }

    /// <summary>Separates the draws of environments with the same seed: "train", "evaluate".</summary>
    public string Purpose { get; init; } = "train";

    /// <summary>Folder of the scenes, see <see cref="SceneLibrary(string?)"/>; null: those of this program.</summary>
    public string? ScenesFolder { get; init; }

    /// <exception cref="ArgumentException">A value that makes no sense; the message names it.</exception>
    internal void Validate()
    {
        if (Slots.Count == 0)
            throw new ArgumentException("There is no environment: name at least one task.", nameof(Slots));
        ArgumentOutOfRangeException.ThrowIfLessThan(Horizon, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1);
        foreach (var slot in Slots)
        {
            if (slot.Goals.Count == 0)
                throw new ArgumentException($"{slot.Task.Name} has no goals.", nameof(Slots));
            if (slot.Goal is { } goal && (uint)goal >= (uint)slot.Goals.Count)
                throw new ArgumentException($"{slot.Task.Name} has {slot.Goals.Count} goals, no number {goal}.", nameof(Slots));
        }
    }
}
