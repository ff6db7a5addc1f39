namespace MtrlFunctional.Training;

/// <summary>Environments that a program adds: <c>env=own/NAME</c>.</summary>
/// <param name="Name">The name in the configuration.</param>
/// <param name="Create">
/// Makes the family; called for training, for evaluation, and for its sizes. The caller disposes the family.
/// </param>
public sealed record OwnEnvironments(string Name, Func<IEnvironmentFamily> Create)
{
    /// <summary>Tasks on models of one's own.</summary>
    /// <param name="name">The name in the configuration.</param>
    /// <param name="horizon">Actions of an episode, at least 1.</param>
    /// <param name="tasks">At least one; <c>env.tasks</c> has their names in this order.</param>
    public static OwnEnvironments OfTasks(string name, int horizon, params MujocoTask[] tasks) =>
        new(name, () => new MujocoFamily(horizon, tasks));

    /// <summary>The word of <c>env=</c>.</summary>
    internal string Word => Own.Word(Name);

    /// <summary>The family that <see cref="Create"/> makes; the caller disposes it.</summary>
    /// <exception cref="MtrlException">The function failed or returned null.</exception>
    public IEnvironmentFamily Make()
    {
        try
        {
            return Create() ?? throw new MtrlException($"env={Word}: its Create returned null; it returns a family of environments.");
        }
        catch (Exception e) when (e is not MtrlException)
        {
            throw new MtrlException($"env={Word}: its Create failed: {e.Message.ReplaceLineEndings(" ")}", inner: e);
        }
    }

    /// <summary>The family, which has these tasks as when the experiment was read.</summary>
    /// <exception cref="MtrlException">It has others.</exception>
    internal IEnvironmentFamily MakeOf(IEnumerable<string> tasks)
    {
        var family = Make();
        try
        {
            VectorEnvironment.RequireWhole(family);
            string[] names = [.. family.Tasks.Select(task => task.Name)];
            return names.SequenceEqual(tasks)
                ? family
                : throw new MtrlException(
                    $"env={Word}: its Create gave the tasks [{string.Join(", ", names)}]; the experiment has [{string.Join(", ", tasks)}]. It gives the same each time.");
        }
        catch
        {
            family.Dispose();
            throw;
        }
    }

    /// <summary>Its word, tasks, sizes and rules as the core has them.</summary>
    internal FamilyRules Describe()
    {
        using var family = Make();
        VectorEnvironment.RequireWhole(family);
        string[] names = [.. family.Tasks.Select(task => task.Name)];
        return names.GroupBy(name => name).FirstOrDefault(equal => equal.Count() > 1) is { Key: var name }
            ? throw new MtrlException($"env={Word}: {names.Count(other => other == name)} of its tasks are named {name}; each needs a name of its own.")
            : OwnWords.Create(
                Name, family.Spec, ListModule.OfSeq(family.Tasks.Select(task => Tuple.Create(task.Name, task.Spec ?? family.Spec))));
    }
}
