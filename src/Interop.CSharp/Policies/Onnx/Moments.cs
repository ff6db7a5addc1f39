using System.Text.Json.Nodes;
using Onnx;

namespace MtrlFunctional.Policies;

/// <summary>Means and deviations by which a policy scales observations, as texts of its metadata.</summary>
internal static class Moments
{
    /// <summary>Ends the name of the constant with the means, [numbers] or [tasks, numbers].</summary>
    internal const string Mean = "mean";

    /// <summary>Ends the name of the constant with the deviations.</summary>
    internal const string Deviation = "deviation";

    /// <summary>Ends the name of the constant with the bound of scaled numbers.</summary>
    internal const string Bound = "bound";

    /// <summary>Whether a constant is one of them, or a bound.</summary>
    internal static bool Has(TensorProto constant) => IsNamed(constant, Mean) || IsNamed(constant, Deviation) || IsNamed(constant, Bound);

    /// <summary>Whether a constant has this part of a layer.</summary>
    internal static bool IsNamed(TensorProto constant, string part) => constant.Name.EndsWith("." + part, StringComparison.Ordinal);

    /// <summary>The moments of a graph as JSON; null: observations are not scaled.</summary>
    internal static string? Of(GraphProto graph)
    {
        if (graph.Initializer.FirstOrDefault(constant => IsNamed(constant, Mean)) is not { } mean)
            return null;
        var layer = mean.Name[..^Mean.Length];
        JsonArray Numbers(string part)
        {
            var constant = graph.Initializer.Single(constant => constant.Name == layer + part);
            var numbers = PolicyGraph.Floats(constant);
            return constant.Dims.Count < 2
                ? List(numbers)
                : new JsonArray([.. numbers.Chunk((int)constant.Dims[1]).Select(List)]);
        }

        return new JsonObject
        {
            [Mean] = Numbers(Mean),
            [Deviation] = Numbers(Deviation),
            [Bound] = PolicyGraph.Floats(graph.Initializer.Single(constant => constant.Name == layer + Bound))[0],
        }.ToJsonString();
    }

    private static JsonArray List(float[] numbers) => new([.. numbers.Select(number => (JsonNode)number)]);
}
