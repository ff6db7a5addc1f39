using MtrlFunctional.Replay;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>Environments whose steps go into a replay, in which a task has its index in the networks. Without a learner that
/// arranges the rows of observations, nothing is observed; where nothing says which transitions are stored, all are.</summary>
internal sealed class TransitionStore(
    VectorEnvironment environments, TaskReplay replay, int[] indices, OffPolicyLearner? learner = null, bool[]? isStored = null,
    Func<bool>? endsAtTimeLimits = null)
    : IEnvironments
{
    /// <summary>Begins an episode of a task with its newest observation.</summary>
    internal void Begin(int task)
    {
        if (isStored?[task] ?? true)
            replay.BeginEpisode(indices[task], environments.Rows.Row(task, environments.ObservationSize));
    }

    /// <summary>Stores the newest step of a task with a reward; none: ends the episode of its transitions.</summary>
    internal void Add(int task, float[] actions, FSharpValueOption<float> reward)
    {
        if (reward.IsNone && replay.InEpisode(indices[task]))
            replay.AbandonEpisode(indices[task]);
        else if (reward.IsSome && (isStored?[task] ?? true))
            replay.Add(
                indices[task],
                actions.AsSpan(task * environments.ActionSize, environments.ActionSize),
                reward.Value,
                environments.NextRows.Row(task, environments.ObservationSize),
                environments.Terminated[task] || (environments.Truncated[task] && endsAtTimeLimits?.Invoke() is true));
    }

    Tensor IEnvironments.Observe() => learner!.Rows(environments.Rows, environments.ObservationSize, indices);

    StepResult[] IEnvironments.Step(float[] actions)
    {
        environments.Step(actions);
        return [.. Enumerable.Range(0, indices.Length).Select(environments.ResultOf)];
    }

    public void Store(float[] actions, FSharpValueOption<float>[] rewards)
    {
        for (var task = 0; task < rewards.Length; task++)
            Add(task, actions, rewards[task]);
        int[] ended = [.. Enumerable.Range(0, rewards.Length).Where(environments.Ended)];
        environments.ResetFinished();
        foreach (var task in ended)
            Begin(task);
    }
}
