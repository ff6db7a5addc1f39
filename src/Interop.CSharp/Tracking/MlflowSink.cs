using MtrlFunctional.Statistics;

namespace MtrlFunctional.Tracking;

/// <summary>What MLflow shows of a run besides its metrics. The text of the configuration is equal for the same configuration
/// only, with any number of steps.</summary>
internal sealed record MlflowDescription(
    string Experiment,
    string Name,
    string Configuration,
    IEnumerable<KeyValuePair<string, string>> Parameters,
    IEnumerable<KeyValuePair<string, string>> Tags);

/// <summary>Sends the records of <c>metrics.jsonl</c> to an MLflow server, from a thread of its own. The file is the queue, and
/// the server has the newest step of each metric: missing records are sent, also after an outage, a kill or a resumption, and
/// none twice. Training neither waits nor fails. The file <see cref="FileName"/> has the identifier of the run.</summary>
internal sealed class MlflowSink : IDisposable
{
    /// <summary>In the folder of the run.</summary>
    internal const string FileName = "mlflow.json";

    private static readonly JsonSerializerOptions _layout = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>After a failure the next attempt waits so long.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(30);

    /// <summary>The end of a run waits at most so long for the server.</summary>
    private static readonly TimeSpan _lastPatience = TimeSpan.FromSeconds(5);

    /// <summary>What the file has: the run at a server, and where it was begun.</summary>
    private sealed record Known(string? Server, string? RunId, string? Configuration, string? Folder);

    private readonly RunFolder _folder;
    private readonly string _address;
    private readonly MlflowDescription _description;
    private readonly Action<string>? _notice;
    private readonly Thread _thread;
    private readonly SemaphoreSlim _woken = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<MlflowMetric> _batch = [];
    private readonly MlflowServer _server;
    private AppendedLines? _lines;
    private MetricsRows _rows = new();
    private Dictionary<string, long> _sent = [];
    private string _run = "";
    private bool _noticed;
    private volatile string? _end;

    /// <summary>Starts to send to a server, such as http://127.0.0.1:5000; <c>notice</c> receives one message where it does not
    /// take records, on the thread that sends.</summary>
    internal MlflowSink(RunFolder folder, string address, MlflowDescription description, Action<string>? notice)
    {
        (_folder, _address, _description, _notice) = (folder, address, description, notice);
        _server = new MlflowServer(address, _stop.Token);
        _thread = new Thread(Follow) { IsBackground = true, Name = "MLflow" };
        _thread.Start();
    }

    /// <summary>Records were appended to <c>metrics.jsonl</c>.</summary>
    internal void Wake() => _woken.Release();

    /// <summary>Sends the rest, then the state, FINISHED, KILLED or FAILED, within seconds.</summary>
    internal void End(string status)
    {
        if (_end is not null)
            return;
        _end = status;
        _stop.CancelAfter(_lastPatience);
        Wake();

        // The resolution of a name cannot be cancelled.
        if (_thread.Join(_lastPatience + TimeSpan.FromSeconds(1)))
            _server.Dispose();
    }

    public void Dispose() => End("FAILED");

    private void Follow()
    {
        var next = 0L;
        while (true)
        {
            _woken.Wait();
            var end = _end;
            if (end is null && Environment.TickCount64 < next)
                continue;
            try
            {
                Send();
                if (end is not null)
                    _server.SetStatus(_run, end);
            }
            catch (Exception e)
            {
                // Whatever it is, training goes on.
                Report(e);
                _lines = null;
                next = Environment.TickCount64 + (long)_pause.TotalMilliseconds;
            }

            if (end is not null)
                return;
        }
    }

