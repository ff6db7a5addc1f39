using System.Buffers;

namespace MtrlFunctional.Policies;

/// <summary>Actions of single observations and of batches, from numbers of either precision.</summary>
public abstract partial class TrainedPolicy
{
    private const int MostOnStack = 1_024;

    /// <summary>The greedy action of one task.</summary>
    /// <param name="observation">[<see cref="ObservationSize"/>], as the environment gives it; or the numbers of the task
    /// alone, <see cref="SizesOf"/>.</param>
    /// <param name="task">Index in <see cref="Tasks"/>, or name.</param>
    /// <param name="action">[<see cref="ActionSize"/>], filled; each in [−1, 1], and 0 behind the numbers of the task. Or the
    /// numbers of the task alone.</param>
    /// <exception cref="ArgumentException">A length differs, there is no task of this number, or the observation has numbers that are not
    /// finite.</exception>
    /// <exception cref="MtrlException">There is no task of this name; the message names the tasks.</exception>
    /// <exception cref="InvalidOperationException">The policy has a memory: <see cref="Start"/>.</exception>
    public void Act(ReadOnlySpan<float> observation, PolicyTask task, Span<float> action)
    {
        var index = TaskOf(task);
        if (HasMemory)
            throw new InvalidOperationException(
                "This policy has a memory: an action depends on all steps of a trial. Act by a session: var session = policy.Start(task); "
                + "session.Act(observation, action), and after each step session.Observe(reward, ended).");
        var observed = observation.Length;
        if (Content.Sizes?[index] is { } own)
        {
            Check(observation.Length, own.ObservationSize, ObservationSize, nameof(observation));
            Check(action.Length, own.ActionSize, ActionSize, nameof(action));
            observed = own.ObservationSize;
        }
        else
        {
            Check(observation.Length, ObservationSize, nameof(observation));
            Check(action.Length, ActionSize, nameof(action));
        }

        RequireFinite(observation[..observed], nameof(observation));
        Actions.Act(observation[..observed], index, action);
    }

    /// <summary>The same for an observation in double precision, as environments with Gymnasium's interface give it.</summary>
    /// <inheritdoc cref="Act(ReadOnlySpan{float}, PolicyTask, Span{float})"/>
    public void Act(ReadOnlySpan<double> observation, PolicyTask task, Span<float> action)
    {
        var rented = observation.Length > MostOnStack ? ArrayPool<float>.Shared.Rent(observation.Length) : null;
        Span<float> numbers = rented is null ? stackalloc float[observation.Length] : rented.AsSpan(0, observation.Length);
        try
        {
            Round(observation, numbers);
            Act(numbers, task, action);
        }
        finally
        {
            if (rented is not null)
                ArrayPool<float>.Shared.Return(rented);
        }
    }

    /// <summary>The greedy action of one task as a new array.</summary>
    /// <returns>As many numbers as the task has, each in [−1, 1].</returns>
    /// <inheritdoc cref="Act(ReadOnlySpan{float}, PolicyTask, Span{float})"/>
    public float[] Act(ReadOnlySpan<float> observation, PolicyTask task)
    {
        var action = new float[SizesOf(task).ActionSize];
        Act(observation, task, action);
        return action;
    }

    /// <summary>The same for an observation in double precision.</summary>
    /// <inheritdoc cref="Act(ReadOnlySpan{float}, PolicyTask)"/>
    public float[] Act(ReadOnlySpan<double> observation, PolicyTask task)
    {
        var action = new float[SizesOf(task).ActionSize];
        Act(observation, task, action);
        return action;
    }

    /// <summary>Greedy actions of any number of observations.</summary>
    /// <param name="observations">[n * <see cref="ObservationSize"/>].</param>
    /// <param name="tasks">[n]: index in <see cref="Tasks"/> of each.</param>
    /// <param name="actions">[n * <see cref="ActionSize"/>], filled.</param>
    /// <exception cref="ArgumentException">A length differs, or there is no such task.</exception>
    public void ActBatch(ReadOnlySpan<float> observations, ReadOnlySpan<int> tasks, Span<float> actions)
    {
        Check(observations.Length, tasks.Length * ObservationSize, nameof(observations));
        Check(actions.Length, tasks.Length * ActionSize, nameof(actions));
        for (var i = 0; i < tasks.Length; i++)
            Act(observations.Slice(i * ObservationSize, ObservationSize), tasks[i], actions.Slice(i * ActionSize, ActionSize));
    }

    /// <summary>Begins to act in one task, step after step: for a policy with a memory, whose trial the session follows; and for
    /// others alike.</summary>
    /// <param name="task">Index in <see cref="Tasks"/>, or name.</param>
    /// <returns>The session, for one caller. It needs no disposal, and ends with the policy.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no task of this number.</exception>
    /// <exception cref="MtrlException">There is no task of this name; the message names the tasks.</exception>
    public PolicySession Start(PolicyTask task) => new(this, Content, Actions, TaskOf(task));

    private int TaskOf(PolicyTask task)
    {
        if (task.Name is { } name)
            return Find(name) ?? throw new MtrlException($"The policy has no task '{name}'.{Advice(name)}");
        return task.Number >= 0 && task.Number < Tasks.Count
            ? task.Number
            : throw new ArgumentOutOfRangeException(
                nameof(task), task.Number, $"The policy has {Tasks.Count} tasks, from 0: {string.Join(", ", Tasks)}.");
    }

    /// <summary>Index of the task of a name, in any of its spellings; null: none is named so.</summary>
    internal int? Find(string name) =>
        _indices.TryGetValue(name, out var index) || _spellings.TryGetValue(name, out index) || _spellings.TryGetValue(Plain(name), out index)
            ? index
            : null;

    /// <summary>The end of a message about a name that is no task's: the tasks.</summary>
    internal virtual string Advice(string name) => $" There are: {string.Join(", ", Tasks)}.";

    /// <summary>Numbers in single precision, as policies compute.</summary>
    internal static void Round(ReadOnlySpan<double> numbers, Span<float> into)
    {
        for (var i = 0; i < numbers.Length; i++)
            into[i] = (float)numbers[i];
    }

    internal static void RequireFinite(ReadOnlySpan<float> numbers, string name)
    {
        if (!FiniteNumbers.All(numbers))
            throw new ArgumentException("Has numbers that are not finite: a policy has no action for them.", name);
    }

    private static void Check(int length, int own, int row, string name)
    {
        if (length != own && length != row)
            throw new ArgumentException($"Has {length} numbers, where the {own} of the task or {row} of a row are needed.", name);
    }

    internal static void Check(int length, int needed, string name)
    {
        if (length != needed)
            throw new ArgumentException($"Has {length} numbers, where {needed} are needed.", name);
    }
}
