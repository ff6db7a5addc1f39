namespace MtrlFunctional.Environments;

/// <summary>
/// The tasks of several families as one. Where their spaces differ, rows are as wide as the widest: an observation ends
/// in zeros, and the numbers of an action behind the task's own have no effect. A task with choices beside tasks with
/// continuous actions has a number for each choice, of which <see cref="VectorEnvironment"/> takes the largest.
/// Environments are the families' own.
/// </summary>
/// <remarks>The families are disposed with the mixed family.</remarks>
public sealed class MixedFamily : IEnvironmentFamily
{
    private readonly IReadOnlyList<IEnvironmentFamily> _families;
    private readonly (IEnvironmentFamily Family, int Task)[] _places;

    /// <summary>Joins families.</summary>
    /// <param name="families">The families; disposed with the mixed family, also if its creation fails.</param>
    /// <param name="order">Names of tasks in the order that this family has them; null: all tasks, family by family.</param>
    /// <exception cref="ArgumentException">
    /// Spaces that cannot be joined, no task, a task that no family has, or a name that two tasks have.
    /// </exception>
    public MixedFamily(IReadOnlyList<IEnvironmentFamily> families, IReadOnlyList<string>? order = null)
    {
        _families = families;
        try
        {
            var all = families
                .SelectMany(family => family.Tasks.Select((task, place) => (Name: task.Name, Place: (Family: family, Task: place))))
                .ToArray();
            if (all.DistinctBy(task => task.Name).Count() < all.Length)
                throw new ArgumentException("Two tasks have one name.", nameof(families));
            var known = all.ToDictionary(task => task.Name, task => task.Place);
            _places = [.. (order ?? [.. all.Select(task => task.Name)]).Select(name =>
                known.TryGetValue(name, out var place)
                    ? place
                    : throw new ArgumentException($"{name}: no family has this task.{Nearest.Hint(known.Keys, name)}", nameof(order)))];
            var joined = MixedSpaces.Join(ListModule.OfSeq(_places.Select(place => Tuple.Create(TaskOf(place).Name, SpecOf(place)))));
            Spec = joined.IsOk ? joined.ResultValue : throw new ArgumentException(joined.ErrorValue, nameof(families));
            Tasks = [.. _places.Select(place => TaskOf(place) with { Spec = SpecOf(place).Equals(Spec) ? null : SpecOf(place) })];
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
    public IEnvironment Create(int task) => _places[task].Family.Create(_places[task].Task);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var family in _families)
            family.Dispose();
    }

    private static EnvironmentTask TaskOf((IEnvironmentFamily Family, int Task) place) => place.Family.Tasks[place.Task];

    private static EnvironmentSpec SpecOf((IEnvironmentFamily Family, int Task) place) => TaskOf(place).Spec ?? place.Family.Spec;
}
