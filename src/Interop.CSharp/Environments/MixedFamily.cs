namespace MtrlFunctional.Environments;

/// <summary>The tasks of several families as one. Where their spaces differ, rows are as wide as the widest: an observation ends
/// in zeros, and the numbers of an action behind the task's own have no effect. A task with choices beside tasks with continuous
/// actions has a number for each choice, of which <see cref="VectorEnvironment"/> takes the largest. Environments are the
/// families' own.</summary>
/// <remarks>The families are disposed with the mixed family.</remarks>
public sealed class MixedFamily : IEnvironmentFamily
{
    private readonly IReadOnlyList<IEnvironmentFamily> _families;
    private readonly (IEnvironmentFamily Family, int Task)[] _origins;

    /// <summary>Joins families.</summary>
    /// <param name="families">The families; disposed with the mixed family, also if its creation fails.</param>
    /// <param name="order">Names of tasks in the order that this family has them; null: all tasks, family by family.</param>
    /// <exception cref="ArgumentException">Spaces that cannot be joined, no task, a task that no family has, or a name that two
    /// tasks have.</exception>
    public MixedFamily(IReadOnlyList<IEnvironmentFamily> families, IReadOnlyList<string>? order = null)
    {
        ArgumentNullException.ThrowIfNull(families);
        _families = families;
        try
        {
            if (families.Any(family => family.Spec.Observation.Element.IsUInt8))
                throw new ArgumentException("Families are mixed before they are observed as pictures, not after.", nameof(families));
            var all = families
                .SelectMany(family => family.Tasks.Select((task, index) => (Name: task.Name, Origin: (Family: family, Task: index))))
                .ToArray();
            if (all.DistinctBy(task => task.Name).Count() < all.Length)
                throw new ArgumentException("Two tasks have one name.", nameof(families));
            var known = all.ToDictionary(task => task.Name, task => task.Origin);
            _origins = [.. (order ?? [.. all.Select(task => task.Name)]).Select(name =>
                known.TryGetValue(name, out var origin)
                    ? origin
                    : throw new ArgumentException($"{name}: no family has this task.{Nearest.Hint(known.Keys, name)}", nameof(order)))];
            var joined = MixedSpaces.Join(ListModule.OfSeq(_origins.Select(origin => Tuple.Create(TaskOf(origin).Name, SpecOf(origin)))));
            Spec = joined.IsOk ? joined.ResultValue : throw new ArgumentException(joined.ErrorValue, nameof(families));
            Tasks = [.. _origins.Select(origin => TaskOf(origin) with { Spec = SpecOf(origin).Equals(Spec) ? null : SpecOf(origin) })];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public EnvironmentSpec Spec { get; }

    /// <inheritdoc/>
    public IReadOnlyList<EnvironmentTask> Tasks { get; }

    /// <inheritdoc/>
    public IEnvironment Create(int task) => _origins[task].Family.Create(_origins[task].Task);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var family in _families)
            family.Dispose();
    }

    private static EnvironmentTask TaskOf((IEnvironmentFamily Family, int Task) origin) => origin.Family.Tasks[origin.Task];

    private static EnvironmentSpec SpecOf((IEnvironmentFamily Family, int Task) origin) => TaskOf(origin).Spec ?? origin.Family.Spec;
}
