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
/// identical. A changed copy of a task, which has its name, is another task.</summary>
internal sealed class PreparedEpisodes
{
    // Of a task, about 5 kB each. Goals of a benchmark are 50 a task; goals outside the benchmark are not cached.
    private const int Capacity = 1_000;

    private readonly ConcurrentDictionary<MetaWorldTask, ConcurrentDictionary<string, PreparedEpisode>> _known =
        new(ReferenceEqualityComparer.Instance);

    private readonly ConcurrentDictionary<MetaWorldTask, Lazy<SettledHand>> _settled = new(ReferenceEqualityComparer.Instance);

    /// <summary>The settled hand of a task, computed at first use.</summary>
    internal SettledHand Settled(MetaWorldTask task, Func<SettledHand> settle) =>
        _settled.GetOrAdd(task, _ => new Lazy<SettledHand>(settle)).Value;

    internal PreparedEpisode? Find(MetaWorldTask task, ReadOnlySpan<double> random) => Of(task).GetValueOrDefault(Key(random));

    internal void Add(MetaWorldTask task, PreparedEpisode episode)
    {
        var known = Of(task);
        if (known.Count < Capacity)
            known.TryAdd(Key(episode.Random), episode);
    }

    private ConcurrentDictionary<string, PreparedEpisode> Of(MetaWorldTask task) => _known.GetOrAdd(task, _ => new());

    // The bits, not the printed number: 0 and -0 are different vectors.
    private static string Key(ReadOnlySpan<double> random) => new(MemoryMarshal.Cast<double, char>(random));
}
