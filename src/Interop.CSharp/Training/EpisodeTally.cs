namespace MtrlFunctional.Training;

/// <summary>
/// What the episodes under way have brought each task, and how the last ones ended. All environments share one
/// horizon, so episodes are counted for all of them together. Rates are 0 or 1 where a task has one episode at a
/// time, a share of several otherwise, and NaN where it had none.
/// </summary>
/// <param name="tasks">Number of tasks.</param>
/// <param name="window">Boundaries over which rates are taken.</param>
internal sealed class EpisodeTally(int tasks, int window)
{
    private readonly double[] _returns = new double[tasks];
    private readonly double[] _ever = new double[tasks];
    private readonly double[] _atEnd = new double[tasks];
    private readonly Queue<(double[] Return, double[] Ever, double[] AtEnd)> _last = new();

    /// <summary>Undiscounted return so far, for each task.</summary>
    internal IReadOnlyList<double> Returns => _returns;

    /// <summary>How often a task met success at any step.</summary>
    internal IReadOnlyList<double> Ever => _ever;

    /// <summary>How often a task met success at the last step.</summary>
    internal IReadOnlyList<double> AtEnd => _atEnd;

    /// <summary>Adds one step of one task.</summary>
    internal void Add(int task, double reward, bool success)
    {
        _returns[task] += reward;
        _atEnd[task] = success ? 1 : 0;
        _ever[task] = Math.Max(_ever[task], _atEnd[task]);
    }

    /// <summary>Takes the means over several whole episodes of a task.</summary>
    internal void Set(int task, double mean, double ever, double atEnd) =>
        (_returns[task], _ever[task], _atEnd[task]) = (mean, ever, atEnd);

    /// <summary>The episodes are over: they join the last ones.</summary>
    internal void Finish()
    {
        _last.Enqueue(([.. _returns], [.. _ever], [.. _atEnd]));
        if (_last.Count > window)
            _last.Dequeue();
        Array.Clear(_returns);
        Array.Clear(_ever);
        Array.Clear(_atEnd);
    }

    /// <summary>Where each task stands; NaN before its first whole episode.</summary>
    internal TaskProgress[] Standing(IReadOnlyList<string> names)
    {
        double Rate(Func<(double[] Return, double[] Ever, double[] AtEnd), double> of)
        {
            double[] known = [.. _last.Select(of).Where(double.IsFinite)];
            return known.Length == 0 ? double.NaN : known.Average();
        }

        var newest = _last.Count == 0 ? default : _last.Last();
        return [.. names.Select((name, i) => new TaskProgress(
            name,
            newest.Ever is null ? double.NaN : newest.Ever[i],
            Rate(e => e.Ever[i]),
            Rate(e => e.AtEnd[i]),
            newest.Return is null ? double.NaN : newest.Return[i]))];
    }

    /// <summary>Everything, as numbers: the episodes under way first, then the last ones, oldest first.</summary>
    internal double[] Save() =>
        [.. _returns, .. _ever, .. _atEnd, .. _last.SelectMany(e => e.Return.Concat(e.Ever).Concat(e.AtEnd))];

    /// <summary>Takes over what <see cref="Save"/> returned.</summary>
    internal void Restore(double[] numbers)
    {
        _last.Clear();
        for (var at = 0; at < numbers.Length; at += 3 * tasks)
        {
            double[] Part(int block) => numbers[(at + (block * tasks))..(at + ((block + 1) * tasks))];
            if (at > 0)
            {
                _last.Enqueue((Part(0), Part(1), Part(2)));
                continue;
            }

            Part(0).CopyTo(_returns, 0);
            Part(1).CopyTo(_ever, 0);
            Part(2).CopyTo(_atEnd, 0);
        }
    }
}