    private void Report(Exception e)
    {
        if (_noticed)
            return;
        _noticed = true;
        var why = e is OperationCanceledException ? "no answer in time" : e.Message.TrimEnd('.');
        var later = _end is null ? "Training goes on; the records are sent when the server takes them, or" : "Records that are missing are sent";
        try
        {
            _notice?.Invoke($"MLflow at {_address}: {why}. {later} by {Shell.Command(["mtrl", "resume", _folder.Path])}.");
        }
        catch (Exception)
        {
            // The caller's own function failed: an exception on this thread would end the process.
        }
    }

    /// <summary>Sends the records that the server lacks; after a failure from the beginning of the file.</summary>
    private void Send()
    {
        if (_lines is null)
        {
            Begin();
            (_lines, _rows) = (new AppendedLines(_folder.MetricsFile), new MetricsRows());
            _batch.Clear();
        }

        _lines.Read(restarted: () => { }, line => _rows.Parse(line, Add));
        Flush();
    }

    private void Begin()
    {
        var earlier = KnownRun();
        var found = earlier is null ? null : _server.Find(earlier);
        _run = found is null
            ? _server.CreateRun(_server.ExperimentOf(_description.Experiment), _description.Name, _description.Tags)
            : earlier!;
        if (found is not null)
            _server.SetStatus(_run, "RUNNING");
        var known = new Known(_address, _run, _description.Configuration, Path.GetFullPath(_folder.Path));
        _folder.WriteText(FileName, JsonSerializer.Serialize(known, _layout) + "\n");
        _sent = found?.Steps.ToDictionary() ?? [];
        _server.LogParameters(_run, _description.Parameters.Where(one => found?.Parameters.Contains(one.Key) != true));
    }

    /// <summary>Identifier of the run at this server, from an earlier start with this configuration; null: there is none.</summary>
    private string? KnownRun() =>
        KnownIn(_folder) is { } known
        && known.Server == _address
        && known.Configuration == _description.Configuration
        && !IsCopy(known)
            ? known.RunId
            : null;

    /// <summary>Whether the folder in which the run was begun still has it: then this folder is a copy, not the moved
    /// original.</summary>
    private bool IsCopy(Known known) =>
        known.Folder is { } first
        && first != Path.GetFullPath(_folder.Path)
        && KnownIn(new RunFolder(first))?.RunId == known.RunId;

    private static Known? KnownIn(RunFolder folder)
    {
        if (!File.Exists(Path.Combine(folder.Path, FileName)))
            return null;
        try
        {
            return JsonSerializer.Deserialize<Known>(folder.ReadText(FileName), _layout);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Add(string mode, long step, string[] names, ReadOnlySpan<double> values)
    {
        var (now, tasks) = (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), _rows.Texts[mode]);
        for (var i = 0; i < names.Length; i++)
        {
            var key = Key(mode, names[i], tasks);
            if (!double.IsFinite(values[i]) || (_sent.TryGetValue(key, out var sent) && step <= sent))
                continue;
            _batch.Add(new MlflowMetric(key, values[i], now, step));
            if (_batch.Count == MlflowServer.MetricsPerRequest)
                Flush();
        }
    }

    private void Flush()
    {
        if (_batch.Count == 0)
            return;
        _server.LogMetrics(_run, _batch);
        foreach (var metric in _batch)
            _sent[metric.Key] = metric.Step;
        _batch.Clear();
    }

    /// <summary>"eval/success"; of a task "reach-v3/eval_success". Other characters than letters and digits of any script and "_-. /" become
    /// "_".</summary>
    internal static string Key(string mode, string name, Dictionary<string, string> tasks)
    {
        var at = name.IndexOf(RunRecordModule.OfTask, StringComparison.Ordinal);
        var key = at >= 0 && tasks.TryGetValue(name[(at + 1)..], out var task) ? $"{task}/{mode}_{name[..at]}" : $"{mode}/{name}";
        var allowed = new StringBuilder(key);
        for (var i = 0; i < allowed.Length; i++)
            if (!char.IsLetterOrDigit(allowed[i]) && !"_-. /".Contains(allowed[i]))
                allowed[i] = '_';
        return allowed.ToString();
    }
}
