using MtrlFunctional.Statistics;

namespace MtrlFunctional.Training;

/// <summary>
/// What the logs say of an episode or an evaluation, by the original's names of its measurements; names
/// that end in a number belong to a task, those that end in average, median or worst to all of them.
/// </summary>
internal static class RunRecords
{
    /// <summary>The record of training since the newest line: the episodes that ended, and means of all measurements.</summary>
    /// <param name="progress">Where the loop stands, before the next interval is started.</param>
    /// <param name="seconds">Wall-clock time of the interval, without evaluations.</param>
    internal static Dictionary<string, double> OfTraining(LoopProgress progress, double seconds)
    {
        var tasks = progress.Tally.Interval;
        var record = new Dictionary<string, double>
        {
            ["episode"] = progress.Tally.EpisodesBefore,
            ["step"] = progress.Step,
            ["duration"] = seconds,
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
    /// The record of an evaluation; without what it could not measure, as where garage's way of evaluating the episodes
    /// that were learned from has none before the first.
    /// </summary>
    /// <param name="evaluation">Its result.</param>
    /// <param name="episode">Training episodes before it.</param>
    internal static Dictionary<string, double> OfEvaluation(EvaluationProgress evaluation, long episode)
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

    /// <summary>The return's average has a name of its own: the original's lines show one of that name only with some agents.</summary>
    private static void AddAggregates(
        Dictionary<string, double> record, IEnumerable<double> returns, IEnumerable<double> ever, IEnumerable<double> atEnd)
    {
        foreach (var (name, aggregate) in TaskAggregateModule.Named.Select(named => (named.Item1, named.Item2)))
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
        record[$"episode_reward_env_index_{task}"] = total;
        Add(record, $"success_env_index_{task}", ever);
        Add(record, $"success_at_end_env_index_{task}", atEnd);
        record[$"env_index_{task}"] = task;
    }
}
