using MtrlFunctional.Networks;
using static MtrlFunctional.Policies.OnnxGraph;
using Layer = MtrlFunctional.Networks.RowLayer;

namespace MtrlFunctional.Policies;

/// <summary>Layers on rows as nodes of an ONNX graph, for a batch of rows of any tasks.</summary>
/// <param name="graph">Receives the nodes.</param>
/// <param name="task">The value with the task of each row, [batch].</param>
internal sealed class OnnxLayers(OnnxGraph graph, string task)
{
    private const float Epsilon = 1e-5f;

    /// <summary>A value of the graph, [batch, width].</summary>
    internal readonly record struct Row(string Value, int Width);

    /// <summary>Appends the nodes of a layer.</summary>
    /// <param name="layer">Valid for the widths (<see cref="RowStepCheck"/>).</param>
    /// <param name="inputs">The rows that it reads.</param>
    /// <returns>Its result.</returns>
    /// <exception cref="MtrlException">It has no form in ONNX.</exception>
    internal Row Append(Layer layer, Row[] inputs) =>
        new(Value(layer, inputs), (int)RowLayerModule.Width(inputs.Select(input => input.Width), layer));

    private string Value(Layer layer, Row[] inputs)
    {
        var (x, width) = inputs[0];
        return layer switch
        {
            Layer.Dense { Item: var dense } => Dense(dense, x),
            Layer.Convolve { Item: var convolution } => Convolution(convolution, x),
            Layer.Activate { Item.IsRelu: true } => graph.Node("Relu", [x]),
            Layer.Activate => graph.Node("Tanh", [x]),
            Layer.Normalise normal => Normalised(normal, x),
            Layer.Standardise standard => Standardised(standard, x, width),
            Layer.AppendTask { Numbers: var numbers } => Joined(x, Expanded(numbers, x)),
            Layer.ScaleTask scale => graph.Node("Add", [graph.Node("Mul", [x, Numbers(scale.Scale)]), Numbers(scale.Shift)]),
            Layer.Blend { Numbers: var numbers } => Product(Expanded(numbers, x), x, numbers.Shape.Head),
            Layer.Orthonormalise { Vectors: var vectors } => Orthonormal(x, vectors, width / vectors),
            Layer.Softmax { Size: var size } =>
                Shaped(graph.Node("Softmax", [Shaped(x, 0, width / size, size)], Attribute("axis", 2)), 0, width),
            Layer.Sum { Weights: var weights } => weights
                .Zip(inputs, (weight, input) => weight == 1 ? input.Value : graph.Node("Mul", [input.Value, graph.Constant([weight])]))
                .Aggregate((sum, term) => graph.Node("Add", [sum, term])),
            { IsJoin: true } => Joined([.. inputs.Select(input => input.Value)]),
            Layer.Product { Inner: var inner } => Product(x, inputs[1].Value, inner),
            Layer.Keep { Count: var count } => Columns(x, 0, count),
            { IsLimit: true } => Limited(x, 1),
            _ => Choice(x, width),
        };
    }

    private string Dense(DenseRows dense, string x)
    {
        if (dense.Weight.Sets == 1 && dense.Bias.Sets == 1)
            return graph.Node("Gemm", [x, Numbers(dense.Weight), Numbers(dense.Bias)]);
        if (dense.Weight.Sets == 1)
            return graph.Node("Add", [graph.Node("MatMul", [x, Numbers(dense.Weight)]), Numbers(dense.Bias)]);

        // A product of each row, [batch, 1, inputs], with the weights of its task, [batch, inputs, units].
        var axis = graph.Constant(1);
        var product = graph.Node("MatMul", [graph.Node("Unsqueeze", [x, axis]), Numbers(dense.Weight)]);
        return graph.Node("Add", [graph.Node("Squeeze", [product, axis]), Numbers(dense.Bias)]);
    }

    private string Convolution(ConvolutionRows layer, string x)
    {
        if (layer.Weight.Sets > 1)
            throw new MtrlException(
                "Policies with convolutions of each task have no form in ONNX. 'mtrl export RUN --weights FILE' writes them as safetensors.");
        var image = Shaped(x, 0, layer.Channels, layer.Side, layer.Side);
        if (layer.Divisor != 1)
            image = graph.Node("Div", [image, graph.Constant([layer.Divisor])]);
        var result = graph.Node(
            "Conv", [image, Numbers(layer.Weight), Numbers(layer.Bias)], Attribute("strides", [layer.Stride, layer.Stride]));
        return graph.Node("Relu", [Shaped(result, 0, layer.Filters * layer.OutputSide * layer.OutputSide)]);
    }

