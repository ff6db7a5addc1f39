namespace MtrlFunctional.Environments;

/// <summary>Episodes of an environment with one instance of its task as one long episode. Behind an observation are the action
/// before, its reward, 1 where it ended an episode, and 1 at the first step of the trial; zeros elsewhere.</summary>
/// <remarks>After the end of an episode the first observation of the next episode is observed. A trial ends in a terminal state
/// after its last episode, or when the simulation fails.</remarks>
internal sealed class TrialEnvironment : IWrapper
{
    private const string Own = "trial";
    private readonly Trial _trial;
    private readonly int _length;
    private readonly int _width;
    private readonly float[] _columns;
    private int _instance;
    private long _seed;
    private int _next;

    /// <summary>A trial of episodes that are cut at a number of steps, to be reset before its first step. Where each counts,
    /// episodes after the exploration end at their first success.</summary>
    internal TrialEnvironment(IEnvironment inner, EnvironmentSpec spec, Trial trial, int steps, bool countsEach = false)
    {
        (Inner, _trial, _length, CountsEach) = (inner, trial, steps, countsEach);
        (_width, _columns) = (EnvironmentSpecModule.ObservationSize(spec), new float[TrialModule.Columns(spec)]);
    }

    public int Steps { get; private set; }

    public EpisodeStatus Status { get; private set; } = EpisodeStatus.Terminated;

    public double Reward { get; private set; }

    /// <summary>Success in an episode after the episodes of exploration.</summary>
    public bool? Success => InEpisode is { } success ? success && Episode >= _trial.Exploration : null;

    public IEnvironment Inner { get; }

    /// <summary>The episode of the last step, from 0.</summary>
    internal int Episode { get; private set; }

    /// <summary>Success of the last step in its episode, of exploration or not; null: the task does not define success.</summary>
    internal bool? InEpisode { get; private set; }

    /// <summary>Episodes of a trial.</summary>
    internal int Episodes => _trial.Episodes;

    /// <summary>The number of first episodes, in which success does not count.</summary>
    internal int Exploration => _trial.Exploration;

    /// <summary>Whether the next step belongs to an episode of exploration.</summary>
    internal bool Explores => _next < _trial.Exploration;

    /// <summary>Whether episodes after the exploration end at their first success, and each counts by itself.</summary>
    internal bool CountsEach { get; }

    /// <summary>The trials of environments; null: their episodes are not trials.</summary>
    internal static TrialEnvironment[]? AllOf(VectorEnvironment environments)
    {
        TrialEnvironment[] trials = [.. environments.Environments.OfType<TrialEnvironment>()];
        return trials.Length == environments.Count ? trials : null;
    }

    public void Reset(int instance, Key key)
    {
        (_instance, _seed, _next) = (instance, (long)Keys.Bits(key), 0);
        Begin();
        (Steps, Episode, Reward, Status, InEpisode) = (0, 0, 0, EpisodeStatus.Running, Inner.Success);
        Array.Clear(_columns);
        _columns[^1] = 1;
    }

    public EpisodeStatus Step(ReadOnlySpan<float> action)
    {
        if (Status != EpisodeStatus.Running)
            throw new InvalidOperationException("The trial is over, or none was started.");
        var status = Inner.Step(action);
        Steps++;
        if (status == EpisodeStatus.Unstable)
        {
            Reward = 0;
            return Status = status;
        }

        (Reward, InEpisode, Episode) = (Inner.Reward, Inner.Success, _next);
        var ended = status != EpisodeStatus.Running || Inner.Steps >= _length || (CountsEach && Success == true);
        action.CopyTo(_columns);
        _columns[^3] = (float)Reward;
        _columns[^2] = ended ? 1 : 0;
        _columns[^1] = 0;
        if (ended && ++_next < _trial.Episodes)
            Begin();
        else if (ended)
            Status = EpisodeStatus.Terminated;
        return Status;
    }

    public void Observe(Span<float> observation)
    {
        Inner.Observe(observation[.._width]);
        _columns.CopyTo(observation[_width..]);
    }

    public EpisodeState Save()
    {
        var inner = Inner.Save();
        var numbers = new Dictionary<string, double[]>
        {
            [Own] =
            [
                _instance, (uint)(_seed >> 32), (uint)_seed, _next, Episode, Reward,
                InEpisode switch { null => -1, false => 0, true => 1 }, inner.Steps, (double)inner.Status,
                .. _columns.Select(number => (double)number),
            ],
        };
        foreach (var (name, array) in inner.Numbers)
            numbers[$"{Own}/{name}"] = array;
        return new EpisodeState(Steps, Status, numbers);
    }

    public void Load(EpisodeState state)
    {
        const int Fixed = 9;
        var own = state.Read(Own, Fixed + _columns.Length);
        var numbers = state.Numbers
            .Where(array => array.Key.StartsWith($"{Own}/", StringComparison.Ordinal))
            .ToDictionary(array => array.Key[(Own.Length + 1)..], array => array.Value);
        Inner.Load(new EpisodeState((int)own[7], (EpisodeStatus)(int)own[8], numbers));
        (_instance, _seed, _next) = ((int)own[0], ((long)(uint)own[1] << 32) | (uint)own[2], (int)own[3]);
        (Episode, Reward, InEpisode) = ((int)own[4], own[5], own[6] < 0 ? null : own[6] > 0);
        (Steps, Status) = (state.Steps, state.Status);
        for (var i = 0; i < _columns.Length; i++)
            _columns[i] = (float)own[Fixed + i];
    }

    private void Begin() => Inner.Reset(_instance, Keys.At(_next, Keys.OfSeed(_seed)));
}
