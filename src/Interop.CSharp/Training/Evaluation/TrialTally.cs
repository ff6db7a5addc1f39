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

    private int Exploration => _trials[0].Exploration;

    private int CountedEpisodes => _trials[0].Episodes - Exploration;

    /// <summary>A tally of environments whose episodes are trials; null: theirs are not.</summary>
    internal static TrialTally? Of(VectorEnvironment environments) =>
        TrialEnvironment.AllOf(environments) is { } trials ? new TrialTally(trials) : null;

    internal void Begin()
    {
        foreach (var (i, trial) in _trials.Index())
            _successes[i].Add((new bool[trial.Episodes], new bool[trial.Episodes]));
    }

    internal void Add(int index, double term)
    {
        var (isSuccess, episode) = (_trials[index].InEpisode ?? false, _trials[index].Episode);
        var (ever, atEnd) = _successes[index][^1];
        _returns[index][episode] += term;
        atEnd[episode] = isSuccess;
        ever[episode] |= isSuccess;
    }

    /// <summary>The result of an evaluation with the episodes of its trials. Where the trials count each of their episodes, success is
    /// the share of those after exploration; else a trial is a success if any of these is.</summary>
    internal EvaluationResult Completed(EvaluationResult result)
    {
        result = result with
        {
            ExplorationEpisodes = Exploration,
            Trials = [.. _trials.Select((trial, task) =>
                (IReadOnlyList<TrialEpisode>)[.. Enumerable.Range(0, trial.Episodes).Select(episode => Mean(task, episode))])],
        };
        return !_trials[0].CountsEach
            ? result
            : result with
            {
                TrialShares = [.. _successes.Select(trials => trials.Select(trial => ShareOf(trial.Ever)).ToArray())],
                Tasks = [.. result.Tasks.Select((task, i) => double.IsNaN(task.SuccessEver) ? task : task with
                {
                    SuccessEver = _successes[i].Average(trial => ShareOf(trial.Ever)),
                    SuccessAtEnd = _successes[i].Average(trial => ShareOf(trial.AtEnd)),
                })],
            };
    }

    private TrialEpisode Mean(int task, int episode)
    {
        double count = _successes[task].Count;
        return new TrialEpisode(
            _trials[task].InEpisode is null ? double.NaN : _successes[task].Count(played => played.Ever[episode]) / count,
            _returns[task][episode] / count);
    }

    /// <summary>The share of the episodes after exploration.</summary>
    private double ShareOf(bool[] episodes) => episodes.Skip(Exploration).Count(success => success) / (double)CountedEpisodes;
}
