namespace MtrlFunctional.Policies;

/// <summary>A task of a policy, as programs name it: its index in <see cref="TrainedPolicy.Tasks"/>, or its name there. Of Meta-World's names,
/// the version may be left out or another, and Gymnasium's spellings are known: "door-open", "Meta-World/door-open-v3". Where no name is equal, letter case is ignored. Numbers and texts
/// become one by themselves.</summary>
public readonly record struct PolicyTask
{
    private PolicyTask(int number, string? name) => (Number, Name) = (number, name);

    /// <summary>Its index, where it has no name.</summary>
    internal int Number { get; }

    /// <summary>Its name; null: it is a number.</summary>
    internal string? Name { get; }

    /// <summary>A task by its index.</summary>
    /// <param name="number">Index in <see cref="TrainedPolicy.Tasks"/>.</param>
    public static implicit operator PolicyTask(int number) => new(number, null);

    /// <summary>A task by its name.</summary>
    /// <param name="name">One of <see cref="TrainedPolicy.Tasks"/>.</param>
    public static implicit operator PolicyTask(string name) => new(-1, name ?? throw new ArgumentNullException(nameof(name)));

    /// <inheritdoc/>
    public override string ToString() => Name ?? $"{Number}";
}
