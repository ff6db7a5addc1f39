namespace MtrlFunctional.Environments;

/// <summary>An environment whose observation contains former steps: frames, the newest first, of observation, action before, its
/// reward, and 1 at the first observation of an episode. Before the first observation its frame is repeated.</summary>
internal sealed class HistoryEnvironment : IWrapper
{
    private const string Own = "history";
    private readonly int _width;
    private readonly int _frame;

    // Frames, the newest first.
    private readonly float[] _frames;

    /// <summary>An environment with a history, to be reset before its first step.</summary>
    internal HistoryEnvironment(IEnvironment inner, EnvironmentSpec spec, History history)
    {
        (Inner, _width) = (inner, EnvironmentSpecModule.ObservationSize(spec));
        _frame = _width + HistoryModule.Columns(spec);
        _frames = new float[(history.Steps + 1) * _frame];
    }

    public IEnvironment Inner { get; }

    private Span<float> Newest => _frames.AsSpan(0, _frame);

    public void Reset(int instance, Key key)
    {
        Inner.Reset(instance, key);
        Newest.Clear();
        Inner.Observe(Newest[.._width]);
        Newest[^1] = 1;
        for (var at = _frame; at < _frames.Length; at += _frame)
            Newest.CopyTo(_frames.AsSpan(at, _frame));
    }

    public EpisodeStatus Step(ReadOnlySpan<float> action)
    {
        var status = Inner.Step(action);
        if (status == EpisodeStatus.Unstable)
            return status;
        _frames.AsSpan(0, _frames.Length - _frame).CopyTo(_frames.AsSpan(_frame));
        Inner.Observe(Newest[.._width]);
        action.CopyTo(Newest[_width..]);
        Newest[^2] = (float)Inner.Reward;
        Newest[^1] = 0;
        return status;
    }

    public void Observe(Span<float> observation) => _frames.CopyTo(observation);

    public EpisodeState Save()
    {
        var inner = Inner.Save();
        return inner with
        {
            Numbers = new Dictionary<string, double[]>(inner.Numbers) { [Own] = Array.ConvertAll(_frames, number => (double)number) },
        };
    }

    public void Load(EpisodeState state)
    {
        var own = state.Read(Own, _frames.Length);
        Inner.Load(state);
        for (var i = 0; i < _frames.Length; i++)
            _frames[i] = (float)own[i];
    }
}
