namespace MtrlFunctional.Environments;

/// <summary>
/// An environment whose observation contains former steps: frames, the newest first, of observation, action before, its
/// reward, and 1 at the first observation of an episode. Before the first observation its frame is repeated.
/// </summary>
internal sealed class HistoryEnvironment : IEnvironment, IWrapper
{
    private const string Own = "history";
    private readonly IEnvironment _inner;
    private readonly int _width;
    private readonly int _frame;

    // Frames, the newest first.
    private readonly float[] _frames;

    /// <summary>An environment with a history, to be reset before its first step.</summary>
    /// <param name="inner">The wrapped environment; disposed with the wrapper.</param>
    /// <param name="spec">The specification of the inner environment.</param>
    /// <param name="history">Steps before an observation.</param>
    internal HistoryEnvironment(IEnvironment inner, EnvironmentSpec spec, History history)
    {
        (_inner, _width) = (inner, EnvironmentSpecModule.ObservationSize(spec));
        _frame = _width + HistoryModule.Columns(spec);
        _frames = new float[(history.Steps + 1) * _frame];
    }

    /// <inheritdoc/>
    public int Steps => _inner.Steps;

    /// <inheritdoc/>
    public EpisodeStatus Status => _inner.Status;

    /// <inheritdoc/>
    public double Reward => _inner.Reward;

    /// <inheritdoc/>
    public bool? Success => _inner.Success;

    /// <inheritdoc/>
    IEnvironment IWrapper.Inner => _inner;

    private Span<float> Newest => _frames.AsSpan(0, _frame);

    /// <inheritdoc/>
    public void Reset(int instance, Key key)
    {
        _inner.Reset(instance, key);
        Newest.Clear();
        _inner.Observe(Newest[.._width]);
        Newest[^1] = 1;
        for (var at = _frame; at < _frames.Length; at += _frame)
            Newest.CopyTo(_frames.AsSpan(at, _frame));
    }

    /// <inheritdoc/>
    public EpisodeStatus Step(ReadOnlySpan<float> action)
    {
        var status = _inner.Step(action);
        if (status == EpisodeStatus.Unstable)
            return status;
        _frames.AsSpan(0, _frames.Length - _frame).CopyTo(_frames.AsSpan(_frame));
        _inner.Observe(Newest[.._width]);
        action.CopyTo(Newest[_width..]);
        Newest[^2] = (float)_inner.Reward;
        Newest[^1] = 0;
        return status;
    }

    /// <inheritdoc/>
    public void Observe(Span<float> observation) => _frames.CopyTo(observation);

    /// <inheritdoc/>
    public EpisodeState Save()
    {
        var inner = _inner.Save();
        var numbers = new Dictionary<string, double[]>(inner.Numbers)
        {
            [Own] = Array.ConvertAll(_frames, number => (double)number),
        };
        return new EpisodeState(inner.Steps, inner.Status, numbers);
    }

    /// <inheritdoc/>
    public void Load(EpisodeState state)
    {
        var own = state.Read(Own, _frames.Length);
        _inner.Load(state);
        for (var i = 0; i < _frames.Length; i++)
            _frames[i] = (float)own[i];
    }

    /// <inheritdoc/>
    public void Dispose() => _inner.Dispose();
}
