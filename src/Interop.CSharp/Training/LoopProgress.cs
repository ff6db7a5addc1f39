namespace MtrlFunctional.Training;

/// <summary>Where the loop stands: all counters and sums that a resumed run needs, besides its parts.</summary>
internal sealed class LoopProgress
{
    /// <summary>Episodes of a task whose success is shown.</summary>
    private const int ShownEpisodes = 10;

    /// <summary>Steps of each task done.</summary>
    internal long Step { get; set; }

    /// <summary>Episodes finished, counted once for all environments together.</summary>
    internal long Episode { get; set; }

    /// <summary>Step at which the last boundary between episodes was passed; −1: none yet.</summary>
    internal long Boundary { get; set; } = -1;

    /// <summary>Step of the newest line in the training log.</summary>
    internal long LoggedStep { get; set; }

    /// <summary>Step of the newest evaluation; −1: none yet.</summary>
    internal long EvaluatedStep { get; set; } = -1;

    /// <summary>Transitions that were dropped because the physics failed.</summary>
    internal long UnstableSteps { get; set; }

    /// <summary>The episode under way and the last ones.</summary>
    internal required EpisodeTally Tally { get; init; }

    /// <summary>Measurements since the last line of the log.</summary>
    internal RunningMeans Means { get; } = new();

    /// <summary>Scale of each task's rewards.</summary>
    internal required Mtrl.Tasks.RewardScale[] Scales { get; init; }

    /// <summary>Counters in a fixed order.</summary>
    internal long[] Counters
    {
        get => [Step, Episode, Boundary, LoggedStep, EvaluatedStep, UnstableSteps];
        set => (Step, Episode, Boundary, LoggedStep, EvaluatedStep, UnstableSteps) =
            (value[0], value[1], value[2], value[3], value[4], value[5]);
    }

    /// <summary>Nothing done yet.</summary>
    /// <param name="tasks">Number of tasks.</param>
    /// <param name="episodes">Episodes of each task between two boundaries.</param>
    internal static LoopProgress Start(int tasks, int episodes) => new()
    {
        Tally = new EpisodeTally(tasks, Math.Max(1, ShownEpisodes / episodes)),
        Scales = [.. Enumerable.Repeat(Mtrl.Tasks.RewardScaleModule.Start, tasks)],
    };
}
