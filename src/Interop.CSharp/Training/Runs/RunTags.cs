using System.Globalization;
using MtrlFunctional.Statistics;

namespace MtrlFunctional.Training;

/// <summary>
/// Names of measurements in TensorBoard, as the original names them elsewhere: "Train/actor_loss",
/// "Eval/success", and for each task "Env 3/success".
/// </summary>
internal static class RunTags
{

    /// <summary>Tags and values of a record.</summary>
    internal static IEnumerable<KeyValuePair<string, double>> Of(
        string mode, IEnumerable<KeyValuePair<string, double>> record) =>
        from entry in record
        where !entry.Key.StartsWith(RunRecordModule.Task, StringComparison.Ordinal)
        select KeyValuePair.Create(Tag(char.ToUpperInvariant(mode[0]) + mode[1..], entry.Key), entry.Value);

    private static string Tag(string group, string key)
    {
        var at = key.IndexOf(RunRecordModule.OfTask, StringComparison.Ordinal);
        if (at < 0)
            return $"{group}/{key}";
        var task = int.Parse(key.AsSpan(at + RunRecordModule.OfTask.Length), CultureInfo.InvariantCulture);
        return $"Env {task}/{group.ToLowerInvariant()}_{key[..at]}";
    }
}
