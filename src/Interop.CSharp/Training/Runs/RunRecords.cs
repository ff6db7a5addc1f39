using MtrlFunctional.Statistics;

namespace MtrlFunctional.Training;

/// <summary>
/// Log records of training and evaluation, with the original's metric names; names that end in an index belong to a
/// task, names that end in average, median or worst aggregate all tasks.
/// </summary>
internal static class RunRecords
{
    /// <summary>The record of training since the newest line: the episodes that ended, and means of all measurements.</summary>
    /// <param name="progress">Loop counters at the end of the interval.</param>
    /// <param name="seconds">Wall-clock time of the interval, without evaluations.</param>
    /// <param name="processorSeconds">Processor time of the process in the interval, all threads.</param>
    internal static Dictionary<string, double> OfTraining(LoopProgress progress, double seconds, double processorSeconds)
    {
        var tasks = progress.Tally.Interval;
        var record = new Dictionary<string, double>
        {
            ["episode"] = progress.Tally.EpisodesBefore,
            ["step"] = progress.Step,
            ["duration"] = seconds,
            ["processor_seconds"] = processorSeconds,
        };
        AddMean(record, "success", tasks.Select(task => task.Ever));
        AddMean(record, "success_at_end", tasks.Select(task => task.AtEnd));
        AddAggregates(
            record, tasks.Select(task => task.Return), tasks.Select(task => task.Ever), tasks.Select(task => task.AtEnd));
        foreach (var (name, mean) in progress.Means.Means)
            record[name] = mean;
        for (var i = 0; i < tasks.Count; i++)
            AddTask(record, i, tasks[i].Return, tasks[i].Ever, tasks[i].AtEnd);
        return record;
    }

    /// <summary>
    /// The record of an evaluation, without undefined metrics: garage's evaluation on training episodes
    /// has none before the first iteration.
    /// </summary>
    /// <param name="evaluation">Result of the evaluation.</param>
    /// <param name="episode">Training episodes before it.</param>
    internal static Dictionary<string, double> OfEvaluation(EvaluationResult evaluation, long episode)
    {
        var record = new Dictionary<string, double>
        {
            ["episode"] = episode,
            ["step"] = evaluation.Step,
        };
        var tasks = evaluation.Tasks;
        if (tasks.Any(task => double.IsFinite(task.Return)))
        {
            record["episode_reward"] = evaluation.Return;
            AddMean(record, "success", tasks.Select(task => task.SuccessEver));
            AddMean(record, "success_at_end", tasks.Select(task => task.SuccessAtEnd));
            AddAggregates(
                record,
                tasks.Select(task => task.Return),
                tasks.Select(task => task.SuccessEver),
                tasks.Select(task => task.SuccessAtEnd));
        }

        for (var i = 0; i < evaluation.Tasks.Count; i++)
            AddTask(
                record, i, evaluation.Tasks[i].Return, evaluation.Tasks[i].SuccessEver, evaluation.Tasks[i].SuccessAtEnd);
        return record;
    }

    /// <summary>The average return has a separate name: the original logs `episode_reward` only for some
    /// agents.</summary>
    private static void AddAggregates(
        Dictionary<string, double> record, IEnumerable<double> returns, IEnumerable<double> ever, IEnumerable<double> atEnd)
    {
        foreach (var (name, aggregate) in TaskAggregateModule.ByName.Select(named => (named.Item1, named.Item2)))
        {
            Add(record, $"episode_reward_{name}", TaskAggregateModule.Over(aggregate, returns));
            Add(record, $"success_{name}", TaskAggregateModule.Over(aggregate, ever));
            Add(record, $"success_at_end_{name}", TaskAggregateModule.Over(aggregate, atEnd));
        }
    }

    private static void AddMean(Dictionary<string, double> record, string name, IEnumerable<double> tasks) =>
        Add(record, name, TaskAggregateModule.Over(TaskAggregate.Average, tasks));

    /// <summary>NaN is left out: no episode ended, or no task defines success.</summary>
    private static void Add(Dictionary<string, double> record, string name, double number)
    {
        if (!double.IsNaN(number))
            record[name] = number;
    }

    private static void AddTask(Dictionary<string, double> record, int task, double total, double ever, double atEnd)
    {
        // A task without an episode.
        if (double.IsNaN(total))
            return;
        record[$"{RunRecordModule.Return}{task}"] = total;
        Add(record, $"{RunRecordModule.SuccessEver}{task}", ever);
        Add(record, $"{RunRecordModule.SuccessAtEnd}{task}", atEnd);
        record[$"{RunRecordModule.Task}{task}"] = task;
    }
}
