using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace MtrlFunctional.Tests.Tracking;

/// <summary>A server with the part of MLflow's REST API that records runs. Rejects what MLflow rejects.</summary>
internal sealed class MlflowStub : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, string> _experiments = [];
    private readonly Dictionary<string, Recorded> _runs = [];
    private readonly Thread _thread;

    /// <summary>A run of the server.</summary>
    internal sealed class Recorded
    {
        internal required string Experiment { get; init; }
        internal required string Name { get; init; }
        internal string Status { get; set; } = "RUNNING";
        internal List<string> Statuses { get; } = [];
        internal Dictionary<string, string> Tags { get; } = [];
        internal Dictionary<string, string> Parameters { get; } = [];
        internal List<(string Key, double Value, long Step)> Metrics { get; } = [];
    }

    internal MlflowStub()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        }

        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    internal string Address { get; }

    /// <summary>Answers of log-batch from now on: null as MLflow, else this status.</summary>
    internal int? Failing { get; set; }

    internal IReadOnlyList<Recorded> Runs => [.. _runs.Values];

    internal IReadOnlyDictionary<string, string> Experiments => _experiments;

    public void Dispose()
    {
        // A listener that stops while a thread begins to wait for a request does not wake it.
        _stop.Cancel();
        _thread.Join();
        _listener.Close();
        _stop.Dispose();
    }

    private void Serve()
    {
        while (true)
        {
            try
            {
                var context = _listener.GetContextAsync().WaitAsync(_stop.Token).GetAwaiter().GetResult();
                using var reader = new StreamReader(context.Request.InputStream);
                var (status, answer) = Answer(
                    $"{context.Request.HttpMethod} {context.Request.Url!.AbsolutePath}", context.Request.QueryString.Count > 0 ? context.Request.QueryString.Get(0) : null, reader.ReadToEnd());
                context.Response.StatusCode = status;
                using var writer = new StreamWriter(context.Response.OutputStream);
                writer.Write(answer.ToJsonString());
            }
            catch (Exception e) when (e is HttpListenerException or InvalidOperationException or OperationCanceledException)
            {
                return;
            }
        }
    }

    private (int Status, JsonObject Answer) Answer(string method, string? query, string body)
    {
        const string root = "/api/2.0/mlflow/";
        var content = body.Length == 0 ? [] : JsonNode.Parse(body)!.AsObject();
        switch (method)
        {
            case "GET " + root + "experiments/get-by-name":
                return _experiments.TryGetValue(query!, out var id)
                    ? (200, new JsonObject { ["experiment"] = new JsonObject { ["experiment_id"] = id } })
                    : Error(404, "RESOURCE_DOES_NOT_EXIST");
            case "POST " + root + "experiments/create":
                var experiment = $"{100 + _experiments.Count}";
                return _experiments.TryAdd((string)content["name"]!, experiment)
                    ? (200, new JsonObject { ["experiment_id"] = experiment })
                    : Error(400, "RESOURCE_ALREADY_EXISTS");
            case "POST " + root + "runs/create":
                var created = new Recorded { Experiment = (string)content["experiment_id"]!, Name = (string)content["run_name"]! };
                foreach (var tag in content["tags"]!.AsArray())
                    created.Tags[(string)tag!["key"]!] = (string)tag["value"]!;
                _runs[$"run{_runs.Count}"] = created;
                return (200, new JsonObject { ["run"] = new JsonObject { ["info"] = new JsonObject { ["run_id"] = $"run{_runs.Count - 1}" } } });
            case "GET " + root + "runs/get":
                return _runs.TryGetValue(query!, out var found) ? (200, Described(found)) : Error(404, "RESOURCE_DOES_NOT_EXIST");
            case "POST " + root + "runs/log-batch":
                return Failing is { } failing ? Error(failing, "TEMPORARILY_UNAVAILABLE") : Log(_runs[(string)content["run_id"]!], content);
            case "POST " + root + "runs/update":
                var updated = _runs[(string)content["run_id"]!];
                updated.Status = (string)content["status"]!;
                updated.Statuses.Add(updated.Status);
                return (200, []);
            default:
                return Error(404, "ENDPOINT_NOT_FOUND");
        }
    }

    private static (int Status, JsonObject Answer) Log(Recorded run, JsonObject content)
    {
        var (metrics, parameters) = (content["metrics"]?.AsArray() ?? [], content["params"]?.AsArray() ?? []);
        if (metrics.Count > 1_000 || parameters.Count > 100)
            return Error(400, "INVALID_PARAMETER_VALUE");
        foreach (var parameter in parameters)
        {
            var (key, value) = ((string)parameter!["key"]!, (string)parameter["value"]!);
            if (run.Parameters.TryGetValue(key, out var before) && before != value)
                return Error(400, "INVALID_PARAMETER_VALUE");
            run.Parameters[key] = value;
        }

        foreach (var metric in metrics)
            run.Metrics.Add(((string)metric!["key"]!, (double)metric["value"]!, (long)metric["step"]!));
        return (200, []);
    }

    private static JsonObject Described(Recorded run) => new()
    {
        ["run"] = new JsonObject
        {
            ["data"] = new JsonObject
            {
                ["metrics"] = new JsonArray([.. run.Metrics.GroupBy(metric => metric.Key).Select(one => new JsonObject
                {
                    ["key"] = one.Key, ["value"] = one.Last().Value, ["step"] = $"{one.Max(metric => metric.Step)}",
                })]),
                ["params"] = new JsonArray([.. run.Parameters.Select(one => new JsonObject { ["key"] = one.Key, ["value"] = one.Value })]),
            },
        },
    };

    private static (int Status, JsonObject Answer) Error(int status, string code) =>
        (status, new JsonObject { ["error_code"] = code, ["message"] = "of the test" });
}
