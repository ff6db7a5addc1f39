using MtrlFunctional.Environments;
using MtrlFunctional.Policies;

namespace MtrlFunctional.Training;

/// <summary>A policy of a file, for evaluation.</summary>
/// <param name="actions">Disposed with it.</param>
/// <param name="tasks">The task of the policy for each evaluated one.</param>
internal sealed class FilePolicy(ITaskActions actions, IReadOnlyList<int> tasks) : IRowwisePolicy
{
    /// <inheritdoc/>
    public int Rows => tasks.Count;

    /// <inheritdoc/>
    public void ActInRow(int row, ObservationRows observation, Span<float> action) => actions.Act(observation, tasks[row], action);

    /// <inheritdoc/>
    public void Dispose() => actions.Dispose();
}
