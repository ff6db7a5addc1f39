using System.Globalization;
using System.Text.Json;
using MtrlFunctional.Storage;

namespace MtrlFunctional.Policies;

/// <summary>Policies as ONNX files: <c>observation</c> [batch, numbers] and <c>task</c> [batch] to <c>action</c> [batch,
/// numbers], with the scaling of observations inside.</summary>
internal static class OnnxFile
{
    /// <summary>Writes a policy; an existing file is replaced as a whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="policy">What to write.</param>
    /// <exception cref="MtrlException">It cannot be written.</exception>
    internal static void Write(string path, PolicyData policy)
    {
        var model = Model(policy);
        DurableFile.Replace(path, stream => stream.Write(model.Bytes()));
    }

    private static ProtobufMessage Model(PolicyData policy)
    {
        var graph = new OnnxGraph();
        var layers = new OnnxLayers(graph, "task", policy.Tasks.Count);
        var (value, width) = ("observation", policy.ObservationSize);
        foreach (var layer in policy.Layers)
        {
            value = layers.Append(layer, value, width);
            width = RowLayerCheck.Width(layer, width);
        }

        graph.Name(value, "action");
        return graph.Model(
            "policy",
            [
                OnnxGraph.Rows("observation", OnnxGraph.Element.Float, policy.ObservationSize),
                OnnxGraph.Rows("task", OnnxGraph.Element.Int64, null),
            ],
            [OnnxGraph.Rows("action", OnnxGraph.Element.Float, policy.ActionSize)],
            new Dictionary<string, string>
            {
                ["tasks"] = JsonSerializer.Serialize(policy.Tasks),
                ["step"] = policy.Step.ToString(CultureInfo.InvariantCulture),
                ["config"] = policy.Config,
                ["licence"] = policy.Licence,
            });
    }
}
