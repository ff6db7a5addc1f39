using MtrlFunctional.Tasks.DmControl;

namespace MtrlFunctional.Environments;

/// <summary>Shows old observations at random (<see cref="StickyObservation"/>). Rewards and the course of an episode are the
/// inner environment's; so are all observations with probability 0. A step allocates nothing.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class StickyEnvironment : IWrapper
{
    private readonly DmControlEnvironment _inner;
    private readonly StickyObservation _sticky;
    private readonly int _size;

    // Observation n of an episode is in row n modulo the number of rows.
    private readonly float[] _rows;
    private Key _key;
    private int _newest;

    /// <summary>Wraps an environment, which is disposed with it.</summary>
    internal StickyEnvironment(DmControlEnvironment inner, StickyObservation sticky, int observationSize)
    {
        (_inner, _sticky, _size) = (inner, sticky, observationSize);
        _rows = new float[(sticky.LastK + 1) * observationSize];
    }

    public IEnvironment Inner => _inner;

    public void Reset(int instance, Key key)
    {
        _inner.Reset(instance, key);
        Array.Clear(_rows);
        (_key, _newest) = (Keys.ForPurpose("sticky", key), 0);
        _inner.Observe(Row(0));
    }

    public EpisodeStatus Step(ReadOnlySpan<float> action)
    {
        var status = _inner.Step(action);
        if (status != EpisodeStatus.Unstable)
            _inner.Observe(Row(++_newest));
        return status;
    }

    public void Observe(Span<float> observation) =>
        Row(_newest - StickyObservationModule.Age(_sticky, _newest, _key)).CopyTo(observation);

    public EpisodeState Save()
    {
        var inner = _inner.Save();
        return inner with
        {
            Numbers = new Dictionary<string, double[]>(inner.Numbers)
            {
                ["sticky"] = [.. Keys.Save(_key), _newest],
                ["observations"] = Array.ConvertAll(_rows, number => (double)number),
            },
        };
    }

    public void Load(EpisodeState state)
    {
        var (sticky, rows) = (state.Read("sticky", 3), state.Read("observations", _rows.Length));
        _inner.Load(state);
        (_key, _newest) = (Keys.OfSaved(sticky), (int)sticky[2]);
        for (var i = 0; i < rows.Length; i++)
            _rows[i] = (float)rows[i];
    }

    private Span<float> Row(int observation) =>
        _rows.AsSpan(observation % (_sticky.LastK + 1) * _size, _size);
}
