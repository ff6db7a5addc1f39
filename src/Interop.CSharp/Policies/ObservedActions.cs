using System.Buffers;

namespace MtrlFunctional.Policies;

/// <summary>Actions for observations as environments hold them.</summary>
internal static class ObservedActions
{
    /// <summary>The action of one task; pixels of a frame become numbers.</summary>
    /// <inheritdoc cref="ITaskActions.Act"/>
    internal static void Act(
        this ITaskActions actions, ObservationRows observation, int task, Span<float> action, RowMemory? memory = null)
    {
        if (!observation.IsBytes)
        {
            actions.Act(MemoryMarshal.Cast<byte, float>(observation.Memory), task, action, memory);
            return;
        }

        var rented = ArrayPool<float>.Shared.Rent(observation.Length);
        var numbers = rented.AsSpan(0, observation.Length);
        observation.CopyTo(numbers);
        actions.Act(numbers, task, action, memory);
        ArrayPool<float>.Shared.Return(rented);
    }
}
