using System.Diagnostics.Metrics;
using System.Reflection;
using MtrlFunctional.Statistics;

namespace MtrlFunctional.Tracking;

/// <summary>Metrics of runs for <see cref="MeterListener"/>, dotnet-counters and OpenTelemetry. Names and units follow
/// OpenTelemetry's conventions (https://opentelemetry.io/docs/specs/semconv/general/metrics/).</summary>
/// <remarks><c>mtrl.environment.steps</c> and <c>mtrl.updates</c> are counters that are read when somebody collects them;
/// <c>mtrl.task.success</c>, <c>mtrl.task.return</c> and <c>mtrl.measurement</c> are gauges that change with each record of the
/// log. All have the tag <c>mtrl.run</c>; the gauges also <c>mtrl.mode</c> ("train", "eval"), and <c>mtrl.task</c> or
/// <c>mtrl.name</c>. Without listeners nothing is measured.</remarks>
public sealed class TrainingMeter : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "MtrlFunctional";


    private readonly Meter _meter;
    private readonly Gauge<double> _success;
    private readonly Gauge<double> _return;
    private readonly Gauge<double> _measurement;
    private readonly KeyValuePair<string, object?> _run;

    /// <summary>The metrics of one run, such as "mt10/seed-1". Its steps and updates so far are read on any thread.</summary>
    internal TrainingMeter(string run, Func<long> steps, Func<long> updates)
    {
        _run = KeyValuePair.Create<string, object?>("mtrl.run", run);
        _meter = new Meter(Name, Assembly.GetExecutingAssembly().GetName().Version?.ToString(3));
        Measurement<long> Now(long count) => new(count, _run);
        _meter.CreateObservableCounter("mtrl.environment.steps", () => Now(steps()), "{step}", "Steps of all environments.");
        _meter.CreateObservableCounter("mtrl.updates", () => Now(updates()), "{update}", "Updates of the parameters.");
        _success = _meter.CreateGauge<double>("mtrl.task.success", "1", "Share of episodes with success at any step.");
        _return = _meter.CreateGauge<double>("mtrl.task.return", "1", "Mean undiscounted return.");
        _measurement = _meter.CreateGauge<double>("mtrl.measurement", "1", "Losses and other numbers of the log.");
    }

    /// <summary>Sets the gauges to a record of the log, of a mode such as "train", "eval" or "eval_base".</summary>
    internal void Record(string mode, IReadOnlyDictionary<string, double> record, IReadOnlyList<string> tasks)
    {
        if (!_success.Enabled && !_return.Enabled && !_measurement.Enabled)
            return;
        var of = KeyValuePair.Create<string, object?>("mtrl.mode", mode);
        for (var i = 0; i < tasks.Count; i++)
        {
            var task = KeyValuePair.Create<string, object?>("mtrl.task", tasks[i]);
            if (record.TryGetValue($"{RunRecordModule.SuccessEver}{i}", out var success))
                _success.Record(success, _run, of, task);
            if (record.TryGetValue($"{RunRecordModule.Return}{i}", out var total))
                _return.Record(total, _run, of, task);
        }

        foreach (var (name, number) in record)
            if (name != RunMetrics.Step && !name.Contains(RunRecordModule.Task, StringComparison.Ordinal) && double.IsFinite(number))
                _measurement.Record(number, _run, of, KeyValuePair.Create<string, object?>("mtrl.name", name));
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
