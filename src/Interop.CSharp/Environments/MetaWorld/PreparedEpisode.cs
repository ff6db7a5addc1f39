using System.Collections.Concurrent;
using MtrlFunctional.Tasks;

namespace MtrlFunctional.Environments;

/// <summary>Result of a reset; immutable, shared by environments of one task.</summary>
/// <param name="Random">The randomisation vector.</param>
/// <param name="ModelEdits">Moved bodies and sites of the model, in order.</param>
/// <param name="State">State of the world.</param>
/// <param name="Scene">Scene snapshot after the edits.</param>
/// <param name="Frame">Frame of the observation, 18 numbers.</param>
/// <param name="Episode">Reward functions of the episode.</param>
internal sealed record PreparedEpisode(
    double[] Random, Edit[] ModelEdits, double[] State, Snapshot Scene, double[] Frame, Episode Episode);

/// <summary>The hand at its initial position, without a goal; immutable, shared by environments of one task.</summary>
/// <param name="Before">State of the world one physics step before it has settled.</param>
/// <param name="Seen">Scene snapshot at that state.</param>
internal sealed record SettledHand(double[] Before, Snapshot Seen);

/// <summary>Prepared episodes by task and randomisation vector. A reset is a function of these two, so a cached result is
/// identical.</summary>
internal sealed class PreparedEpisodes
{
    // About 5 kB each. Goals of a benchmark are 50 a task; goals outside the benchmark are not cached.
    private const int Capacity = 10_000;

    private readonly ConcurrentDictionary<(string Task, string Random), PreparedEpisode> _known = new();
    private readonly ConcurrentDictionary<string, Lazy<SettledHand>> _settled = new();

    /// <summary>The settled hand of a task, computed at first use.</summary>
    internal SettledHand Settled(MetaWorldTask task, Func<SettledHand> settle) =>
        _settled.GetOrAdd(task.Name, _ => new Lazy<SettledHand>(settle)).Value;

    internal PreparedEpisode? Find(MetaWorldTask task, ReadOnlySpan<double> random) =>
        _known.GetValueOrDefault((task.Name, Key(random)));

    internal void Add(MetaWorldTask task, PreparedEpisode episode)
    {
        if (_known.Count < Capacity)
            _known.TryAdd((task.Name, Key(episode.Random)), episode);
    }

    // The bits, not the printed number: 0 and -0 are different vectors.
    private static string Key(ReadOnlySpan<double> random) => new(MemoryMarshal.Cast<double, char>(random));
}
