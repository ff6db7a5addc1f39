using MtrlFunctional.Replay;

namespace MtrlFunctional.Training;

/// <summary>Stores the steps of environments in a replay, in which a task has the place that it has in the networks; rewards are
/// normalised by running statistics, which it updates.</summary>
internal sealed class TransitionStore(
    VectorEnvironment environments, TaskReplay replay, int[] places, RewardNormalization normalization, RewardStatistics[] rewards,
    bool[]? isStored = null)
{
    /// <summary>Begins an episode of a task with its newest observation.</summary>
    internal void Begin(int task)
    {
        if (isStored?[task] ?? true)
            replay.BeginEpisode(places[task], environments.Rows.Row(task, environments.ObservationSize));
    }

    /// <summary>Stores the newest step of a task; an unstable one ends the episode.</summary>
    /// <returns>Its normalised reward; null: it was unstable.</returns>
    internal double? Add(int task, float[] actions)
    {
        if (environments.Unstable[task])
        {
            if (replay.InEpisode(places[task]))
                replay.AbandonEpisode(places[task]);
            return null;
        }

        var reward = Normalized(task, environments.Rewards[task]);
        if (isStored?[task] ?? true)
            replay.Add(
                places[task],
                actions.AsSpan(task * environments.ActionSize, environments.ActionSize),
                (float)reward,
                environments.NextRows.Row(task, environments.ObservationSize),
                environments.Terminated[task]);
        return reward;
    }

    /// <summary>A reward as it is stored; updates the statistics.</summary>
    internal double Normalized(int task, double reward)
    {
        (var normalized, rewards[task]) = RewardNormalizationModule.Normalize(normalization, reward, rewards[task]);
        return normalized;
    }
}
