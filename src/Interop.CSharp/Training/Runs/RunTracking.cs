using System.Security.Cryptography;
using MtrlFunctional.Tracking;

namespace MtrlFunctional.Training;

/// <summary>Passes the records of a run on to programs that watch it: <see cref="TrainingMeter"/>, and an MLflow server
/// where the configuration names one. Neither delays training nor stops it.</summary>
internal sealed class RunTracking : IDisposable
{
    private readonly TrainingMeter _meter;
    private readonly MlflowSink? _mlflow;
    private readonly Action<string>? _notice;
    private bool _isHeard = true;
    private TrainingEnd? _end;

    /// <summary>Starts to watch; steps of single environments and updates are asked on any thread.</summary>
    internal RunTracking(Experiment experiment, RunFolder folder, Func<long> steps, Func<long> updates, Action<string>? notice)
    {
        _notice = notice;
        var setup = experiment.Setup;
        var name = FormattableString.Invariant($"{Path.GetFileName(Path.TrimEndingDirectorySeparator(setup.SaveDir))}/seed-{setup.SeedRef}");
        _meter = new TrainingMeter(name, steps, updates);
        if (OptionModule.ToObj(experiment.Logging.Mlflow) is { } address)
            _mlflow = new MlflowSink(folder, address, Describe(experiment, name, folder), notice);
    }

    /// <summary>A record was written to <c>metrics.jsonl</c>.</summary>
    internal void Written(string mode, IReadOnlyDictionary<string, double> record, IReadOnlyList<string> tasks)
    {
        if (_isHeard)
            Measure(mode, record, tasks);
        _mlflow?.Wake();
    }

    /// <summary>Tells listeners of the program, until one of them fails.</summary>
    private void Measure(string mode, IReadOnlyDictionary<string, double> record, IReadOnlyList<string> tasks)
    {
        try
        {
            _meter.Record(mode, record, tasks);
        }
        catch (Exception e)
        {
            _isHeard = false;
            _notice?.Invoke($"A listener of the meter '{TrainingMeter.Name}' failed: {e.Message} Listeners hear no more of this run.");
        }
    }

    /// <summary>Notes how the run ended; null at <see cref="Dispose"/>: by a failure.</summary>
    internal TrainingEnd Ended(TrainingEnd end)
    {
        _end = end;
        return end;
    }

    public void Dispose()
    {
        _meter.Dispose();
        _mlflow?.End(_end switch
        {
            null => "FAILED",
            TrainingEnd.Stopped => "KILLED",
            _ => "FINISHED",
        });
        _mlflow?.Dispose();
    }

    private static MlflowDescription Describe(Experiment experiment, string name, RunFolder folder) => new(
        experiment.Setup.Name,
        name,
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(ExperimentModule.Render(ExperimentModule.Kept(experiment))))),
        from entry in ExperimentModule.Values(experiment)
        where !entry.Item1.StartsWith("metrics.", StringComparison.Ordinal)
        select KeyValuePair.Create(entry.Item1, ValueText.Print(entry.Item2)),
        new Dictionary<string, string>
        {
            ["mlflow.user"] = Environment.UserName,
            ["mlflow.source.name"] = "mtrl",
            ["mlflow.source.type"] = "LOCAL",
            ["mlflow.note.content"] =
                $"Folder of the run: `{Path.GetFullPath(folder.Path)}` on {Environment.MachineName}\n\n"
                + $"`mtrl eval {Shell.Quoted(folder.Path)}` evaluates its policy, `mtrl report {Shell.Quoted(folder.Path)}` writes a page.",
            ["mtrl.folder"] = Path.GetFullPath(folder.Path),
            ["mtrl.host"] = Environment.MachineName,
        });
}
