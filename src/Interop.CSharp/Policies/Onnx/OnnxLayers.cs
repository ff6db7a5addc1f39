using MtrlFunctional.Networks;
using static MtrlFunctional.Policies.OnnxGraph;
using Layer = MtrlFunctional.Networks.RowLayer;

namespace MtrlFunctional.Policies;

/// <summary>Layers on rows as nodes of an ONNX graph, for a batch of rows of any tasks.</summary>
/// <param name="graph">Receives the nodes.</param>
/// <param name="task">The value with the task of each row, [batch].</param>
/// <param name="tasks">Tasks of the policy.</param>
internal sealed class OnnxLayers(OnnxGraph graph, string task, int tasks)
{
    private const float Epsilon = 1e-5f;

    /// <summary>Appends the nodes of a layer.</summary>
    /// <param name="layer">Valid for the width (<see cref="RowLayerCheck"/>).</param>
    /// <param name="x">The value that it reads, [batch, width].</param>
    /// <param name="width">Numbers of a row.</param>
    /// <returns>Its result, [batch, width of the result].</returns>
    internal string Append(Layer layer, string x, int width) => layer switch
    {
        Layer.Dense { Item: var dense } => Dense(dense, dense.IsRounded ? Rounded(x) : x),
        Layer.Activate { Item.IsRelu: true } => graph.Node("Relu", [x]),
        Layer.Activate => graph.Node("Tanh", [x]),
        Layer.Normalise normal => graph.Node(
            "LayerNormalization", [x, graph.Constant(normal.Gain, width), graph.Constant(normal.Shift, width)],
            Attribute("axis", -1), Attribute("epsilon", Epsilon)),
        Layer.Standardise standard => Standardise(standard, x, width),
        Layer.AppendTask append => Joined(x, OfTask(append.Numbers, append.Width)),
        Layer.ScaleTask scale => graph.Node(
            "Add", [graph.Node("Mul", [x, OfTask(scale.Scale, 1)]), OfTask(scale.Shift, 1)]),
        Layer.Keep { Count: var count } => Columns(x, 0, count),
        { IsLimit: true } => Limited(x, 1),
        _ => Choice(x, width),
    };

    private string Dense(DenseRows dense, string x)
    {
        var (inputs, units) = (dense.Inputs, dense.Units);
        if (dense.Bias.Length == units)
            return graph.Node(
                "Gemm", [x, graph.Constant(dense.Weight, inputs, units), graph.Constant(dense.Bias, units)]);

        // A product of each row, [batch, 1, inputs], with the weights of its task, [batch, inputs, units].
        var axis = graph.Constant(1);
        var product = graph.Node("MatMul", [graph.Node("Unsqueeze", [x, axis]), OfTask(dense.Weight, inputs, units)]);
        return graph.Node("Add", [graph.Node("Squeeze", [product, axis]), OfTask(dense.Bias, units)]);
    }

    /// <summary>To bfloat16 and back.</summary>
    private string Rounded(string x)
    {
        var rounded = graph.Node("Cast", [x], Attribute("to", (long)Element.BFloat16));
        return graph.Node("Cast", [rounded], Attribute("to", (long)Element.Float));
    }

    private string Standardise(Layer.Standardise standard, string x, int width)
    {
        var scaled = standard.Mean.Length;
        var first = scaled == width ? x : Columns(x, 0, scaled);
        var centred = graph.Node("Sub", [first, graph.Constant(standard.Mean, scaled)]);
        var result = Limited(graph.Node("Div", [centred, graph.Constant(standard.Deviation, scaled)]), standard.Bound);
        return scaled == width ? result : Joined(result, Columns(x, scaled, width));
    }

    /// <summary>1 in the place of the first of the largest.</summary>
    private string Choice(string x, int width)
    {
        var best = graph.Node("ArgMax", [x], Attribute("axis", 1), Attribute("keepdims", 0));
        return graph.Node("OneHot", [best, graph.Constant(width), graph.Constant([0f, 1f], 2)]);
    }

    private string Limited(string x, float bound) =>
        graph.Node("Clip", [x, graph.Constant([-bound]), graph.Constant([bound])]);

    private string Joined(string x, string y) => graph.Node("Concat", [x, y], Attribute("axis", 1));

    private string Columns(string x, int from, int to) =>
        graph.Node("Slice", [x, graph.Constant(from), graph.Constant(to), graph.Constant(1)]);

    /// <summary>The numbers of each row's task, [batch, sizes].</summary>
    private string OfTask(float[] numbers, params long[] sizes) =>
        graph.Node("Gather", [graph.Constant(numbers, [tasks, .. sizes]), task]);
}
