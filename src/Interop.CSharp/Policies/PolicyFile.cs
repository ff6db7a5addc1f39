using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.FSharp.Collections;
using MtrlFunctional.Networks;
using MtrlFunctional.Storage;

namespace MtrlFunctional.Policies;

/// <summary>Policies as safetensors files that describe themselves: the list of layers, tasks and configuration are in
/// <c>__metadata__</c>, numbers of layer i are the tensors <c>i.weight</c>, <c>i.bias</c> and so on.</summary>
internal static class PolicyFile
{
    private const string Format = "mtrl-policy";
    private const string Version = "2";

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
        SafetensorsWriter.Write(path, entries, new Dictionary<string, string>
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
        });
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
                Text("licence"));
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

    private static PolicyData Checked(string path, PolicyData policy)
    {
        if (policy.Tasks.Count == 0)
            throw new MtrlException($"{path}: names no tasks.");
        var (width, fault) = RowStepCheck.Outputs(policy.Steps, policy.ObservationSize, policy.Tasks.Count);
        if (fault is not null)
            throw new MtrlException($"{path}: {fault}.");
        return width == policy.ActionSize
            ? policy
            : throw new MtrlException($"{path}: its layers give {width} numbers, an action has {policy.ActionSize}.");
    }
}
