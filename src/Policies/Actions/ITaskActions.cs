namespace MtrlFunctional.Policies;

/// <summary>Computes greedy actions, a task at a time.</summary>
/// <remarks>The caller disposes it when no thread acts any more. Threads may share it.</remarks>
internal interface ITaskActions : IDisposable
{
    /// <summary>The action of one task.</summary>
    /// <param name="observation">The first numbers of a row; the others are 0.</param>
    /// <param name="task">Its index.</param>
    /// <param name="action">Filled with the first numbers of a row.</param>
    /// <param name="memory">What the policy keeps from step to step, changed; null: it keeps nothing.</param>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    void Act(ReadOnlySpan<float> observation, int task, Span<float> action, RowMemory? memory = null);
}
