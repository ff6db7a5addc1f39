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
    /// <exception cref="MtrlException">It cannot be written, or a layer has no form in ONNX.</exception>
    internal static void Write(string path, PolicyData policy)
    {
        var model = Model(policy);
        OutputFile.Write(path, stream => stream.Write(model.Bytes()));
    }

    private static ProtobufMessage Model(PolicyData policy)
    {
        var graph = new OnnxGraph();
        var layers = new OnnxLayers(graph, "task");
        List<OnnxLayers.Row> rows = [new("observation", policy.ObservationSize)];
        foreach (var step in policy.Steps)
            rows.Add(layers.Append(step.Layer, [.. step.Back.Select(back => rows[^back])]));
        graph.Name(rows[^1].Value, "action");
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
