namespace MtrlFunctional.Training;

/// <summary>Reports the progress of a long evaluation now and then; a short evaluation reports nothing. Not
/// thread-safe.</summary>
internal sealed class EvaluationWatch(Action<string>? notice, string what = "evaluation", TimeProvider? time = null)
{
    /// <summary>The share of the work before which its speed says little.</summary>
    private const double LeastShare = 0.01;

    // As between two lines of training.
    private static readonly TimeSpan _between = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly long _started = (time ?? TimeProvider.System).GetTimestamp();
    private TimeSpan _last;
    private string _what = what;
    private (double From, double To) _part = (0, 1);

    /// <summary>Begins a part of the work, from one finished share of it to another: messages have its name, and the remaining
    /// time of all parts.</summary>
    internal void Begin(string part, double from, double to) => (_what, _part) = (part, (from, to));

    /// <summary>Reports that an episode, counted from 0, is played to a share, if a message is due.</summary>
    internal void Plays(int episode, int episodes, double share = 0) =>
        Report($"episode {episode + 1:N0} of {episodes:N0} of each task", (episode + share) / episodes);

    /// <summary>Reports that a goal, counted from 0, is learned and evaluated by itself, if a message is due.</summary>
    internal void Learns(int goal, int goals) => Report($"goal {goal + 1:N0} of {goals:N0}", goal / (double)goals);

    private void Report(FormattableString where, double share)
    {
        if (notice is null)
            return;
        var elapsed = _time.GetElapsedTime(_started);
        if (elapsed - _last < _between)
            return;
        _last = elapsed;
        var done = _part.From + ((_part.To - _part.From) * share);
        var left = done < LeastShare ? "" : $", about {Durations.Text(elapsed * ((1 - done) / done))} left";
        notice($"{_what}: {FormattableString.Invariant(where)}{left}");
    }
}
