namespace MtrlFunctional.Training;

/// <summary>Counters and sums of the training loop, as saved in checkpoints.</summary>
internal sealed class LoopProgress(int tasks)
{
    private readonly SortedDictionary<string, (double Sum, long Count)> _measured = new(StringComparer.Ordinal);

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

    /// <summary>Means of the measurements since the newest line of the log.</summary>
    internal IEnumerable<KeyValuePair<string, double>> Means =>
        _measured.Select(s => KeyValuePair.Create(s.Key, s.Value.Sum / s.Value.Count));

    /// <summary>Names of the measurements, and sum and count of each.</summary>
    internal (string[] Names, double[] Numbers) Measured
    {
        get => ([.. _measured.Keys], [.. _measured.Values.SelectMany(v => new[] { v.Sum, v.Count })]);
        set
        {
            _measured.Clear();
            foreach (var (i, name) in value.Names.Index())
                _measured[name] = (value.Numbers[2 * i], (long)value.Numbers[(2 * i) + 1]);
        }
    }

    /// <summary>Reward statistics of each task, for normalisation.</summary>
    internal RewardStatistics[] Rewards { get; } = [.. Enumerable.Repeat(RewardNormalizationModule.NoRewards, tasks)];

    /// <summary>Counters in a fixed order.</summary>
    internal long[] Counters
    {
        get => [Step, LoggedStep, EvaluatedStep, UnstableSteps];
        set => (Step, LoggedStep, EvaluatedStep, UnstableSteps) = (value[0], value[1], value[2], value[3]);
    }

    internal void Measure(string name, double value)
    {
        var (sum, count) = _measured.GetValueOrDefault(name);
        _measured[name] = (sum + value, count + 1);
    }

    /// <summary>A line of the log is written at this step.</summary>
    internal void StartInterval()
    {
        Tally.StartInterval();
        _measured.Clear();
        LoggedStep = Step;
    }
}
