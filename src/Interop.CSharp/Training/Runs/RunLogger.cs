using MtrlFunctional.Statistics;
using MtrlFunctional.Surgery;

namespace MtrlFunctional.Training;

/// <summary>Writes each record of a run into all its logs, which are not owned, and keeps new lines for display.</summary>
internal sealed class RunLogger(Experiment experiment, RunLogs logs, IReadOnlyList<string> names, RunTracking tracking)
{
    private readonly List<string> _lines = [];
    private readonly IReadOnlyList<int> _indices = [.. ExperimentModule.LoggedIndices(experiment)];

    /// <summary>Writes a record of training: numbers by the original's names.</summary>
    /// <exception cref="MtrlException">A disk failed.</exception>
    internal void WriteTraining(long step, Dictionary<string, double> record) =>
        Write("train", experiment.Logging.TrainMetrics, step, record, names, _indices);

    /// <summary>Writes the record of an evaluation after some training episodes, or the records of its parts: "eval_base",
    /// ….</summary>
    /// <exception cref="MtrlException">A disk failed.</exception>
    internal void Write(EvaluationResult evaluation, long episode)
    {
        void WriteOne(string mode, EvaluationResult result, IReadOnlyList<int> indices) => Write(
            mode,
            experiment.Logging.EvalMetrics,
            result.Step,
            RunMetrics.OfEvaluation(
                episode, result.Step, [.. result.Tasks.Select(task => new EpisodeMeans(task.Return, task.SuccessEver, task.SuccessAtEnd))]),
            [.. result.Tasks.Select(task => task.Name)],
            indices);

        WriteOne(
            RunRecordModule.Eval,
            evaluation,
            evaluation.Parts is { } parts
                ? [.. parts.SelectMany(part => part.Variants).Distinct()]
                : [.. Enumerable.Range(0, evaluation.Tasks.Count)]);
        foreach (var part in evaluation.Parts ?? [])
            WriteOne(RunRecordModule.EvalMode + part.Name, part.Result, part.Variants);
    }

    /// <summary>Writes gradient similarities of the tasks, if the run records them.</summary>
    /// <exception cref="MtrlException">A disk failed.</exception>
    internal void WriteConflicts(IEnumerable<ConflictRecord> records)
    {
        foreach (var record in records)
            logs.Conflicts?.Append(record);
    }

    /// <summary>Returns and clears the new lines, oldest first.</summary>
    internal IReadOnlyList<string> TakeLines()
    {
        string[] lines = [.. _lines];
        _lines.Clear();
        return lines;
    }

    private void Write(
        string mode,
        FSharpList<LoggedMetric> columns,
        long step,
        Dictionary<string, double> record,
        IReadOnlyList<string> tasks,
        IReadOnlyList<int> indices)
    {
        for (var i = 0; i < indices.Count; i++)
            if (record.ContainsKey($"{RunRecordModule.Task}{i}"))
                record[$"{RunRecordModule.Task}{i}"] = indices[i];
        var line = LogLine.Format(mode, tasks.Count, columns, record);
        logs.Train.Append(line);
        _lines.Add(line);

        // Task indices go into the line only; the file has task names.
        logs.Metrics.Append(
            mode,
            step,
            record.Where(entry => entry.Key != RunMetrics.Step && !entry.Key.StartsWith(RunRecordModule.Task, StringComparison.Ordinal)),
            tasks.Select((name, i) => KeyValuePair.Create($"{RunRecordModule.Task}{i}", name)));
        logs.Events?.Append(DateTimeOffset.UtcNow, step, RunMetrics.Tags(mode, tasks, record));
        tracking.Written(mode, record, tasks);
    }
}
