using MtrlFunctional.Networks;
using Onnx;
using static MtrlFunctional.Policies.OnnxGraph;
using Layer = MtrlFunctional.Networks.RowLayer;

namespace MtrlFunctional.Policies;

/// <summary>Layers on rows as nodes of an ONNX graph, for a batch of rows of any tasks. The numbers of layer i are the constants
/// <c>i.weight</c>, <c>i.bias</c> and so on; constants of each task have a leading dimension of tasks.</summary>
internal sealed class OnnxLayers
{
    private readonly OnnxGraph _graph;
    private readonly string _task;
    private int _layer;
    private string? _state;

    private OnnxLayers(OnnxGraph graph, string task) => (_graph, _task) = (graph, task);

    /// <summary>A value of the graph, [batch, width].</summary>
    private readonly record struct Row(string Value, int Width);

    /// <summary>The nodes and constants of steps on rows.</summary>
    /// <param name="steps">From an observation to an action.</param>
    /// <param name="observation">The value of the observations, [batch, <paramref name="width"/>].</param>
    /// <param name="width">Numbers of an observation.</param>
    /// <param name="task">The value with the task of each row, [batch].</param>
    /// <param name="action">The name of the result.</param>
    /// <returns>The graph, without its inputs; of its outputs those beside the action. With recurrent units it has <see cref="GraphValues.Memory"/> and
    /// <see cref="GraphValues.Noise"/> as inputs, and <see cref="GraphValues.NextMemory"/> as an output.</returns>
    internal static GraphProto Of(IEnumerable<RowStep> steps, string observation, int width, string task, string action)
    {
        var graph = new OnnxGraph("policy");
        var layers = new OnnxLayers(graph, task);
        List<Row> rows = [new(observation, width)];
        foreach (var step in steps)
        {
            rows.Add(layers.Append(step.Layer, [.. step.Back.Select(back => rows[^back])]));
            layers._layer++;
        }

        graph.Name(rows[^1].Value, action);
        if (layers._state is { } state)
            graph.Name(state, GraphValues.NextMemory);
        return graph.Graph;
    }

    private Row Append(Layer layer, Row[] inputs) =>
        new(Value(layer, inputs), RowLayerModule.Width(inputs.Select(input => input.Width), layer));

    private string Value(Layer layer, Row[] inputs)
    {
        var (x, width) = inputs[0];
        return layer switch
        {
            Layer.Dense { Item: var dense } => Dense(dense, x),
            Layer.Convolve { Item: var convolution } => Convolution(convolution, x),
            Layer.Activate { Item.IsRelu: true } => _graph.Node("Relu", [x]),
            Layer.Activate => _graph.Node("Tanh", [x]),
            Layer.Normalise normal => Normalised(normal, x),
            Layer.Standardise standard => Standardised(standard, x, width),
            Layer.AppendTask { Numbers: var numbers } => Joined(x, Expanded("numbers", numbers)),
            Layer.ScaleTask scale =>
                _graph.Node("Add", [_graph.Node("Mul", [x, Numbers("scale", scale.Scale)]), Numbers("shift", scale.Shift)]),
            Layer.Blend { Numbers: var numbers } => Product(Expanded("numbers", numbers), x, numbers.Shape.Head),
            Layer.Orthonormalise { Vectors: var vectors } => Orthonormal(x, vectors, width / vectors),
            Layer.Softmax { Size: var size } =>
                Shaped(_graph.Node("Softmax", [Shaped(x, 0, width / size, size)], Attribute("axis", 2)), 0, width),
            Layer.Sum { Weights: var weights } => weights
                .Select((weight, i) => _graph.Node("Mul", [inputs[i].Value, Constant($"weight_{i}", weight)]))
                .Aggregate((sum, term) => _graph.Node("Add", [sum, term])),
            { IsMultiply: true } => _graph.Node("Mul", [x, inputs[1].Value]),
            Layer.Remember { Item: var gru } => Remembered(gru, x, width),
            Layer.Perturb { Scale: var scale } =>
                _graph.Node("Add", [x, _graph.Node("Mul", [GraphValues.Noise, Numbers("deviation", scale)])]),
            { IsJoin: true } => Joined([.. inputs.Select(input => input.Value)]),
            Layer.Product { Inner: var inner } => Product(x, inputs[1].Value, inner),
            Layer.Keep keep => Columns(x, keep.First, keep.First + keep.Count),
            { IsLimit: true } => Limited(x, 1),
            Layer.Beside { Output: var name } => Beside(x, name, inputs[1]),
            _ => Choice(x, width),
        };
    }

