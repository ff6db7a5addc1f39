namespace MtrlFunctional.Training;

/// <summary>
/// Finds a part of a data-parallel update that does not return. An update may take any time: a part is stalled when others
/// have returned, or wait for it, and it takes a hundred times as long as they did. Parts are of one kind, such as shares of a batch.
/// </summary>
/// <param name="limit">Examinations without a change after which a part counts as stalled, at least 1.</param>
internal sealed class PartStall(int limit)
{
    private const int Ratio = 100;

    private (int Call, int Returned) _examined;
    private int _before;

    /// <summary>Examinations since the last part returned.</summary>
    internal int Unchanged { get; private set; }

    /// <summary>Examines the progress of an update.</summary>
    /// <param name="progress">The value of <see cref="DataParallel.Progress"/>.</param>
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
