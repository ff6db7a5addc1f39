using Google.Protobuf;
using Onnx;
using AttributeType = Onnx.AttributeProto.Types.AttributeType;
using ElementType = Onnx.TensorProto.Types.DataType;

namespace MtrlFunctional.Policies;

/// <summary>A graph of ONNX under construction. Inputs, constants and results of nodes have names.</summary>
internal sealed class OnnxGraph(string name)
{
    internal GraphProto Graph { get; } = new() { Name = name };

    /// <summary>A node with one result.</summary>
    internal string Node(string operation, string[] inputs, params AttributeProto[] attributes) =>
        AddNode(operation, inputs, Unique(operation.ToLowerInvariant(), Graph.Node.Count), attributes);

    internal void Name(string value, string output) => AddNode("Identity", [value], output, []);

    /// <summary>A constant, row-major; without a shape a single number.</summary>
    internal string Constant(string name, ReadOnlySpan<float> numbers, params long[] shape) =>
        Constant(name, ElementType.Float, MemoryMarshal.AsBytes(numbers), shape);

    internal string Constant(params long[] numbers) => Constant(
        Unique("constant", Graph.Initializer.Count), ElementType.Int64, MemoryMarshal.AsBytes(numbers.AsSpan()), [numbers.Length]);

    internal static AttributeProto Attribute(string name, long number) => new() { Name = name, Type = AttributeType.Int, I = number };

    internal static AttributeProto Attribute(string name, float number) => new() { Name = name, Type = AttributeType.Float, F = number };

    internal static AttributeProto Attribute(string name, long[] numbers) =>
        new() { Name = name, Type = AttributeType.Ints, Ints = { numbers } };

    /// <summary>The type of an input or output of floats, [batch, width].</summary>
    internal static ValueInfoProto Rows(string name, int width) => Value(name, ElementType.Float, Batch, new() { DimValue = width });

    /// <summary>The type of an input of whole numbers, [batch].</summary>
    internal static ValueInfoProto Indices(string name) => Value(name, ElementType.Int64, Batch);

    private static TensorShapeProto.Types.Dimension Batch => new() { DimParam = "batch" };

    private static ValueInfoProto Value(string name, ElementType element, params TensorShapeProto.Types.Dimension[] sizes) => new()
    {
        Name = name,
        Type = new() { TensorType = new() { ElemType = (int)element, Shape = new() { Dim = { sizes } } } },
    };

    private static string Unique(string name, int index) => string.Create(CultureInfo.InvariantCulture, $"{name}_{index}");

    private string AddNode(string operation, string[] inputs, string result, AttributeProto[] attributes)
    {
        Graph.Node.Add(new NodeProto { OpType = operation, Name = result, Input = { inputs }, Output = { result }, Attribute = { attributes } });
        return result;
    }

    private string Constant(string name, ElementType element, ReadOnlySpan<byte> bytes, long[] shape)
    {
        Graph.Initializer.Add(
            new TensorProto { Name = name, DataType = (int)element, Dims = { shape }, RawData = ByteString.CopyFrom(bytes) });
        return name;
    }
}
