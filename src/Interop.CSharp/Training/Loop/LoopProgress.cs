
namespace MtrlFunctional.Training;

/// <summary>Counters and sums of the training loop, as saved in checkpoints.</summary>
/// <param name="tasks">Number of tasks.</param>
internal sealed class LoopProgress(int tasks)
{
    /// <summary>Steps of each task done.</summary>
    internal long Step { get; set; }

    /// <summary>Step of the newest line in the training log.</summary>
    internal long LoggedStep { get; set; }

    /// <summary>Step of the newest evaluation; −1: none yet.</summary>
    internal long EvaluatedStep { get; set; } = -1;

    /// <summary>Transitions that were dropped because the physics failed.</summary>
    internal long UnstableSteps { get; set; }

    /// <summary>The episodes of each task.</summary>
    internal EpisodeTally Tally { get; } = new(tasks);

    /// <summary>Measurements since the last line of the log.</summary>
    internal RunningMeans Means { get; } = new();

    /// <summary>Reward statistics of each task, for normalisation.</summary>
    internal RewardStatistics[] Rewards { get; } = [.. Enumerable.Repeat(RewardNormalizationModule.NoRewards, tasks)];

    /// <summary>Counters in a fixed order.</summary>
    internal long[] Counters
    {
        get => [Step, LoggedStep, EvaluatedStep, UnstableSteps];
        set => (Step, LoggedStep, EvaluatedStep, UnstableSteps) = (value[0], value[1], value[2], value[3]);
    }
}
