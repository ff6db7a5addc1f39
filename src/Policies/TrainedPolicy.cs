namespace MtrlFunctional.Policies;

/// <summary>A trained policy, for use: observations to greedy actions.</summary>
/// <remarks>Threads may share it: they act with the same weights, each in rows of its own. A policy with a memory acts by
/// sessions (<see cref="Start"/>), one for each robot. The caller disposes it, when no thread acts any more.</remarks>
public abstract partial class TrainedPolicy : IDisposable
{
    private readonly Dictionary<string, int> _indices = [];

    // In any letter case, also plain.
    private readonly Dictionary<string, int> _spellings = new(StringComparer.OrdinalIgnoreCase);

    private protected TrainedPolicy(PolicyData data, ITaskActions actions)
    {
        (Content, Actions) = (data, actions);
        for (var index = 0; index < data.Tasks.Count; index++)
        {
            _indices.TryAdd(data.Tasks[index], index);
            _spellings.TryAdd(data.Tasks[index], index);
        }

        for (var index = 0; index < data.Tasks.Count; index++)
            _spellings.TryAdd(Plain(data.Tasks[index]), index);
    }

    /// <summary>Names of its tasks, in the order of their numbers.</summary>
    public IReadOnlyList<string> Tasks => Content.Tasks;

    /// <summary>Numbers of an observation, of the task with the most; of images, 0 … 255 for each pixel.</summary>
    public int ObservationSize => Content.ObservationSize - Content.TrialColumns;

    /// <summary>Numbers of an action, of the task with the most, each in [−1, 1]; for discrete actions, one number for each
    /// choice.</summary>
    public int ActionSize => Content.ActionSize;

    /// <summary>Numbers of a task's own observations and actions; further numbers of a row are padding.</summary>
    /// <param name="task">Index in <see cref="Tasks"/>, or name.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no task of this number.</exception>
    /// <exception cref="MtrlException">There is no task of this name; the message names the tasks.</exception>
    public TaskSizes SizesOf(PolicyTask task)
    {
        var index = TaskOf(task);
        return Content.Sizes?[index] ?? new TaskSizes(ObservationSize, ActionSize);
    }

    /// <summary>Environment steps of each task that it was trained for.</summary>
    public long Step => Content.Step;

    /// <summary>Licence of the policy's numbers: its file's; of a run, MIT.</summary>
    public string Licence => Content.Licence;

    /// <summary>How it was made and what it achieves, where its file states it.</summary>
    public PolicyCard? Card => Content.Card;

    /// <summary>Whether an action depends on all steps of a trial, so that it acts by sessions alone (<see cref="Start"/>).</summary>
    public bool HasMemory => Content.MemorySize > 0;

    /// <inheritdoc/>
    public void Dispose() => Actions.Dispose();

    /// <summary>Its sizes, and what its file says.</summary>
    private protected PolicyData Content { get; }

    /// <summary>What acts, disposed with it.</summary>
    private protected ITaskActions Actions { get; }

    /// <summary>The name of a task of Meta-World in all of its spellings: "door-open" of "door-open-v3", "Meta-World/door-open-v3" and
    /// "door-open-v2-goal-observable".</summary>
    private static string Plain(string task)
    {
        const string Prefix = "Meta-World/", Ending = "-goal-observable";
        if (task.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            task = task[Prefix.Length..];
        if (task.EndsWith(Ending, StringComparison.OrdinalIgnoreCase))
            task = task[..^Ending.Length];
        return task.LastIndexOf("-v", StringComparison.OrdinalIgnoreCase) is > 0 and var at && task.Skip(at + 2).All(char.IsDigit) ? task[..at] : task;
    }
}