    private string Dense(DenseRows dense, string x)
    {
        var (weight, bias) = (Numbers("weight", dense.Weight), Numbers("bias", dense.Bias));
        return dense.Weight.Sets == 1 && dense.Bias.Sets == 1
            ? _graph.Node("Gemm", [x, weight, bias])
            : _graph.Node("Add", [OfTask(x, weight, dense.Weight), bias]);
    }

    /// <summary>The product of rows and a weight, which each task may have for itself.</summary>
    private string OfTask(string x, string weight, RowNumbers numbers)
    {
        if (numbers.Sets == 1)
            return _graph.Node("MatMul", [x, weight]);

        // A product of each row, [batch, 1, inputs], with the weights of its task, [batch, inputs, units].
        var axis = _graph.Constant(1);
        return _graph.Node("Squeeze", [_graph.Node("MatMul", [_graph.Node("Unsqueeze", [x, axis]), weight]), axis]);
    }

    /// <summary>The state after a row: h' = h + z (n − h), with h = 0 where the mark is 1 (`Gru`).</summary>
    private string Remembered(GruRows gru, string x, int width)
    {
        var (units, mark) = (gru.Units, width - 1);
        var keep = _graph.Node("Sub", [Constant("one", 1), Columns(x, mark, width)]);
        var before = _graph.Node("Mul", [GraphValues.Memory, keep]);
        var input = Dense(gru.Input, Columns(x, 0, mark));
        var state = OfTask(before, Numbers("state", gru.State), gru.State);
        string Gate(int gate, string rows) => Columns(rows, gate * units, (gate + 1) * units);
        string Sigmoid(int gate) => _graph.Node("Sigmoid", [_graph.Node("Add", [Gate(gate, input), Gate(gate, state)])]);
        var reset = _graph.Node("Mul", [Sigmoid(0), _graph.Node("Add", [Gate(2, state), Numbers("state_bias", gru.Bias)])]);
        var candidate = _graph.Node("Tanh", [_graph.Node("Add", [Gate(2, input), reset])]);
        var change = _graph.Node("Mul", [Sigmoid(1), _graph.Node("Sub", [candidate, before])]);
        return _state = _graph.Node("Add", [before, change]);
    }

    private string Convolution(ConvolutionRows layer, string x)
    {
        var image = Shaped(x, 0, layer.Channels, layer.Side, layer.Side);
        if (layer.Divisor != 1)
            image = _graph.Node("Div", [image, Constant("divisor", layer.Divisor)]);
        var (weight, bias) = (Numbers("weight", layer.Weight), Numbers("bias", layer.Bias));
        var result = layer.Weight.Sets == 1
            ? _graph.Node("Conv", [image, weight, bias], Attribute("strides", [layer.Stride, layer.Stride]))
            : ConvolutionOfTasks(layer, image, weight, bias);
        return _graph.Node("Relu", [Shaped(result, 0, layer.Filters * layer.OutputSide * layer.OutputSide)]);
    }

    /// <summary>A product of the filters of each row's task, [batch, filters, channels · k²], with the pixels that an entry of a
    /// filter meets, [batch, channels · k², positions]: the operator takes one set of filters for all rows.</summary>
    private string ConvolutionOfTasks(ConvolutionRows layer, string image, string weight, string bias)
    {
        var (size, stride) = (layer.Size, layer.Stride);
        var reach = ((layer.OutputSide - 1) * stride) + 1;
        var steps = _graph.Constant(stride, stride);
        var axes = _graph.Constant(2, 3);
        var entry = _graph.Constant(2);
        var pixels = from row in Enumerable.Range(0, size)
                     from column in Enumerable.Range(0, size)
                     let begin = _graph.Constant(row, column)
                     let end = _graph.Constant(row + reach, column + reach)
                     select _graph.Node("Unsqueeze", [_graph.Node("Slice", [image, begin, end, axes, steps]), entry]);
        var met = _graph.Node("Concat", [.. pixels], Attribute("axis", 2));
        var entries = layer.Channels * size * size;
        var products = _graph.Node(
            "MatMul", [Shaped(weight, 0, layer.Filters, entries), Shaped(met, 0, entries, layer.OutputSide * layer.OutputSide)]);
        return _graph.Node("Add", [products, _graph.Node("Unsqueeze", [bias, entry])]);
    }

    private string Normalised(Layer.Normalise normal, string x)
    {
        // The operator takes one gain and one shift for all rows.
        var size = normal.Gain.Shape.Head;
        var ones = _graph.Constant(Named("ones"), Enumerable.Repeat(1f, size).ToArray(), size);
        var centred = _graph.Node("LayerNormalization", [x, ones], Attribute("axis", -1), Attribute("epsilon", (float)LayerNorm.Epsilon));
        return _graph.Node("Add", [_graph.Node("Mul", [centred, Numbers("gain", normal.Gain)]), Numbers("shift", normal.Shift)]);
    }

