namespace MtrlFunctional.Training;

/// <summary>Success and return of each episode of the trials that an evaluation plays.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class TrialTally
{
    private readonly TrialEnvironment[] _trials;
    private readonly bool[][] _succeeded;
    private readonly bool[][] _atEnd;
    private readonly List<double>[] _shares;
    private readonly int[] _endedSo;
    private readonly int[][] _successes;
    private readonly double[][] _returns;
    private int _count;

    private TrialTally(TrialEnvironment[] trials)
    {
        _trials = trials;
        T[][] Each<T>() => Array.ConvertAll(trials, trial => new T[trial.Episodes]);
        (_succeeded, _atEnd, _successes, _returns) = (Each<bool>(), Each<bool>(), Each<int>(), Each<double>());
        (_shares, _endedSo) = (Array.ConvertAll(trials, _ => new List<double>()), new int[trials.Length]);
    }

    /// <summary>Episodes of exploration in a trial.</summary>
    internal int Exploration => _trials[0].Exploration;

    /// <summary>
    /// For each trial, the share of the episodes after exploration that had a success at any step, [tasks][trials];
    /// null: a trial is a success if any of these episodes is.
    /// </summary>
    internal IReadOnlyList<IReadOnlyList<double>>? Shares => _trials[0].CountsEach ? _shares : null;

    /// <summary>The share of all these episodes of a task that had a success at their last step.</summary>
    internal double AtEnd(int index) => _endedSo[index] / (double)(_count * Counted(index));

    /// <summary>A tally of environments whose episodes are trials; null: theirs are not.</summary>
    internal static TrialTally? Of(VectorEnvironment environments) =>
        TrialEnvironment.AllOf(environments) is { } trials ? new TrialTally(trials) : null;

    /// <summary>Counts the last step of an environment.</summary>
    /// <param name="index">Which environment.</param>
    /// <param name="term">The term of the return.</param>
    internal void Add(int index, double term)
    {
        var (trial, episode) = (_trials[index], _trials[index].Episode);
        _returns[index][episode] += term;
        _atEnd[index][episode] = trial.InEpisode ?? false;
        _succeeded[index][episode] |= trial.InEpisode ?? false;
    }

    /// <summary>A trial is over in every environment.</summary>
    internal void End()
    {
        _count++;
        for (var i = 0; i < _trials.Length; i++)
        {
            _shares[i].Add(_succeeded[i].Skip(Exploration).Count(success => success) / (double)Counted(i));
            _endedSo[i] += _atEnd[i].Skip(Exploration).Count(success => success);
            Array.Clear(_atEnd[i]);
            for (var episode = 0; episode < _trials[i].Episodes; episode++)
            {
                _successes[i][episode] += _succeeded[i][episode] ? 1 : 0;
                _succeeded[i][episode] = false;
            }
        }
    }

    private int Counted(int index) => _trials[index].Episodes - _trials[index].Exploration;

    /// <summary>The episodes of each task, means over the trials.</summary>
    internal IReadOnlyList<IReadOnlyList<TrialEpisode>> Episodes =>
        [.. _trials.Select((trial, i) => (IReadOnlyList<TrialEpisode>)[.. Enumerable.Range(0, trial.Episodes).Select(episode =>
            new TrialEpisode(
                trial.InEpisode is null ? double.NaN : _successes[i][episode] / (double)_count,
                _returns[i][episode] / _count))])];
}
