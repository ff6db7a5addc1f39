namespace MtrlFunctional.Training;

/// <summary>Success and return of each episode of the trials that an evaluation plays.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class TrialTally
{
    private readonly TrialEnvironment[] _trials;
    private readonly List<(bool[] Ever, bool[] AtEnd)>[] _successes;
    private readonly double[][] _returns;

    private TrialTally(TrialEnvironment[] trials)
    {
        (_trials, _successes) = (trials, Array.ConvertAll(trials, _ => new List<(bool[], bool[])>()));
        _returns = Array.ConvertAll(trials, trial => new double[trial.Episodes]);
    }

    /// <summary>Episodes of exploration in a trial.</summary>
    internal int Exploration => _trials[0].Exploration;

    /// <summary>
    /// For each trial, the share of the episodes after exploration that had a success at any step, [tasks][trials];
    /// null: a trial is a success if any of these episodes is.
    /// </summary>
    internal IReadOnlyList<IReadOnlyList<double>>? Shares => _trials[0].CountsEach
        ? [.. _successes.Select(trials => trials.Select(trial => Counted(trial.Ever) / (double)CountedEpisodes).ToArray())]
        : null;

    /// <summary>The share of all these episodes of a task that had a success at their last step.</summary>
    internal double AtEnd(int index) =>
        _successes[index].Sum(trial => Counted(trial.AtEnd)) / (double)(_successes[index].Count * CountedEpisodes);

    /// <summary>A tally of environments whose episodes are trials; null: theirs are not.</summary>
    internal static TrialTally? Of(VectorEnvironment environments) =>
        TrialEnvironment.AllOf(environments) is { } trials ? new TrialTally(trials) : null;

    /// <summary>A trial begins in every environment.</summary>
    internal void Begin()
    {
        foreach (var (i, trial) in _trials.Index())
            _successes[i].Add((new bool[trial.Episodes], new bool[trial.Episodes]));
    }

    /// <summary>Counts the last step of an environment.</summary>
    internal void Add(int index, double term)
    {
        var (isSuccess, episode) = (_trials[index].InEpisode ?? false, _trials[index].Episode);
        var (ever, atEnd) = _successes[index][^1];
        _returns[index][episode] += term;
        atEnd[episode] = isSuccess;
        ever[episode] |= isSuccess;
    }

    /// <summary>The episodes of each task, means over the trials.</summary>
    internal IReadOnlyList<IReadOnlyList<TrialEpisode>> Episodes =>
        [.. _trials.Select((trial, i) => (IReadOnlyList<TrialEpisode>)[.. Enumerable.Range(0, trial.Episodes).Select(episode =>
            new TrialEpisode(
                trial.InEpisode is null ? double.NaN : _successes[i].Count(played => played.Ever[episode]) / (double)_successes[i].Count,
                _returns[i][episode] / _successes[i].Count))])];

    private int CountedEpisodes => _trials[0].Episodes - Exploration;

    private int Counted(bool[] episodes) => episodes.Skip(Exploration).Count(success => success);
}
