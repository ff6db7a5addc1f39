namespace MtrlFunctional.Training;

/// <summary>
/// What the episode under way has brought each task, and how the last ten ended. All environments
/// share one horizon, so one episode is counted for all of them together.
/// </summary>
internal sealed class EpisodeTally(int tasks)
{
    /// <summary>Episodes over which success rates are taken.</summary>
    private const int Window = 10;

    private readonly double[] _returns = new double[tasks];
    private readonly bool[] _ever = new bool[tasks];
    private readonly bool[] _atEnd = new bool[tasks];
    private readonly Queue<(double[] Return, bool[] Ever, bool[] AtEnd)> _last = new();

    /// <summary>Undiscounted return of the episode so far, for each task.</summary>
    internal IReadOnlyList<double> Returns => _returns;

    /// <summary>Whether a task met success at any step of the episode.</summary>
    internal IReadOnlyList<bool> Ever => _ever;

    /// <summary>Whether a task met success at the last step.</summary>
    internal IReadOnlyList<bool> AtEnd => _atEnd;

    /// <summary>Adds one step of one task.</summary>
    internal void Add(int task, double reward, bool success)
    {
        _returns[task] += reward;
        _ever[task] |= success;
        _atEnd[task] = success;
    }

    /// <summary>The episode is over: it joins the last ten.</summary>
    internal void Finish()
    {
        _last.Enqueue(([.. _returns], [.. _ever], [.. _atEnd]));
        if (_last.Count > Window)
            _last.Dequeue();
        Array.Clear(_returns);
        Array.Clear(_ever);
        Array.Clear(_atEnd);
    }

    /// <summary>Where each task stands; NaN before the first whole episode.</summary>
    internal TaskProgress[] Standing(IReadOnlyList<string> names)
    {
        double Rate(Func<(double[] Return, bool[] Ever, bool[] AtEnd), double> of) =>
            _last.Count == 0 ? double.NaN : _last.Average(of);
        var newest = _last.Count == 0 ? default : _last.Last();
        return [.. names.Select((name, i) => new TaskProgress(
            name,
            newest.Ever is null ? double.NaN : newest.Ever[i] ? 1 : 0,
            Rate(e => e.Ever[i] ? 1 : 0),
            Rate(e => e.AtEnd[i] ? 1 : 0),
            newest.Return is null ? double.NaN : newest.Return[i]))];
    }

    /// <summary>Everything, as numbers: the episode under way first, then the last ones, oldest first.</summary>
    internal double[] Save() =>
        [.. Row(_returns, _ever, _atEnd), .. _last.SelectMany(e => Row(e.Return, e.Ever, e.AtEnd))];

    /// <summary>Takes over what <see cref="Save"/> returned.</summary>
    internal void Restore(double[] numbers)
    {
        _last.Clear();
        for (var at = 0; at < numbers.Length; at += 3 * tasks)
        {
            var returns = numbers[at..(at + tasks)];
            bool[] Flags(int block) => [.. numbers.Skip(at + (block * tasks)).Take(tasks).Select(x => x != 0)];
            var (ever, atEnd) = (Flags(1), Flags(2));
            if (at > 0)
            {
                _last.Enqueue((returns, ever, atEnd));
                continue;
            }

            returns.CopyTo(_returns, 0);
            ever.CopyTo(_ever, 0);
            atEnd.CopyTo(_atEnd, 0);
        }
    }

    private static IEnumerable<double> Row(double[] returns, bool[] ever, bool[] atEnd) =>
        [.. returns, .. ever.Select(x => x ? 1.0 : 0.0), .. atEnd.Select(x => x ? 1.0 : 0.0)];
}
