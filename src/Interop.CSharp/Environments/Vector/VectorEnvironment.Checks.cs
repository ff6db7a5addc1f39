namespace MtrlFunctional.Environments;

/// <content>Results of families and environments are checked before they are stored or learned from.</content>
public sealed partial class VectorEnvironment
{
    private const string MustBeFinite = "numbers of environments must be finite";

    // A NaN of our own in the place of numbers that an environment has not written.
    private static readonly float _unwritten = BitConverter.Int32BitsToSingle(0x7FC0_5EED);

    internal static void RequireWhole(IEnvironmentFamily family)
    {
        var name = family.GetType().Name;
        if (family.Spec is null)
            throw new MtrlException($"{name}: its {nameof(IEnvironmentFamily.Spec)} is null; it has the sizes of observations and actions.");
        if (family.Tasks is not { Count: > 0 })
            throw new MtrlException($"{name}: its {nameof(IEnvironmentFamily.Tasks)} is {(family.Tasks is null ? "null" : "empty")}; it is the list of its tasks.");
        foreach (var (index, task) in family.Tasks.Index())
            if (string.IsNullOrEmpty(task?.Name))
                throw new MtrlException($"{name}: its task {index} has no name.");
            else if (task.Instances < 1)
                throw new MtrlException($"{task.Name}: its {nameof(EnvironmentTask.Instances)} is {task.Instances}; a task has at least one instance.");
            else if (task.Spec is { } own && Excess(own, family.Spec) is { } what)
                throw new MtrlException(
                    $"{task.Name}: its {nameof(EnvironmentTask.Spec)} has {what}; the {nameof(IEnvironmentFamily.Spec)} of {name} has the largest of its tasks.");
    }

    /// <summary>What a task has more of than its family, with both numbers; null: it fits.</summary>
    private static string? Excess(EnvironmentSpec task, EnvironmentSpec family)
    {
        var (own, rows) = (SizesOf(task), SizesOf(family));
        if (own.ObservationSize > rows.ObservationSize)
            return $"observations of {Storage.Text.Count(own.ObservationSize)} numbers, and the family's {Storage.Text.Count(rows.ObservationSize)}";
        if (own.ActionSize > rows.ActionSize)
            return $"actions of {Storage.Text.Count(own.ActionSize)} numbers, and the family's {Storage.Text.Count(rows.ActionSize)}";
        if (task.Horizon > family.Horizon)
            return $"episodes of {Storage.Text.Count(task.Horizon)} steps, and the family's {Storage.Text.Count(family.Horizon)}";

        // A choice that only some tasks have would be a row of zeros for the others.
        return family.Action.IsDiscrete && !task.Action.Equals(family.Action)
            ? $"{task.Action}, and the family's {family.Action}, in which every choice is every task's: give the family Box {rows.ActionSize}, of which the largest number chooses"
            : null;
    }

    private IEnvironment Made(int task)
    {
        var name = _family.Tasks[task].Name;
        try
        {
            return _family.Create(task)
                ?? throw new MtrlException($"{name}: {nameof(IEnvironmentFamily.Create)} of its family returned null; it returns an environment.");
        }
        catch (ObjectDisposedException e)
        {
            throw new MtrlException($"{name}: its family is disposed: Create makes a new one for each call.", inner: e);
        }
        catch (Exception e) when (e is not MtrlException)
        {
            throw new MtrlException($"{name}: its environment could not be made: {e.Message.ReplaceLineEndings(" ")}", inner: e);
        }
    }

    // One that serves two slots would play the steps of both.
    private void RequireDistinct()
    {
        var slots = new Dictionary<IEnvironment, int>(ReferenceEqualityComparer.Instance);
        foreach (var (i, environment) in _environments.Index())
            if (!slots.TryAdd(environment, i))
                throw new MtrlException(
                    $"{Name(i)}: {nameof(IEnvironmentFamily.Create)} of its family returned the environment that {Name(slots[environment])} has; it makes a new one each time.");

        string Name(int i) => _family.Tasks[_slots[i].Task].Name;
    }

    private EpisodeState Saved(int i)
    {
        EpisodeState? saved;
        try
        {
            saved = _environments[i].Save();
        }
        catch (Exception e) when (e is not MtrlException)
        {
            throw Failure(i, nameof(IEnvironment.Save), e);
        }

        return saved?.Numbers is { } numbers && numbers.Values.All(array => array is not null)
            ? saved
            : throw Refusal(
                i, $"{nameof(IEnvironment.Save)} of its environment returned null, or an array that is null,", "it returns the whole state");
    }

    /// <summary>Observes an environment, which writes every number, all finite.</summary>
    private void ObserveWhole(float[] observations, int i)
    {
        if (_pictures is not null)
            return;
        var observation = OwnNumbers(observations, i);
        observation.Fill(_unwritten);
        _environments[i].Observe(observation);
        if (FiniteNumbers.All(observation))
            return;
        for (var index = 0; index < observation.Length; index++)
            if (BitConverter.SingleToInt32Bits(observation[index]) == BitConverter.SingleToInt32Bits(_unwritten))
                throw Refusal(
                    i, $"its environment gave an observation without a number at place {index}", $"Observe writes all {observation.Length} numbers");
            else if (!float.IsFinite(observation[index]))
                throw Refusal(i, $"its environment gave an observation with {observation[index]} at place {index}", MustBeFinite);
    }

    private void RequireFinite(int i, double reward)
    {
        if (!float.IsFinite((float)reward))
            throw Refusal(i, $"its environment gave a reward of {reward}", MustBeFinite);
    }

    private void RequireStatus(int i, EpisodeStatus status)
    {
        if (!Enum.IsDefined(status))
            throw Refusal(i, $"its environment gave the status {status}", $"valid are {string.Join(", ", Enum.GetNames<EpisodeStatus>())}");
        if (status == EpisodeStatus.Terminated && !Spec.Terminates)
            throw Refusal(i, "its environment gave a terminal state", "the specification of its family says that there is none (Terminates)");
        if (status == EpisodeStatus.Running && _environments[i].Steps >= _specs[i].Horizon)
            throw Refusal(i, "its environment is still running", $"its horizon is {_specs[i].Horizon} steps, where it truncates an episode");
    }

    private void RequireBegun(int i)
    {
        if (_environments[i].Status is not EpisodeStatus.Running and var status)
            throw Refusal(i, $"its environment is {status} after a reset", "an episode begins Running");
    }

    private MtrlException Failure(int i, string called, Exception e) => new(
        $"{TaskNames[i]}: {called} of its environment failed {Where(i)}: {e.Message}", ExitCode.Stopped, e);

    private MtrlException Refusal(int i, string what, string remedy) => new(
        $"{TaskNames[i]}: {what} {Where(i)}; {remedy}. Nothing of this step is kept; training stopped.", ExitCode.Stopped);

    private string Where(int i) => $"in step {_environments[i].Steps} of episode {_episodes[i]}";
}
