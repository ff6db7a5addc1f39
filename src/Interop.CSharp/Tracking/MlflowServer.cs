using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MtrlFunctional.Tracking;

/// <summary>A number of a run in MLflow.</summary>
/// <param name="Key">Name of the metric, such as "eval/success".</param>
/// <param name="Value">Finite.</param>
/// <param name="Timestamp">Milliseconds since 1970, UTC.</param>
/// <param name="Step">Environment steps of every task.</param>
internal readonly record struct MlflowMetric(string Key, double Value, long Timestamp, long Step);

/// <summary>A run as an MLflow server has it: the newest step of each metric, and the names of its parameters.</summary>
internal sealed record MlflowRun(IReadOnlyDictionary<string, long> Steps, IReadOnlySet<string> Parameters);

/// <summary>An MLflow tracking server, by its REST API, version 2.0 (https://mlflow.org/docs/latest/rest-api.html). Calls wait
/// for the answer and throw without one. Thread-safe.</summary>
internal sealed class MlflowServer : IDisposable
{
    /// <summary>Largest number of metrics, and of parameters, in one request.</summary>
    internal const int MetricsPerRequest = 1_000, ParametersPerRequest = 100;

    /// <summary>Longest value of a parameter that every release of the server takes.</summary>
    private const int LongestParameter = 500;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private static readonly JsonSerializerOptions _layout = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly HttpClient _client = new() { Timeout = _patience };
    private readonly string _root;
    private readonly CancellationToken _stop;

    /// <summary>Prepares requests without sending any. Reads <c>MLFLOW_TRACKING_TOKEN</c>, or <c>MLFLOW_TRACKING_USERNAME</c>
    /// and <c>MLFLOW_TRACKING_PASSWORD</c>, as MLflow's clients do.</summary>
    internal MlflowServer(string address, CancellationToken stop)
    {
        (_root, _stop) = ($"{address.TrimEnd('/')}/api/2.0/mlflow/", stop);
        static string? Variable(string name) => Environment.GetEnvironmentVariable($"MLFLOW_TRACKING_{name}");
        if (Variable("TOKEN")?.Trim() is { Length: > 0 } token)
            _client.DefaultRequestHeaders.Authorization = token.Any(char.IsControl)
                ? throw new MtrlException("MLFLOW_TRACKING_TOKEN: has a line break or another control character inside; a token is one word.")
                : new AuthenticationHeaderValue("Bearer", token);
        else if (Variable("USERNAME") is { Length: > 0 } user)
            _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{Variable("PASSWORD")}")));
    }

    /// <summary>Identifier of the experiment of a name; a missing experiment is created.</summary>
    internal string ExperimentOf(string name)
    {
        JsonNode? Find() => Get("experiments/get-by-name", "experiment_name", name)?["experiment"]?["experiment_id"];
        if (Find() is { } known)
            return Text(known);
        var created = Post("experiments/create", new { name }, "RESOURCE_ALREADY_EXISTS");

        // Another run may have created it meanwhile.
        return Text(created?["experiment_id"] ?? Find());
    }

    internal string CreateRun(string experiment, string name, IEnumerable<KeyValuePair<string, string>> tags)
    {
        var request = new { experiment_id = experiment, run_name = name, start_time = Now(), tags = tags.ToArray() };
        return Text(Post("runs/create", request)?["run"]?["info"]?["run_id"]);
    }

    /// <summary>A run, or null where the server has none of this identifier.</summary>
    internal MlflowRun? Find(string run)
    {
        if (Get("runs/get", "run_id", run)?["run"] is not { } found)
            return null;
        IEnumerable<JsonNode> All(string what) => (found["data"]?[what]?.AsArray() ?? []).OfType<JsonNode>();
        return new MlflowRun(
            All("metrics").ToDictionary(metric => Text(metric["key"]), metric => Number(metric["step"])),
            All("params").Select(parameter => Text(parameter["key"])).ToHashSet());
    }

    /// <summary>Adds parameters, which a run has once.</summary>
    internal void LogParameters(string run, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        foreach (var some in parameters.Chunk(ParametersPerRequest))
        {
            var cut = some.Select(one => KeyValuePair.Create(
                one.Key, one.Value.Length <= LongestParameter ? one.Value : one.Value[..(LongestParameter - 1)] + "…"));
            Post("runs/log-batch", new { run_id = run, @params = cut.ToArray() });
        }
    }

    /// <summary>Adds metrics, at most <see cref="MetricsPerRequest"/>.</summary>
    internal void LogMetrics(string run, IReadOnlyCollection<MlflowMetric> metrics) =>
        Post("runs/log-batch", new { run_id = run, metrics });

    /// <summary>Sets the state of a run: RUNNING, FINISHED, KILLED or FAILED; all but the first set the time of its end,
    /// too.</summary>
    internal void SetStatus(string run, string status) =>
        Post("runs/update", new { run_id = run, status, end_time = status == "RUNNING" ? (long?)null : Now() });

    public void Dispose() => _client.Dispose();

    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    private static string Text(JsonNode? node) => node?.ToString() ?? throw new HttpRequestException("the answer is not one of MLflow.");

    /// <summary>A 64-bit number: some releases write it as a text.</summary>
    private static long Number(JsonNode? node) => long.TryParse(node?.ToString(), out var number) ? number : 0;

    private JsonNode? Get(string method, string name, string value) => Send(
        new HttpRequestMessage(HttpMethod.Get, $"{_root}{method}?{name}={Uri.EscapeDataString(value)}"), "RESOURCE_DOES_NOT_EXIST");

    private JsonNode? Post<T>(string method, T content, string? harmless = null) => Send(
        new HttpRequestMessage(HttpMethod.Post, _root + method)
        {
            Content = new StringContent(JsonSerializer.Serialize(content, _layout), Encoding.UTF8, "application/json"),
        },
        harmless);

    /// <summary>Sends a request.</summary>
    /// <returns>The answer; null where it is the error <paramref name="harmless"/>.</returns>
    private JsonNode? Send(HttpRequestMessage request, string? harmless)
    {
        using var answer = _client.Send(request, _stop);
        using var stream = answer.Content.ReadAsStream(_stop);
        var content = Parse(stream);
        if (answer.StatusCode == HttpStatusCode.OK)
            return content ?? throw new HttpRequestException("the answer is not one of MLflow.");
        var code = content?["error_code"]?.ToString();
        if (code is not null && code == harmless)
            return null;
        throw new HttpRequestException($"{(int)answer.StatusCode} {code ?? answer.ReasonPhrase}: {content?["message"]}".TrimEnd(' ', ':'));
    }

    private static JsonNode? Parse(Stream stream)
    {
        try
        {
            return JsonNode.Parse(stream) as JsonObject;
        }
        catch (JsonException)
        {
            // A page of a proxy.
            return null;
        }
    }
}
