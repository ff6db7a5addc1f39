using System.Diagnostics;

namespace MtrlFunctional.Training;

/// <summary>Reports now and then how far a long evaluation is; a short one reports nothing. Not thread-safe.</summary>
/// <param name="notice">Receives the messages; null: nobody.</param>
/// <param name="what">What is evaluated, as the beginning of a message.</param>
/// <param name="between">Between two messages; null: as between two lines of training.</param>
internal sealed class EvaluationWatch(Action<string>? notice, string what = "evaluation", TimeSpan? between = null)
{
    private readonly TimeSpan _between = between ?? TimeSpan.FromSeconds(10);
    private readonly Stopwatch _last = Stopwatch.StartNew();

    /// <summary>Reports that an episode is played, if a message is due.</summary>
    /// <param name="episode">From 0.</param>
    /// <param name="episodes">All of a task.</param>
    internal void Plays(int episode, int episodes)
    {
        if (IsDue())
            notice?.Invoke($"{what}: episode {episode + 1:N0} of {episodes:N0} of each task");
    }

    /// <summary>Reports that a goal is learned and evaluated by itself, if a message is due.</summary>
    /// <param name="goal">From 0.</param>
    /// <param name="goals">All of a task.</param>
    internal void Learns(int goal, int goals)
    {
        if (IsDue())
            notice?.Invoke($"{what}: goal {goal + 1:N0} of {goals:N0}");
    }

    private bool IsDue()
    {
        if (_last.Elapsed < _between)
            return false;
        _last.Restart();
        return true;
    }
}
