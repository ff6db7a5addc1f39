using System.Text.Encodings.Web;
using System.Text.Json.Serialization;
using Google.Protobuf;
using Onnx;

namespace MtrlFunctional.Policies;

/// <summary>Policies as ONNX files: a graph (<see cref="PolicyGraph"/>), and in <c>metadata_props</c> what else is known about
/// it.</summary>
internal static partial class PolicyFile
{
    /// <summary>Ends the name of a file.</summary>
    internal const string Extension = ".onnx";

    private const string Format = "mtrl-policy";
    private const int Version = 3;
    private const string MemoryKey = "memory_size";
    private const string SizesKey = "task_sizes";
    private const string CardKey = "card";

    /// <summary>Of the format, as of 2022: readers of all later ones know it.</summary>
    private const int OnnxVersion = 8;
    private const int OperatorSet = 17;

    private static readonly MetadataJson _json = new(new(JsonSerializerOptions.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Writes a policy; an existing file is replaced as a whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="policy">What to write.</param>
    /// <exception cref="MtrlException">It cannot be written.</exception>
    internal static void Write(string path, PolicyData policy)
    {
        var model = Model(policy.Graph);
        void Add(string key, string? text)
        {
            if (text is not null)
                model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = text });
        }

        static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
        Add("format", Format);
        Add("version", Number(Version));
        Add("tasks", JsonSerializer.Serialize([.. policy.Tasks], _json.StringArray));
        Add("observation_size", Number(policy.ObservationSize));
        Add("action_size", Number(policy.ActionSize));
        Add(MemoryKey, policy.MemorySize > 0 ? Number(policy.MemorySize) : null);
        Add(SizesKey, policy.Sizes is { } sizes
            ? JsonSerializer.Serialize([.. sizes.Select(size => new[] { size.ObservationSize, size.ActionSize })], _json.Int32ArrayArray)
            : null);
        Add("moments", Moments.Of(policy.Graph));
        Add("step", Number(policy.Step));
        Add("licence", policy.Licence);
        Add(CardKey, policy.Card is { } card ? JsonSerializer.Serialize(card, _json.PolicyCard) : null);
        Add("config", policy.Config);
        OutputFile.Write(path, model.WriteTo);
    }

    /// <summary>A graph as a model that runs.</summary>
    internal static ModelProto Model(GraphProto graph) => new()
    {
        IrVersion = OnnxVersion,
        OpsetImport = { new OperatorSetIdProto { Version = OperatorSet } },
        ProducerName = "mtrl",
        Graph = graph,
    };

    /// <summary>Reads a policy.</summary>
    /// <param name="path">The file, of any origin.</param>
    /// <exception cref="MtrlException">It is no whole policy file.</exception>
    internal static PolicyData Read(string path)
    {
        var model = ReadModel(path);
        var metadata = model.MetadataProps.DistinctBy(text => text.Key).ToDictionary(text => text.Key, text => text.Value);
        string Text(string key) => metadata.GetValueOrDefault(key)
            ?? throw new MtrlException($"{path}: has no '{key}' in its metadata; it is no policy. 'mtrl export RUN --onnx FILE' writes one.");
        int Count(string key) => int.TryParse(Text(key), CultureInfo.InvariantCulture, out var count) && count > 0
            ? count
            : throw new MtrlException($"{path}: '{key}' is no whole number above 0.");
        if (Text("format") != Format)
            throw new MtrlException($"{path}: is of format '{Text("format")}', where '{Format}' is needed.");
        if (Count("version") is var version && version != Version)
            throw new MtrlException(
                $"{path}: has version {version} of the format; this program reads version {Version}."
                + (version > Version ? " A newer program wrote it." : ""));
        try
        {
            return Checked(path, new PolicyData(
                JsonSerializer.Deserialize(Text("tasks"), _json.StringArray) ?? [],
                Count("observation_size"),
                Count("action_size"),
                model.Graph,
                Text("config"),
                long.Parse(Text("step"), CultureInfo.InvariantCulture),
                Text("licence"))
            {
                MemorySize = metadata.ContainsKey(MemoryKey) ? Count(MemoryKey) : 0,
                Sizes = Sizes(metadata.GetValueOrDefault(SizesKey)),
                Card = metadata.TryGetValue(CardKey, out var card) ? JsonSerializer.Deserialize(card, _json.PolicyCard) : null,
            });
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException)
        {
            throw new MtrlException($"{path}: its metadata cannot be read ({e.Message.TrimEnd('.')}).", inner: e);
        }
    }

    private static ModelProto ReadModel(string path)
    {
        try
        {
            if (PlainFile.FaultOfGiven(path) is { } fault)
                throw new MtrlException($"{path}: {fault}");
            using var file = File.OpenRead(path);
            var model = ModelProto.Parser.ParseFrom(file);
            return model.Graph is null ? throw new MtrlException($"{path}: {NoModel(path)}.") : model;
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new MtrlException($"{path}: {NoModel(path)} ({e.Message.TrimEnd('.')}).", inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MtrlException($"{path}: cannot be read ({e.Message.TrimEnd('.')}).", inner: e);
        }
    }

    private static string NoModel(string path) => Path.GetExtension(path) is ".safetensors" or ".pt" or ".pth"
        ? "is no ONNX file, as policies are; 'mtrl export RUN --onnx FILE' writes that of a run, 'mtrl import' that of a state_dict"
        : "is no ONNX file, or a damaged one";

    private static TaskSizes[]? Sizes(string? text) => text is null
        ? null
        : [.. (JsonSerializer.Deserialize(text, _json.Int32ArrayArray) ?? []).Select(size =>
            size is [var observation, var action] ? new TaskSizes(observation, action) : throw new FormatException($"{SizesKey}: needs two numbers for each task"))];

    private static bool Fit(PolicyData policy) => policy.Sizes is not { } sizes
        || (sizes.Count == policy.Tasks.Count
            && sizes.All(size => size.ObservationSize > 0 && size.ObservationSize <= policy.ObservationSize
                && size.ActionSize > 0 && size.ActionSize <= policy.ActionSize));

    private static PolicyData Checked(string path, PolicyData policy)
    {
        if (policy.Tasks.Count == 0)
            throw new MtrlException($"{path}: names no tasks.");
        if (!Fit(policy))
            throw new MtrlException($"{path}: '{SizesKey}' does not have two numbers from 1 to those of a row for each task.");
        if (policy.ObservationSize <= policy.TrialColumns)
            throw new MtrlException(
                $"{path}: its rows have {policy.ObservationSize} numbers, where a memory needs more than the {policy.TrialColumns} of a trial.");
        return PolicyGraph.Fault(policy.Graph, policy.ObservationSize, policy.ActionSize, policy.MemorySize) is { } fault
            ? throw new MtrlException($"{path}: {fault}.")
            : policy;
    }

    /// <summary>Reads and writes values of the metadata without reflection, so that programs can be trimmed.</summary>
    [JsonSerializable(typeof(string[]))]
    [JsonSerializable(typeof(int[][]))]
    [JsonSerializable(typeof(PolicyCard))]
    private sealed partial class MetadataJson : JsonSerializerContext;
}
