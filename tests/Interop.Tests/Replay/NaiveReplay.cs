namespace MtrlFunctional.Tests.Replay;

/// <summary>
/// The replay as anybody would write it first: each transition with both whole observations in a
/// list. The real one must hold the newest of these, to the bit.
/// </summary>
internal sealed class NaiveReplay(int tasks)
{
    private readonly List<Episode>[] _episodes = [.. Enumerable.Range(0, tasks).Select(_ => new List<Episode>())];

    private sealed record Episode(float[] First, List<Transition> Steps)
    {
        public bool Abandoned { get; set; }
    }

    public float[] Newest(int task) =>
        _episodes[task][^1] is { Steps.Count: > 0 } e ? e.Steps[^1].NextObs : _episodes[task][^1].First;

    public bool IsFirst(int task) => _episodes[task][^1].Steps.Count == 0;

    public void Begin(int task, float[] obs) => _episodes[task].Add(new Episode(obs, []));

    public void Add(int task, float[] action, float reward, float[] next, bool terminal) =>
        _episodes[task][^1].Steps.Add(new Transition(Newest(task), action, reward, next, terminal));

    public void Abandon(int task) => _episodes[task][^1].Abandoned = true;

    public List<Transition> All(int task, bool linked)
    {
        var episodes = _episodes[task].Where((e, i) => e.Steps.Count > 0 || i == _episodes[task].Count - 1).ToList();
        var all = new List<Transition>();
        for (var i = 0; i < episodes.Count; i++)
        {
            all.AddRange(episodes[i].Steps);
            if (linked && !episodes[i].Abandoned && i + 1 < episodes.Count)
                all[^1] = all[^1] with { NextObs = episodes[i + 1].First };
        }

        return all;
    }
}
