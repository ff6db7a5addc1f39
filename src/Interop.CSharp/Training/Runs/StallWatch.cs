namespace MtrlFunctional.Training;

/// <summary>
/// Notices environments whose step or reset does not return, such as a simulation that never ends, and parts of an update
/// that do not. Examines them once a second on a thread of its own; steps and updates are not slowed down.
/// </summary>
/// <remarks>Counts examinations in place of reading a clock: a process that was suspended is not stalled.</remarks>
internal sealed class StallWatch : IDisposable
{
    private readonly IReadOnlyList<VectorEnvironment> _environments;
    private readonly DataParallel? _parts;
    private readonly int _limit;
    private readonly Action<string> _stalled;
    private readonly ManualResetEventSlim _ended = new();
    private readonly Thread _thread;
    private readonly (long? Progress, int Unchanged)[] _examined;
    private readonly PartStall _partStall;

    /// <summary>Starts to watch.</summary>
    /// <param name="environments">The environments.</param>
    /// <param name="parts">Threads of the updates; null: none.</param>
    /// <param name="limit">Seconds after which a step, a reset or a part counts as stalled, at least 1.</param>
    /// <param name="stalled">Receives a message once for each stall.</param>
    internal StallWatch(
        IReadOnlyList<VectorEnvironment> environments, DataParallel? parts, int limit, Action<string> stalled)
    {
        (_environments, _parts, _limit, _stalled) = (environments, parts, limit, stalled);
        _examined = new (long?, int)[environments.Count];
        _partStall = new PartStall(limit);
        _thread = new Thread(Watch) { IsBackground = true, Name = "stall watch" };
        _thread.Start();
    }

    /// <summary>Stops watching; returns when no examination is in progress.</summary>
    public void Dispose()
    {
        _ended.Set();
        _thread.Join();
        _ended.Dispose();
    }

    private void Watch()
    {
        while (!_ended.Wait(TimeSpan.FromSeconds(1)))
            Examine();
    }

    private void Examine()
    {
        for (var i = 0; i < _examined.Length; i++)
        {
            var progress = _environments[i].Progress;
            var unchanged = progress is not null && progress == _examined[i].Progress ? _examined[i].Unchanged + 1 : 0;
            _examined[i] = (progress, unchanged);
            if (unchanged == _limit)
                _stalled($"A step of the environments ({Tasks(_environments[i])}) has not returned for {_limit} seconds.");
        }

        if (_parts is not null && _partStall.Examine(_parts.Progress))
            _stalled($"A part of an update has not returned for {_partStall.Unchanged} seconds after others did.");
    }

    private static string Tasks(VectorEnvironment environments)
    {
        string[] names = [.. environments.TaskNames.Distinct()];
        return names.Length <= 3 ? string.Join(", ", names) : $"{names[0]} and {names.Length - 1} other tasks";
    }
}
