namespace MtrlFunctional.Environments;

/// <summary>Options of a <see cref="VectorEnvironment"/>.</summary>
public sealed record VectorEnvironmentOptions
{
    /// <summary>One environment each; a task may come several times. Null: every task of the family once.</summary>
    public IReadOnlyList<EnvironmentSlot>? Slots { get; init; }

    /// <summary>Threads that step the environments, the caller's included. Results do not depend on it.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Seed of the instances that are drawn, and of the environments' own randomness.</summary>
    public long Seed { get; init; }

    /// <summary>Separates the draws of environments with the same seed: "train", "evaluate".</summary>
    public string Purpose { get; init; } = "train";

    /// <summary>The slots that these options mean.</summary>
    internal IReadOnlyList<EnvironmentSlot> SlotsIn(IReadOnlyList<EnvironmentTask> tasks)
    {
        var slots = Slots ?? [.. tasks.Select((_, task) => new EnvironmentSlot(task))];
        if (slots.Count == 0)
            throw new ArgumentException("There is no environment: name at least one task.", nameof(Slots));
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1);
        foreach (var slot in slots)
        {
            if ((uint)slot.Task >= (uint)tasks.Count)
                throw new ArgumentException($"There are {tasks.Count} tasks, no number {slot.Task}.", nameof(Slots));
            var (name, instances) = tasks[slot.Task];
            if (slot.Instance is { } instance && (uint)instance >= (uint)instances)
                throw new ArgumentException($"{name} has {instances} instances, no number {instance}.", nameof(Slots));
        }

        return slots;
    }
}

/// <summary>One slot of a <see cref="VectorEnvironment"/>.</summary>
/// <param name="Task">Index into <see cref="IEnvironmentFamily.Tasks"/>.</param>
/// <param name="Instance">The instance of every episode; null: each episode draws its instance.</param>
public sealed record EnvironmentSlot(int Task, int? Instance = null);