    private string Normalised(Layer.Normalise normal, string x)
    {
        // The operator takes one gain and one shift for all rows.
        var size = normal.Gain.Shape.Head;
        var ones = graph.Constant(Enumerable.Repeat(1f, size).ToArray(), size);
        var centred = graph.Node("LayerNormalization", [x, ones], Attribute("axis", -1), Attribute("epsilon", Epsilon));
        return graph.Node("Add", [graph.Node("Mul", [centred, Numbers(normal.Gain)]), Numbers(normal.Shift)]);
    }

    private string Standardised(Layer.Standardise standard, string x, int width)
    {
        var scaled = standard.Mean.Shape.Head;
        var first = scaled == width ? x : Columns(x, 0, scaled);
        var centred = graph.Node("Sub", [first, Numbers(standard.Mean)]);
        var result = Limited(graph.Node("Div", [centred, Numbers(standard.Deviation)]), standard.Bound);
        return scaled == width ? result : Joined(result, Columns(x, scaled, width));
    }

    /// <summary>Modified Gram–Schmidt, as <see cref="RowFunctions.Orthonormalise"/>.</summary>
    private string Orthonormal(string x, int vectors, int width)
    {
        string Dot(string a, string b) =>
            graph.Node("ReduceSum", [graph.Node("Mul", [a, b]), graph.Constant(1)], Attribute("keepdims", 1));
        var least = graph.Constant([RowFunctions.LeastSquare]);
        string[] v = [.. Enumerable.Range(0, vectors).Select(i => Columns(x, i * width, (i + 1) * width))];
        for (var i = 0; i < vectors; i++)
        {
            var square = Dot(v[i], v[i]);
            var isIndependent = graph.Node("Cast", [graph.Node("Greater", [square, least])], Attribute("to", (long)Element.Float));
            var length = graph.Node("Sqrt", [graph.Node("Max", [square, least])]);
            v[i] = graph.Node("Mul", [v[i], graph.Node("Div", [isIndependent, length])]);
            for (var j = i + 1; j < vectors; j++)
                v[j] = graph.Node("Sub", [v[j], graph.Node("Mul", [v[i], Dot(v[i], v[j])])]);
        }

        return Joined(v);
    }

    /// <summary>The product of two matrices in each row: [n, inner] and [inner, m] to [n, m].</summary>
    private string Product(string a, string b, int inner) => Shaped(
        graph.Node("MatMul", [Shaped(a, 0, -1, inner), Shaped(b, 0, inner, -1)]), 0, -1);

    /// <summary>1 in the place of the first of the largest.</summary>
    private string Choice(string x, int width)
    {
        var best = graph.Node("ArgMax", [x], Attribute("axis", 1), Attribute("keepdims", 0));
        return graph.Node("OneHot", [best, graph.Constant(width), graph.Constant([0f, 1f], 2)]);
    }

    private string Limited(string x, float bound) =>
        graph.Node("Clip", [x, graph.Constant([-bound]), graph.Constant([bound])]);

    private string Joined(params string[] rows) => graph.Node("Concat", rows, Attribute("axis", 1));

    private string Columns(string x, int from, int to) =>
        graph.Node("Slice", [x, graph.Constant(from), graph.Constant(to), graph.Constant(1)]);

    /// <summary>The numbers in another shape; 0: the size as it is, −1: the remaining size.</summary>
    private string Shaped(string x, params long[] shape) => graph.Node("Reshape", [x, graph.Constant(shape)]);

    /// <summary>The numbers of all rows, [sizes]; or those of each row's task, [batch, sizes].</summary>
    private string Numbers(RowNumbers numbers)
    {
        long[] shape = [.. numbers.Shape.Select(size => (long)size)];
        if (numbers.Sets == 1)
            return graph.Constant(numbers.Values, shape);

        // A single number stands for all features of a row.
        long[] sizes = shape.Length == 0 ? [1] : shape;
        return graph.Node("Gather", [graph.Constant(numbers.Values, [numbers.Sets, .. sizes]), task]);
    }

    /// <summary>The numbers, once for each row of a batch.</summary>
    private string Expanded(RowNumbers numbers, string x)
    {
        var value = Numbers(numbers);
        if (numbers.Sets > 1)
            return value;
        var batch = graph.Node("Shape", [x], Attribute("start", 0), Attribute("end", 1));
        var shape = graph.Node("Concat", [batch, graph.Constant(numbers.Shape.Head)], Attribute("axis", 0));
        return graph.Node("Expand", [value, shape]);
    }
}
