namespace MtrlFunctional.Policies;

/// <summary>What an ONNX file says about itself, and whether its graph is one of a policy: read before ONNX Runtime gets it.</summary>
/// <remarks>Numbers of fields are as in <c>onnx.proto</c>.</remarks>
internal static class OnnxFile
{
    /// <summary>Operators of the library's graphs: none repeats a part of a graph, or reads another file.</summary>
    private static readonly HashSet<string> _operators =
    [
        "Add", "ArgMax", "Cast", "Clip", "Concat", "Conv", "Div", "Gather", "Gemm", "Greater", "Identity", "LayerNormalization", "MatMul",
        "Max", "Mul", "Neg", "OneHot", "ReduceSum", "Relu", "Reshape", "Sigmoid", "Slice", "Softmax", "Sqrt", "Squeeze", "Sub", "Tanh", "Unsqueeze",
    ];

    /// <summary>Texts of the metadata, and what is in no policy; null: nothing.</summary>
    internal static (IReadOnlyDictionary<string, string> Metadata, string? Fault) Read(ReadOnlySpan<byte> model)
    {
        var metadata = new Dictionary<string, string>();
        var (hasGraph, fault) = (false, (string?)null);
        var before = 0; // bytes before a field
        for (var field = new ProtobufFields(model); field.Next(); before = model.Length - field.Left)
            switch (field.Number)
            {
                case 7: // graph
                    hasGraph = true;
                    fault ??= FaultOfGraph(field.Content);
                    break;
                case 14: // metadata_props
                    var (key, value) = Entry(field.Content);
                    metadata.TryAdd(key, value);
                    if (key == ContentHash.Key && (field.Left > 0 || value != ContentHash.Of(model[..before])))
                        throw new FormatException("it was changed after it was written: its SHA-256 differs");
                    break;
                case 25: // functions
                    fault ??= "has operators of its own, which are in no policy";
                    break;
            }

        return hasGraph ? (metadata, fault) : throw new FormatException("it has no graph");
    }

    private static (string Key, string Value) Entry(ReadOnlySpan<byte> entry)
    {
        var (key, value) = ("", "");
        for (var field = new ProtobufFields(entry); field.Next();)
            if (field.Number == 1)
                key = field.Text;
            else if (field.Number == 2)
                value = field.Text;
        return (key, value);
    }

    private static string? FaultOfGraph(ReadOnlySpan<byte> graph)
    {
        var fault = (string?)null;
        for (var field = new ProtobufFields(graph); field.Next();)
            fault ??= field.Number switch
            {
                1 => FaultOfNode(field.Content), // node
                5 => FaultOfConstant(field.Content), // initializer
                15 => "has sparse constants, which are in no policy", // sparse_initializer
                _ => null,
            };
        return fault;
    }

    private static string? FaultOfNode(ReadOnlySpan<byte> node)
    {
        var fault = (string?)null;
        for (var field = new ProtobufFields(node); field.Next();)
            if ((field.Number == 4 && !_operators.Contains(field.Text)) // op_type
                || (field.Number == 7 && !field.Content.IsEmpty)) // domain
                fault ??= $"has the operator '{field.Text}', which is in no policy; there are {string.Join(", ", _operators)}";
        return fault;
    }

    private static string? FaultOfConstant(ReadOnlySpan<byte> constant)
    {
        var fault = (string?)null;
        for (var field = new ProtobufFields(constant); field.Next();)
            if (field.Number == 14 && field.Whole != 0) // data_location
                fault ??= "has constants in another file";
        return fault;
    }
}
