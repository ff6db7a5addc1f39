using System.Text.Encodings.Web;
using System.Text.Json.Serialization;
using Google.Protobuf;
using MtrlFunctional.Networks;
using Onnx;

namespace MtrlFunctional.Policies;

/// <summary>Makes policies, and writes them as ONNX files: a graph (<see cref="PolicyGraph"/>), and in <c>metadata_props</c> what else is
/// known about it (<see cref="PolicyMetadata"/>).</summary>
internal static partial class PolicyFile
{
    /// <summary>Of the format, as of 2022: readers of all later ones know it.</summary>
    private const int OnnxVersion = 8;
    private const int OperatorSet = 17;

    private static readonly MetadataJson _json = new(new(JsonSerializerOptions.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The policy of steps from an observation to an action, for tasks of environments.</summary>
    internal static PolicyData Of(
        IReadOnlyCollection<RowStep> steps, VectorEnvironment environments, IReadOnlyList<string> tasks, string config, long step)
    {
        var (observations, actions) = (environments.ObservationSize, environments.ActionSize);
        var model = new ModelProto
        {
            IrVersion = OnnxVersion,
            OpsetImport = { new OperatorSetIdProto { Version = OperatorSet } },
            ProducerName = "mtrl",
            Graph = PolicyGraph.Of(steps, observations, actions),
        };
        return new PolicyData(tasks, observations, actions, model.ToByteArray(), config, step)
        {
            Sizes = environments.OwnSizes?.Take(tasks.Count).ToArray(),
            MemorySize = PolicyGraph.MemoryOf(steps),
        };
    }

    /// <summary>Writes a policy; an existing file is replaced as a whole.</summary>
    /// <exception cref="MtrlException">It cannot be written.</exception>
    internal static void Write(string path, PolicyData policy)
    {
        var model = ModelOf(path, policy);
        model.MetadataProps.Clear();
        void Add(string key, string? text)
        {
            if (text is not null)
                model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = text });
        }

        static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
        Add(PolicyMetadata.FormatKey, PolicyMetadata.Format);
        Add(PolicyMetadata.VersionKey, Number(PolicyMetadata.Version));
        Add(PolicyMetadata.TasksKey, JsonSerializer.Serialize([.. policy.Tasks], _json.StringArray));
        Add(PolicyMetadata.ObservationSizeKey, Number(policy.ObservationSize));
        Add(PolicyMetadata.ActionSizeKey, Number(policy.ActionSize));
        Add(PolicyMetadata.MemoryKey, policy.MemorySize > 0 ? Number(policy.MemorySize) : null);
        Add(PolicyMetadata.SizesKey, policy.Sizes is { } sizes
            ? JsonSerializer.Serialize([.. sizes.Select(size => new[] { size.ObservationSize, size.ActionSize })], _json.Int32ArrayArray)
            : null);
        Add("moments", Moments.Of(model.Graph));
        Add(PolicyMetadata.StepKey, Number(policy.Step));
        Add(PolicyMetadata.LicenceKey, policy.Licence);
        Add(PolicyMetadata.CardKey, policy.Card is { } card ? JsonSerializer.Serialize(card, _json.PolicyCard) : null);
        Add(PolicyMetadata.ConfigKey, policy.Config);
        var file = WithHash(model);
        OutputFile.Write(path, stream => stream.Write(file));
    }

    /// <summary>Bytes of a file with its <see cref="ContentHash"/>.</summary>
    internal static byte[] WithHash(ModelProto model)
    {
        // Messages one after the other are one message.
        var content = model.ToByteArray();
        var entry = new StringStringEntryProto { Key = ContentHash.Key, Value = ContentHash.Of(content) };
        return [.. content, .. new ModelProto { MetadataProps = { entry } }.ToByteArray()];
    }

    /// <summary>The graph of a policy.</summary>
    /// <exception cref="MtrlException">It is damaged.</exception>
    internal static GraphProto GraphOf(string name, PolicyData policy) => ModelOf(name, policy).Graph;

    private static ModelProto ModelOf(string name, PolicyData policy)
    {
        try
        {
            return ModelProto.Parser.ParseFrom(policy.Model);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new MtrlException($"{name}: its graph is damaged ({e.Message.TrimEnd('.')}).", inner: e);
        }
    }

    /// <summary>Writes values of the metadata without reflection, so that programs can be trimmed.</summary>
    [JsonSerializable(typeof(string[]))]
    [JsonSerializable(typeof(int[][]))]
    [JsonSerializable(typeof(PolicyCard))]
    private sealed partial class MetadataJson : JsonSerializerContext;
}
