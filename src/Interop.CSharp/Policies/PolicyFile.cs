using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.FSharp.Collections;
using MtrlFunctional.Networks;
using MtrlFunctional.Spaces;
using MtrlFunctional.Storage;

namespace MtrlFunctional.Policies;

/// <summary>Policies as safetensors files that describe themselves: the list of layers, tasks and configuration are in
/// <c>__metadata__</c>, numbers of layer i are the tensors <c>i.weight</c>, <c>i.bias</c> and so on.</summary>
internal static class PolicyFile
{
    private const string Format = "mtrl-policy";
    private const string Version = "2";
    private const string SizesKey = "task_sizes";

    /// <summary>Those that are read: files of version 1 have a chain of layers, and fewer kinds.</summary>
    private static readonly string[] _versions = ["1", Version];

    /// <summary>Writes a policy; an existing file is replaced as a whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="policy">What to write.</param>
    /// <exception cref="MtrlException">It cannot be written.</exception>
    internal static void Write(string path, PolicyData policy)
    {
        var (entries, layers) = (new List<SafetensorsEntry>(), new JsonArray());
        foreach (var (i, step) in policy.Steps.Index())
            layers.Add((JsonNode)LayerFormat.Describe(step, (name, numbers, shape) =>
                entries.Add(SafetensorsEntry.Of($"{i}.{name}", numbers, shape))));
        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["version"] = Version,
            ["tasks"] = JsonSerializer.Serialize(policy.Tasks),
            ["observation_size"] = policy.ObservationSize.ToString(CultureInfo.InvariantCulture),
            ["action_size"] = policy.ActionSize.ToString(CultureInfo.InvariantCulture),
            ["layers"] = layers.ToJsonString(),
            ["step"] = policy.Step.ToString(CultureInfo.InvariantCulture),
            ["config"] = policy.Config,
            ["licence"] = policy.Licence,
        };
        if (policy.Sizes is { } sizes)
            metadata[SizesKey] = JsonSerializer.Serialize(sizes.Select(size => new[] { size.ObservationSize, size.ActionSize }));
        OutputFile.Write(path, stream => SafetensorsWriter.Write(stream, entries, metadata));
    }

    /// <summary>Reads a policy and checks that its layers fit together.</summary>
    /// <param name="path">The file, of any origin.</param>
    /// <exception cref="MtrlException">It is no whole policy file.</exception>
    internal static PolicyData Read(string path)
    {
        using var file = SafetensorsFile.Open(path);
        string Text(string key) => file.Metadata.GetValueOrDefault(key)
            ?? throw new MtrlException($"{path}: has no '{key}' in its metadata; it is no policy. 'mtrl export RUN --weights FILE' writes one.");
        int Count(string key) => int.TryParse(Text(key), CultureInfo.InvariantCulture, out var count) && count > 0
            ? count
            : throw new MtrlException($"{path}: '{key}' is no whole number above 0.");
        if (Text("format") != Format)
            throw new MtrlException($"{path}: is of format '{Text("format")}', where '{Format}' is needed.");
        if (!_versions.Contains(Text("version")))
            throw new MtrlException(
                $"{path}: has version {Text("version")} of the format; this program reads {string.Join(" and ", _versions)}.");
        try
        {
            var policy = new PolicyData(
                JsonSerializer.Deserialize<string[]>(Text("tasks")) ?? [],
                Count("observation_size"),
                Count("action_size"),
                Steps(file, Text("layers")),
                Text("config"),
                long.Parse(Text("step"), CultureInfo.InvariantCulture),
                Text("licence"))
            {
                Sizes = Sizes(file.Metadata.GetValueOrDefault(SizesKey)),
            };
            return Checked(path, policy);
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException or InvalidOperationException or KeyNotFoundException)
        {
            throw new MtrlException($"{path}: its metadata cannot be read ({e.Message})", inner: e);
        }
    }

    private static FSharpList<RowStep> Steps(SafetensorsFile file, string text)
    {
        using var json = JsonDocument.Parse(text);
        (int[], float[]) Tensor(string name) =>
            ([.. file.Tensor(name).Shape.Select(size => checked((int)size))], file.ReadFloats(name));
        return ListModule.OfSeq(json.RootElement.EnumerateArray()
            .Select((step, i) => LayerFormat.Read(step, name => Tensor($"{i}.{name}")))
            .ToArray());
    }

    private static TaskSizes[]? Sizes(string? text) => text is null
        ? null
        : [.. (JsonSerializer.Deserialize<int[][]>(text) ?? []).Select(size =>
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
        var (width, fault) = RowStepCheck.Outputs(policy.Steps, policy.ObservationSize, policy.Tasks.Count);
        if (fault is not null)
            throw new MtrlException($"{path}: {fault}.");
        return width == policy.ActionSize
            ? policy
            : throw new MtrlException($"{path}: its layers give {width} numbers, an action has {policy.ActionSize}.");
    }
}