    private string Standardised(Layer.Standardise standard, string x, int width)
    {
        var scaled = standard.Mean.Shape.Head;
        var first = scaled == width ? x : Columns(x, 0, scaled);
        var centred = _graph.Node("Sub", [first, Numbers(Moments.Mean, standard.Mean)]);
        var result = Limited(_graph.Node("Div", [centred, Numbers(Moments.Deviation, standard.Deviation)]), standard.Bound);
        return scaled == width ? result : Joined(result, Columns(x, scaled, width));
    }

    /// <summary>Modified Gram–Schmidt; vectors that depend on those before them become 0.</summary>
    private string Orthonormal(string x, int vectors, int width)
    {
        string Dot(string a, string b) =>
            _graph.Node("ReduceSum", [_graph.Node("Mul", [a, b]), _graph.Constant(1)], Attribute("keepdims", 1));
        var least = Constant("least", (float)Orthogonal.LeastSquare);
        string[] v = [.. Enumerable.Range(0, vectors).Select(i => Columns(x, i * width, (i + 1) * width))];
        for (var i = 0; i < vectors; i++)
        {
            var square = Dot(v[i], v[i]);
            var isIndependent = _graph.Node(
                "Cast", [_graph.Node("Greater", [square, least])], Attribute("to", (long)TensorProto.Types.DataType.Float));
            var length = _graph.Node("Sqrt", [_graph.Node("Max", [square, least])]);
            v[i] = _graph.Node("Mul", [v[i], _graph.Node("Div", [isIndependent, length])]);
            for (var j = i + 1; j < vectors; j++)
                v[j] = _graph.Node("Sub", [v[j], _graph.Node("Mul", [v[i], Dot(v[i], v[j])])]);
        }

        return Joined(v);
    }

    /// <summary>The product of two matrices in each row: [n, inner] and [inner, m] to [n, m].</summary>
    private string Product(string a, string b, int inner) => Shaped(
        _graph.Node("MatMul", [Shaped(a, 0, -1, inner), Shaped(b, 0, inner, -1)]), 0, -1);

    /// <summary>1 in the place of the first of the largest.</summary>
    private string Choice(string x, int width)
    {
        var best = _graph.Node("ArgMax", [x], Attribute("axis", 1), Attribute("keepdims", 0));
        return _graph.Node("OneHot", [best, _graph.Constant(width), _graph.Constant(Named("off_on"), [0f, 1f], 2)]);
    }

    /// <summary>The row; another one becomes an output.</summary>
    private string Beside(string x, string name, Row other)
    {
        _graph.Name(other.Value, name);
        _graph.Graph.Output.Add(Rows(name, other.Width));
        return x;
    }

    private string Limited(string x, float bound)
    {
        var largest = Constant(Moments.Bound, bound);
        return _graph.Node("Clip", [x, _graph.Node("Neg", [largest]), largest]);
    }

    private string Joined(params string[] rows) => _graph.Node("Concat", rows, Attribute("axis", 1));

    private string Columns(string x, int from, int to) =>
        _graph.Node("Slice", [x, _graph.Constant(from), _graph.Constant(to), _graph.Constant(1)]);

    /// <summary>The numbers in another shape; 0: the size as it is, −1: the remaining size.</summary>
    private string Shaped(string x, params long[] shape) => _graph.Node("Reshape", [x, _graph.Constant(shape)]);

    /// <summary>The numbers that all rows share, [sizes]; or numbers of each row's task, [batch, sizes].</summary>
    private string Numbers(string name, RowNumbers numbers)
    {
        long[] shape = [.. numbers.Shape.Select(size => (long)size)];
        if (numbers.Sets == 1)
            return _graph.Constant(Named(name), numbers.Values, shape);

        // A single number stands for all features of a row.
        long[] sizes = shape.Length == 0 ? [1] : shape;
        var set = numbers.SetOf.IsEmpty ? _task : _graph.Node("Gather", [_graph.Constant([.. numbers.SetOf.Select(one => (long)one)]), _task]);
        return _graph.Node("Gather", [_graph.Constant(Named(name), numbers.Values, [numbers.Sets, .. sizes]), set]);
    }

    /// <summary>The numbers, once for each row of a batch, also where tasks share them.</summary>
    private string Expanded(string name, RowNumbers numbers) => numbers.Sets > 1
        ? Numbers(name, numbers)
        : _graph.Node(
            "Gather",
            [
                _graph.Constant(Named(name), numbers.Values, [1, .. numbers.Shape.Select(size => (long)size)]),
                _graph.Node("Sub", [_task, _task]),
            ]);

    private string Constant(string name, float number) => _graph.Constant(Named(name), [number]);

    private string Named(string name) => string.Create(CultureInfo.InvariantCulture, $"{_layer}.{name}");
}
