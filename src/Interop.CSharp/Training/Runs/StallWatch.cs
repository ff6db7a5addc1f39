namespace MtrlFunctional.Training;

/// <summary>Notices environments whose step or reset does not return, such as a simulation that never ends, and parts of an
/// update that do not. Examines them once a second on a thread of its own; steps and updates are not slowed down.</summary>
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

    /// <summary>Starts to watch; after a limit in seconds, a step, a reset or a part counts as stalled, which is reported once for
    /// each stall.</summary>
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

/// <summary>Finds a part of a data-parallel update that does not return. An update may take any time: a part is stalled when
/// others have returned, or wait for it, and it takes a hundred times as long as they did. Parts are of one kind, such as shares
/// of a batch.</summary>
/// <param name="limit">Examinations without a change after which a part counts as stalled, at least 1.</param>
internal sealed class PartStall(int limit)
{
    private const int Ratio = 100;

    private (int Call, int Returned) _examined;
    private int _before;

    /// <summary>Examinations since the last part returned.</summary>
    internal int Unchanged { get; private set; }

    /// <summary>Examines the progress of an update.</summary>
    /// <returns>Whether a part counts as stalled from this examination on; true once in a call.</returns>
    internal bool Examine((int Call, int Returned)? progress)
    {
        if (progress is not { } now || now.Call != _examined.Call)
            (_before, Unchanged) = (0, 0);
        else if (now.Returned != _examined.Returned)
            (_before, Unchanged) = (_before + Unchanged + 1, 0);
        else
            Unchanged++;
        _examined = progress ?? default;
        return _examined.Returned > 0 && Unchanged == Math.Max(limit, Ratio * _before);
    }
}
