using Microsoft.ML.OnnxRuntime;

namespace MtrlFunctional.Policies;

/// <summary>Compares the inputs and outputs of a graph with what the metadata of its file say.</summary>
internal static class SessionSizes
{
    /// <summary>What differs; null: nothing.</summary>
    internal static string? Fault(InferenceSession session, PolicyData policy)
    {
        var hasMemory = policy.MemorySize > 0;
        return Fault(session.InputMetadata, GraphValues.Observation, Rows(policy.ObservationSize))
            ?? Fault(session.InputMetadata, GraphValues.Task, "int64 [batch]")
            ?? (hasMemory ? Fault(session.InputMetadata, GraphValues.Memory, Rows(policy.MemorySize)) : null)
            ?? (hasMemory ? Fault(session.InputMetadata, GraphValues.Noise, Rows(policy.ActionSize)) : null)
            ?? Fault(session.OutputMetadata, GraphValues.Action, Rows(policy.ActionSize))
            ?? (hasMemory ? Fault(session.OutputMetadata, GraphValues.NextMemory, Rows(policy.MemorySize)) : null);
    }

    private static string? Fault(IReadOnlyDictionary<string, NodeMetadata> values, string name, string needed) =>
        !values.TryGetValue(name, out var value) ? $"has no '{name}' {needed}"
        : Sizes(value) is var found && found != needed ? $"its '{name}' is {found}, where its metadata say {needed}"
        : null;

    private static string Rows(int width) => $"float [batch, {width}]";

    private static string Sizes(NodeMetadata value)
    {
        var sizes = value.Dimensions.Zip(value.SymbolicDimensions, (size, symbol) => symbol.Length > 0 ? symbol : $"{size}");
        return $"{value.ElementDataType.ToString().ToLowerInvariant()} [{string.Join(", ", sizes)}]";
    }
}
