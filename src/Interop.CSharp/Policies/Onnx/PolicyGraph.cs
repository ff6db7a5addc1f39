using MtrlFunctional.Networks;
using Onnx;
using ElementType = Onnx.TensorProto.Types.DataType;

namespace MtrlFunctional.Policies;

/// <summary>Policies as graphs of ONNX: <c>observation</c> [batch, numbers] and <c>task</c> [batch] to <c>action</c> [batch, numbers],
/// with the scaling of observations inside. With a memory also <c>memory</c> [batch, units] to <c>next_memory</c>, and <c>noise</c>
/// [batch, numbers of an action], which is zero for a greedy action.</summary>
internal static class PolicyGraph
{
    /// <summary>The input of observations, float32.</summary>
    internal const string Observation = "observation";

    /// <summary>The input of tasks, int64.</summary>
    internal const string Task = "task";

    /// <summary>The output, float32.</summary>
    internal const string Action = "action";

    /// <summary>The input of what recurrent units have kept of the rows before, float32.</summary>
    internal const string Memory = "memory";

    /// <summary>The output of what they keep, float32.</summary>
    internal const string NextMemory = "next_memory";

    /// <summary>The input of noise, float32: normal numbers, which are added in units of σ; or Gumbel numbers, which are added to
    /// log-probabilities of choices.</summary>
    internal const string Noise = "noise";

    /// <summary>Those of <see cref="OnnxLayers"/>: none that repeats a part of a graph, or reads another file.</summary>
    private static readonly HashSet<string> _operators =
    [
        "Add", "ArgMax", "Cast", "Clip", "Concat", "Conv", "Div", "Gather", "Gemm", "Greater", "Identity", "LayerNormalization", "MatMul",
        "Max", "Mul", "Neg", "OneHot", "ReduceSum", "Relu", "Reshape", "Sigmoid", "Slice", "Softmax", "Sqrt", "Squeeze", "Sub", "Tanh", "Unsqueeze",
    ];

    /// <summary>The graph of steps on rows.</summary>
    /// <param name="steps">From an observation to an action.</param>
    /// <param name="observations">Numbers of an observation.</param>
    /// <param name="actions">Numbers of an action.</param>
    internal static GraphProto Of(IReadOnlyCollection<RowStep> steps, int observations, int actions)
    {
        var graph = OnnxLayers.Of(steps, Observation, observations, Task, Action);
        var memory = MemoryOf(steps);
        graph.Input.Add(Inputs(observations, actions, memory));
        graph.Output.Add(Outputs(actions, memory));
        return graph;
    }

    /// <summary>Recurrent units of steps; 0: none.</summary>
    internal static int MemoryOf(IEnumerable<RowStep> steps) =>
        steps.Select(step => step.Layer).OfType<RowLayer.Remember>().SingleOrDefault()?.Item.Units ?? 0;

    private static IEnumerable<ValueInfoProto> Inputs(int observations, int actions, int memory) =>
    [
        OnnxGraph.Rows(Observation, observations), OnnxGraph.Indices(Task),
        .. memory > 0 ? [OnnxGraph.Rows(Memory, memory), OnnxGraph.Rows(Noise, actions)] : Array.Empty<ValueInfoProto>(),
    ];

    private static IEnumerable<ValueInfoProto> Outputs(int actions, int memory) =>
        [OnnxGraph.Rows(Action, actions), .. memory > 0 ? [OnnxGraph.Rows(NextMemory, memory)] : Array.Empty<ValueInfoProto>()];

    /// <summary>What differs from the graph of a policy with these sizes; null: nothing.</summary>
    internal static string? Fault(GraphProto graph, int observations, int actions, int memory) =>
        graph.Node.FirstOrDefault(node => node.Domain.Length > 0 || !_operators.Contains(node.OpType)) is { } other
            ? $"has the operator '{other.OpType}', which is in no policy; there are {string.Join(", ", _operators)}"
        : graph.Initializer.Any(constant => constant.DataLocation == TensorProto.Types.DataLocation.External)
            ? "has constants in another file"
        : Inputs(observations, actions, memory).Select(input => Fault(graph.Input, input))
            .Concat(Outputs(actions, memory).Select(output => Fault(graph.Output, output)))
            .FirstOrDefault(fault => fault is not null);

    /// <summary>Whether actions depend on the task: constants of each task are gathered.</summary>
    internal static bool ReadsTask(GraphProto graph) => graph.Node.Any(node => node.OpType == "Gather" && node.Input.Contains(Task));

    /// <summary>The numbers of a constant of floats.</summary>
    internal static float[] Floats(TensorProto constant) => MemoryMarshal.Cast<byte, float>(constant.RawData.Span).ToArray();

    private static string? Fault(IEnumerable<ValueInfoProto> values, ValueInfoProto needed)
    {
        var sizes = Sizes(needed);
        return values.FirstOrDefault(value => value.Name == needed.Name) is not { } found
            ? $"has no '{needed.Name}' {sizes}"
            : Sizes(found) != sizes ? $"its '{needed.Name}' is {Sizes(found)}, where its metadata say {sizes}" : null;
    }

    private static string Sizes(ValueInfoProto value)
    {
        var tensor = value.Type?.TensorType;
        var sizes = tensor?.Shape?.Dim.Select(size => size.DimParam.Length > 0 ? size.DimParam : $"{size.DimValue}") ?? [];
        return $"{((ElementType)(tensor?.ElemType ?? 0)).ToString().ToLowerInvariant()} [{string.Join(", ", sizes)}]";
    }
}
