using MtrlFunctional.Training;

namespace MtrlFunctional.Training;

/// <summary>
/// Holds the episodes under way and the finished ones, task by task: tasks may end their episodes at different times.
/// All that is counted is in the core (<see cref="TaskTally"/>).
/// </summary>
/// <param name="tasks">Number of tasks.</param>
internal sealed class EpisodeTally(int tasks)
{
    private readonly RunningEpisode[] _running = [.. Enumerable.Repeat(RunningEpisodeModule.Start, tasks)];
    private readonly TaskTally[] _finished = [.. Enumerable.Repeat(TaskTallyModule.Start, tasks)];

    /// <summary>Episodes that each task finished: the mean over the tasks, rounded down.</summary>
    internal long Episodes => TaskTallyModule.Episodes(_finished);

    /// <summary>The same, without the episodes since the newest line of the log.</summary>
    internal long EpisodesBefore => TaskTallyModule.EpisodesBefore(_finished);

    /// <summary>For each task, means over the episodes since the newest line of the log; NaN where none ended.</summary>
    internal IReadOnlyList<EpisodeMeans> Interval =>
        [.. _finished.Select(tally => EpisodeSumsModule.Means(tally.Interval))];

    /// <summary>Adds a step of a task.</summary>
    /// <param name="task">Its index.</param>
    /// <param name="reward">As it counts in the return.</param>
    /// <param name="success">Whether the step was a success; null where the task defines none.</param>
    internal void Add(int task, double reward, bool? success) =>
        _running[task] = RunningEpisodeModule.Step(reward, success, _running[task]);

    /// <summary>The running episode of a task ended.</summary>
    internal void Finish(int task)
    {
        Finish(task, EpisodeSumsModule.OfEpisode(_running[task]));
        _running[task] = RunningEpisodeModule.Start;
    }

    /// <summary>Several whole episodes of a task ended together.</summary>
    internal void Finish(int task, EpisodeSums episodes) =>
        _finished[task] = TaskTallyModule.Finish(episodes, _finished[task]);

    /// <summary>Drops the running episodes of all tasks.</summary>
    internal void Abandon() => Array.Fill(_running, RunningEpisodeModule.Start);

    /// <summary>A line of the log was written.</summary>
    internal void StartInterval()
    {
        for (var i = 0; i < tasks; i++)
            _finished[i] = TaskTallyModule.StartInterval(_finished[i]);
    }

    /// <summary>Where each task stands; NaN before its first whole episode.</summary>
    internal TaskProgress[] Standing(IReadOnlyList<string> names) =>
    [
        .. names.Select((name, i) =>
        {
            var (newest, recent) = (TaskTallyModule.Newest(_finished[i]), TaskTallyModule.Recent(_finished[i]));
            return new TaskProgress(name, newest.Ever, recent.Ever, recent.AtEnd, newest.Return);
        }),
    ];

    /// <summary>Everything as numbers: the running episodes, then for each task its finished ones after how many numbers they are.</summary>
    internal double[] Save() =>
    [
        .. _running.SelectMany(RunningEpisodeModule.ToNumbers),
        .. _finished.Select(TaskTallyModule.ToNumbers).SelectMany(numbers => numbers.Prepend(numbers.Length)),
    ];

    /// <summary>Takes over what <see cref="Save"/> returned.</summary>
    internal void Restore(double[] numbers)
    {
        var at = 0;
        double[] Next(int count) => numbers[at..(at += count)];
        for (var i = 0; i < tasks; i++)
            _running[i] = RunningEpisodeModule.OfNumbers(Next(4));
        for (var i = 0; i < tasks; i++)
            _finished[i] = TaskTallyModule.OfNumbers(Next((int)Next(1)[0]));
    }
}
