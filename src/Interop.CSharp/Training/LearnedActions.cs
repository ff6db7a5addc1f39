using MtrlFunctional.Policies;

namespace MtrlFunctional.Training;

/// <summary>Actions of networks in libtorch, which take a row of each task. What holds the policy is disposed with it; null: it
/// is somebody else's.</summary>
/// <remarks>Threads may share it: one acts at a time.</remarks>
internal sealed class LearnedActions(IGreedyPolicy policy, IDisposable? owned, PolicyData data) : ITaskActions
{
    private readonly Lock _turn = new();
    private readonly float[] _observations = new float[data.Tasks.Count * data.ObservationSize];
    private readonly float[] _actions = new float[data.Tasks.Count * data.ActionSize];
    private bool _isDisposed;

    public void Act(ReadOnlySpan<float> observation, int task, Span<float> action, RowMemory? memory = null)
    {
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(Policy));
            var row = _observations.AsSpan(task * data.ObservationSize, data.ObservationSize);
            observation.CopyTo(row);
            row[observation.Length..].Clear();
            policy.ActGreedily(_observations, _actions);
            _actions.AsSpan(task * data.ActionSize, action.Length).CopyTo(action);
        }
    }

    public void Dispose()
    {
        lock (_turn)
        {
            _isDisposed = true;
            owned?.Dispose();
        }
    }
}
