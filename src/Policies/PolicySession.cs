namespace MtrlFunctional.Policies;

/// <summary>Actions of a policy in one task, step after step (<see cref="TrainedPolicy.Start"/>). A policy with a memory observes a trial:
/// its actions, their rewards and the ends of episodes.</summary>
/// <remarks>Not thread-safe: each thread, and each robot, has a session of its own. A call allocates nothing.</remarks>
/// <example>
/// <code>
/// var session = policy.Start("door-open");
/// session.Act(observation, action);
/// // … a step of the environment …
/// session.Observe(reward, ended);
/// </code>
/// </example>
public sealed class PolicySession
{
    /// <summary>Numbers of a row behind the last action: its reward, whether it ended an episode, whether the trial begins.</summary>
    internal const int TrialMarks = 3;

    private readonly TrainedPolicy _policy;
    private readonly ITaskActions _actions;
    private readonly RowMemory? _memory;
    private readonly float[] _row;
    private bool _awaitsReward;

    internal PolicySession(TrainedPolicy policy, PolicyData data, ITaskActions actions, int task)
    {
        (_policy, _actions, Task) = (policy, actions, task);
        (_memory, _row) = policy.HasMemory ? (new RowMemory(data), new float[data.ObservationSize]) : (null, []);
        Restart();
    }

    /// <summary>Index of the task in <see cref="TrainedPolicy.Tasks"/>.</summary>
    public int Task { get; }

    /// <summary>The greedy action.</summary>
    /// <param name="observation">[<see cref="TrainedPolicy.ObservationSize"/>], as the environment gives it.</param>
    /// <param name="action">[<see cref="TrainedPolicy.ActionSize"/>], filled; each in [−1, 1].</param>
    /// <exception cref="ArgumentException">A length differs, or a number is not finite.</exception>
    /// <exception cref="InvalidOperationException">The policy has a memory, and was not told the reward of its last action.</exception>
    public void Act(ReadOnlySpan<float> observation, Span<float> action)
    {
        if (_memory is null)
        {
            _policy.Act(observation, Task, action);
            return;
        }

        TrainedPolicy.Check(observation.Length, _policy.ObservationSize, nameof(observation));
        TrainedPolicy.Check(action.Length, _policy.ActionSize, nameof(action));
        if (_awaitsReward)
            throw new InvalidOperationException(
                "This policy observes its rewards: call Observe(reward, ended) after each step, or Restart() before a new trial.");
        TrainedPolicy.RequireFinite(observation, nameof(observation));
        observation.CopyTo(_row);
        _actions.Act(_row, Task, action, _memory);
        var columns = Columns;
        columns.Clear();
        action.CopyTo(columns);
        _awaitsReward = true;
    }

    /// <summary>The greedy action for an observation in double precision.</summary>
    /// <param name="observation">As in <see cref="Act(ReadOnlySpan{float}, Span{float})"/>.</param>
    /// <param name="action">As there.</param>
    public void Act(ReadOnlySpan<double> observation, Span<float> action)
    {
        if (_memory is null)
        {
            _policy.Act(observation, Task, action);
            return;
        }

        TrainedPolicy.Check(observation.Length, _policy.ObservationSize, nameof(observation));
        TrainedPolicy.Round(observation, _row);
        Act(_row.AsSpan(0, observation.Length), action);
    }

    /// <summary>Tells what the last action led to. A policy without a memory ignores it.</summary>
    /// <param name="reward">Of the step.</param>
    /// <param name="ended">Whether it ended an episode: the next observation is the first of another one.</param>
    /// <exception cref="ArgumentException">The reward is not finite.</exception>
    public void Observe(double reward, bool ended = false)
    {
        if (_memory is null)
            return;
        TrainedPolicy.RequireFinite(stackalloc[] { (float)reward }, nameof(reward));
        (Columns[^3], Columns[^2]) = ((float)reward, ended ? 1 : 0);
        _awaitsReward = false;
    }

    /// <summary>Begins a new trial, with an empty memory: in another goal, or another robot.</summary>
    public void Restart()
    {
        if (_memory is null)
            return;
        Columns.Clear();
        Columns[^1] = 1;
        _awaitsReward = false;
    }

    /// <summary>Numbers of a row behind the observation: the last action and <see cref="TrialMarks"/>.</summary>
    private Span<float> Columns => _row.AsSpan(_policy.ObservationSize);
}
