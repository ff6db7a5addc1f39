using MtrlFunctional.Networks;
using Onnx;

namespace MtrlFunctional.Policies;

/// <summary>Policies as graphs of ONNX: <c>observation</c> [batch, numbers] and <c>task</c> [batch] to <c>action</c> [batch, numbers],
/// with the scaling of observations inside. With a memory also <c>memory</c> [batch, units] to <c>next_memory</c>, and <c>noise</c>
/// [batch, numbers of an action], which is zero for a greedy action. Beside the action there may be <c>log_std</c> [batch, numbers] and <c>value</c> [batch, 1].</summary>
internal static class PolicyGraph
{
    internal static GraphProto Of(IReadOnlyCollection<RowStep> steps, int observations, int actions)
    {
        var graph = OnnxLayers.Of(steps, GraphValues.Observation, observations, GraphValues.Task, GraphValues.Action);
        var memory = MemoryOf(steps);
        graph.Input.Add(Inputs(observations, actions, memory));
        foreach (var (place, output) in Outputs(actions, memory).Index())
            graph.Output.Insert(place, output);
        return graph;
    }

    /// <summary>Recurrent units of steps; 0: none.</summary>
    internal static int MemoryOf(IEnumerable<RowStep> steps) =>
        steps.Select(step => step.Layer).OfType<RowLayer.Remember>().SingleOrDefault()?.Item.Units ?? 0;

    private static IEnumerable<ValueInfoProto> Inputs(int observations, int actions, int memory) =>
    [
        OnnxGraph.Rows(GraphValues.Observation, observations), OnnxGraph.Indices(GraphValues.Task),
        .. memory > 0 ? [OnnxGraph.Rows(GraphValues.Memory, memory), OnnxGraph.Rows(GraphValues.Noise, actions)] : Array.Empty<ValueInfoProto>(),
    ];

    private static IEnumerable<ValueInfoProto> Outputs(int actions, int memory) =>
        [OnnxGraph.Rows(GraphValues.Action, actions), .. memory > 0 ? [OnnxGraph.Rows(GraphValues.NextMemory, memory)] : Array.Empty<ValueInfoProto>()];

    /// <summary>Whether actions depend on the task: constants of each task are gathered.</summary>
    internal static bool ReadsTask(GraphProto graph)
    {
        // Values beside the action may read the task where it does not.
        HashSet<string> needed = [GraphValues.Action, GraphValues.NextMemory];
        foreach (var node in graph.Node.Reverse().Where(node => node.Output.Any(needed.Contains)))
        {
            if (node.OpType == "Gather" && node.Input.Contains(GraphValues.Task))
                return true;
            needed.UnionWith(node.Input);
        }

        return false;
    }

    /// <summary>The numbers of a constant of floats.</summary>
    internal static float[] Floats(TensorProto constant) => MemoryMarshal.Cast<byte, float>(constant.RawData.Span).ToArray();
}
