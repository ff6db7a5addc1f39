namespace MtrlFunctional.Policies;

/// <summary>What a policy with a memory keeps of the steps of one trial.</summary>
/// <remarks>Used by one thread at a time. The mark of a trial's first step empties it.</remarks>
internal sealed class RowMemory(PolicyData policy)
{
    /// <summary>The state of its recurrent units.</summary>
    internal float[] State { get; } = new float[policy.MemorySize];

    /// <summary>Of the next action, as <see cref="GraphValues.Noise"/>; zeros for a greedy one.</summary>
    internal float[] Noise { get; } = new float[policy.ActionSize];
}
