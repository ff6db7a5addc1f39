namespace MtrlFunctional.Training;

/// <summary>Rates over the last minute, by a monotonic clock.</summary>
internal sealed class Throughput
{
    // On-policy agents play and learn in turn, each for many seconds: a short window would see one of the two.
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Queue<(TimeSpan At, long Steps, long Updates)> _marks = new([(TimeSpan.Zero, 0, 0)]);
    private TimeSpan _published = TimeSpan.MinValue;
    private long _steps;
    private long _updates;
    internal TimeSpan Total => _clock.Elapsed;
    internal double Seconds => _clock.Elapsed.TotalSeconds;
    internal double StepsPerSecond => Rate(mark => Interlocked.Read(ref _steps) - mark.Steps);
    internal double UpdatesPerSecond => Rate(mark => _updates - mark.Updates);

    /// <summary>Adds steps of single environments; on any thread.</summary>
    internal void Steps(int count) => Interlocked.Add(ref _steps, count);

    internal void Updates(int count) => _updates += count;

    /// <summary>True if this period has passed since it last returned true.</summary>
    internal bool Elapsed(TimeSpan period)
    {
        var now = _clock.Elapsed;
        if (_published != TimeSpan.MinValue && now - _published < period)
            return false;
        _published = now;
        _marks.Enqueue((now, Interlocked.Read(ref _steps), _updates));
        while (_marks.Count > 2 && now - _marks.Peek().At > Window)
            _marks.Dequeue();
        return true;
    }

    private double Rate(Func<(TimeSpan At, long Steps, long Updates), long> done)
    {
        var mark = _marks.Peek();
        var seconds = (_clock.Elapsed - mark.At).TotalSeconds;
        return seconds > 0 ? done(mark) / seconds : 0;
    }
}
