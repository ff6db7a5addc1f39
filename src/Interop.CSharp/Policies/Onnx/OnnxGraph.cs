using System.Globalization;
using System.Runtime.InteropServices;

namespace MtrlFunctional.Policies;

/// <summary>A graph of ONNX under construction. Values have names: those of inputs, constants and results of nodes.</summary>
/// <remarks>Field numbers are those of onnx.proto3, https://github.com/onnx/onnx, at version 8 of the format.</remarks>
internal sealed class OnnxGraph
{
    private const int FormatVersion = 8;
    private const int OperatorSet = 17;
    private const int AttributeFloat = 1;
    private const int AttributeInteger = 2;
    private const int AttributeIntegers = 7;
    private readonly List<ProtobufMessage> _nodes = [];
    private readonly List<ProtobufMessage> _constants = [];

    /// <summary>Element types of tensors.</summary>
    internal enum Element
    {
        /// <summary>Four bytes.</summary>
        Float = 1,

        /// <summary>Eight bytes.</summary>
        Int64 = 7,
    }

    /// <summary>A node with one result.</summary>
    /// <param name="operation">An operator of ONNX, such as "Gemm".</param>
    /// <param name="inputs">Values.</param>
    /// <param name="attributes">Of <see cref="Attribute(string, long)"/> and its overloads.</param>
    /// <returns>The result.</returns>
    internal string Node(string operation, string[] inputs, params ProtobufMessage[] attributes)
    {
        var result = $"{operation.ToLowerInvariant()}_{_nodes.Count.ToString(CultureInfo.InvariantCulture)}";
        AddNode(operation, inputs, result, attributes);
        return result;
    }

    /// <summary>Gives a value another name: that of an output.</summary>
    internal void Name(string value, string output) => AddNode("Identity", [value], output, []);

    /// <summary>A constant.</summary>
    /// <param name="numbers">Row-major.</param>
    /// <param name="shape">None: a single number.</param>
    /// <returns>The value.</returns>
    internal string Constant(ReadOnlySpan<float> numbers, params long[] shape) =>
        Constant(Element.Float, MemoryMarshal.AsBytes(numbers), shape);

    /// <summary>A constant vector of whole numbers.</summary>
    /// <returns>The value.</returns>
    internal string Constant(params long[] numbers) =>
        Constant(Element.Int64, MemoryMarshal.AsBytes(numbers.AsSpan()), [numbers.Length]);

    /// <summary>An attribute of a node.</summary>
    internal static ProtobufMessage Attribute(string name, long number) =>
        new ProtobufMessage().Add(1, name).Add(3, number).Add(20, AttributeInteger);

    /// <summary>An attribute of a node.</summary>
    internal static ProtobufMessage Attribute(string name, float number) =>
        new ProtobufMessage().Add(1, name).Add(2, number).Add(20, AttributeFloat);

    /// <summary>An attribute of a node.</summary>
    internal static ProtobufMessage Attribute(string name, long[] numbers)
    {
        var attribute = new ProtobufMessage().Add(1, name);
        foreach (var number in numbers)
            attribute.Add(8, number);
        return attribute.Add(20, AttributeIntegers);
    }

    /// <summary>The type of an input or output whose first dimension is the batch.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="element">Its element type.</param>
    /// <param name="width">The second dimension; null: there is none.</param>
    internal static ProtobufMessage Rows(string name, Element element, int? width)
    {
        var shape = new ProtobufMessage().Add(1, new ProtobufMessage().Add(2, "batch"));
        if (width is { } numbers)
            shape.Add(1, new ProtobufMessage().Add(1, numbers));
        var tensor = new ProtobufMessage().Add(1, (long)element).Add(2, shape);
        return new ProtobufMessage().Add(1, name).Add(2, new ProtobufMessage().Add(1, tensor));
    }

    /// <summary>The model with this graph.</summary>
    /// <param name="name">Of the graph.</param>
    /// <param name="inputs">Of <see cref="Rows"/>.</param>
    /// <param name="outputs">Of <see cref="Rows"/>.</param>
    /// <param name="metadata">Texts about the model.</param>
    internal ProtobufMessage Model(
        string name, ProtobufMessage[] inputs, ProtobufMessage[] outputs, IReadOnlyDictionary<string, string> metadata)
    {
        var graph = new ProtobufMessage()
            .AddEach(1, _nodes, node => node)
            .Add(2, name)
            .AddEach(5, _constants, constant => constant)
            .AddEach(11, inputs, input => input)
            .AddEach(12, outputs, output => output);
        return new ProtobufMessage()
            .Add(1, FormatVersion)
            .Add(2, "mtrl")
            .Add(7, graph)
            .Add(8, new ProtobufMessage().Add(1, "").Add(2, OperatorSet))
            .AddEach(14, metadata, text => new ProtobufMessage().Add(1, text.Key).Add(2, text.Value));
    }

    private void AddNode(string operation, string[] inputs, string result, ProtobufMessage[] attributes)
    {
        var node = new ProtobufMessage();
        foreach (var input in inputs)
            node.Add(1, input);
        _nodes.Add(node.Add(2, result).Add(3, result).Add(4, operation).AddEach(5, attributes, attribute => attribute));
    }

    private string Constant(Element element, ReadOnlySpan<byte> bytes, long[] shape)
    {
        var name = $"constant_{_constants.Count.ToString(CultureInfo.InvariantCulture)}";
        var tensor = new ProtobufMessage();
        foreach (var size in shape)
            tensor.Add(1, size);
        _constants.Add(tensor.Add(2, (long)element).Add(8, name).Add(9, bytes));
        return name;
    }
}
