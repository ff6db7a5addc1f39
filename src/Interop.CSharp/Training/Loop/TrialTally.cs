using MtrlFunctional.Environments;

namespace MtrlFunctional.Training;

/// <summary>Success and return of each episode of the trials that an evaluation plays.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class TrialTally
{
    private readonly TrialEnvironment[] _trials;
    private readonly bool[][] _succeeded;
    private readonly int[][] _successes;
    private readonly double[][] _returns;
    private int _count;

    private TrialTally(TrialEnvironment[] trials)
    {
        _trials = trials;
        T[][] Each<T>() => Array.ConvertAll(trials, trial => new T[trial.Episodes]);
        (_succeeded, _successes, _returns) = (Each<bool>(), Each<int>(), Each<double>());
    }

    /// <summary>A tally of environments whose episodes are trials; null: theirs are not.</summary>
    internal static TrialTally? Of(VectorEnvironment environments)
    {
        TrialEnvironment[] trials = [.. environments.Environments.OfType<TrialEnvironment>()];
        return trials.Length == environments.Count ? new TrialTally(trials) : null;
    }

    /// <summary>Counts the last step of an environment.</summary>
    /// <param name="index">Which environment.</param>
    /// <param name="term">What it adds to the return.</param>
    internal void Add(int index, double term)
    {
        var (trial, episode) = (_trials[index], _trials[index].Episode);
        _returns[index][episode] += term;
        _succeeded[index][episode] |= trial.InEpisode ?? false;
    }

    /// <summary>A trial is over in every environment.</summary>
    internal void End()
    {
        _count++;
        for (var i = 0; i < _trials.Length; i++)
            for (var episode = 0; episode < _trials[i].Episodes; episode++)
            {
                _successes[i][episode] += _succeeded[i][episode] ? 1 : 0;
                _succeeded[i][episode] = false;
            }
    }

    /// <summary>The episodes of each task, means over the trials.</summary>
    internal IReadOnlyList<IReadOnlyList<TrialEpisode>> Episodes =>
        [.. _trials.Select((trial, i) => (IReadOnlyList<TrialEpisode>)[.. Enumerable.Range(0, trial.Episodes).Select(episode =>
            new TrialEpisode(
                trial.InEpisode is null ? double.NaN : _successes[i][episode] / (double)_count,
                _returns[i][episode] / _count))])];
}
