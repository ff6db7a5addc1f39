namespace MtrlFunctional.Training;

/// <summary>
/// Statistics of running and finished episodes of each task; episodes of tasks may end at different steps.
/// The counting is in the core (<see cref="TaskTally"/>).
/// </summary>
internal sealed class EpisodeTally(int tasks)
{
    private readonly RunningEpisode[] _running = [.. Enumerable.Repeat(RunningEpisodeModule.Start, tasks)];
    private readonly TaskTally[] _finished = [.. Enumerable.Repeat(TaskTallyModule.Start, tasks)];

    /// <summary>Episodes that each task finished: the mean over the tasks, rounded down.</summary>
    internal long Episodes => TaskTallyModule.Episodes(_finished);

    /// <summary><see cref="Episodes"/> without those since the newest line of the log.</summary>
    internal long EpisodesBefore => TaskTallyModule.EpisodesBefore(_finished);

    /// <summary>For each task, means over the episodes since the newest line of the log; NaN where none ended.</summary>
    internal EpisodeMeans[] Interval =>
        [.. _finished.Select(tally => EpisodeSumsModule.Means(tally.Interval))];

    /// <summary>Adds a step of a task to its return; success is null where the task defines none.</summary>
    internal void Add(int task, double reward, bool? success) =>
        _running[task] = RunningEpisodeModule.Step(reward, success, _running[task]);

    /// <summary>Finishes the running episode of a task.</summary>
    internal void Finish(int task)
    {
        Finish(task, EpisodeSumsModule.OfEpisode(_running[task]));
        _running[task] = RunningEpisodeModule.Start;
    }

    /// <summary>Adds whole episodes of a task.</summary>
    internal void Finish(int task, EpisodeSums episodes) =>
        _finished[task] = TaskTallyModule.Finish(episodes, _finished[task]);

    internal void Abandon() => Array.Fill(_running, RunningEpisodeModule.Start);

    internal void StartInterval()
    {
        for (var i = 0; i < tasks; i++)
            _finished[i] = TaskTallyModule.StartInterval(_finished[i]);
    }

    /// <summary>Progress of each task; NaN before its first whole episode.</summary>
    internal TaskProgress[] Progress(IReadOnlyList<string> names) =>
    [
        .. names.Select((name, i) =>
        {
            var (newest, recent) = (TaskTallyModule.Newest(_finished[i]), TaskTallyModule.Recent(_finished[i]));
            return new TaskProgress(name, newest.Ever, recent.Ever, recent.AtEnd, newest.Return);
        }),
    ];

    /// <summary>The state as numbers: running episodes, then for each task the length and numbers of its finished
    /// episodes.</summary>
    internal double[] Save() =>
    [
        .. _running.SelectMany(RunningEpisodeModule.ToNumbers),
        .. _finished.Select(TaskTallyModule.ToNumbers).SelectMany(numbers => numbers.Prepend(numbers.Length)),
    ];

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
