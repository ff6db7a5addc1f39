using MtrlFunctional.Statistics;

namespace MtrlFunctional.Training;

/// <summary>Evaluations of a run as its log has them.</summary>
internal static class RecordedEvaluation
{
    /// <summary>The newest evaluation in <c>metrics.jsonl</c>, with its parts and without its episodes; null: none is there.</summary>
    internal static EvaluationResult? Newest(RunFolder folder, Experiment experiment) =>
        MetricsLog.NewestFirst(folder.MetricsFile).FirstOrDefault(record => record.Mode == RunRecordModule.Eval) is { } record
            ? new EvaluationResult(record.Step, [.. TasksOf(record)]).Divided(experiment)
            : null;

    private static IEnumerable<TaskEvaluation> TasksOf(MetricsRecord record)
    {
        for (var i = 0; record.Texts.TryGetValue($"{RunRecordModule.Task}{i}", out var name); i++)
        {
            // A task without an episode has no number, nor has success where a task defines none.
            double Number(string prefix) => record.Values.TryGetValue($"{prefix}{i}", out var value) ? value : double.NaN;
            yield return new TaskEvaluation(
                name, Number(RunRecordModule.SuccessEver), Number(RunRecordModule.SuccessAtEnd), Number(RunRecordModule.Return));
        }
    }
}
