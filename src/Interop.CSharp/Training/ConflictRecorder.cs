using MtrlFunctional.Experiments;
using MtrlFunctional.Surgery;

namespace MtrlFunctional.Training;

/// <summary>Tells when the tasks' gradients are to be compared, and keeps what was found until somebody takes it.</summary>
/// <param name="experiment">Says how often.</param>
internal sealed class ConflictRecorder(Experiment experiment)
{
    private readonly int _every = experiment.Environment.NumEnvs > 1 ? experiment.Schedule.ConflictsFreq : 0;
    private readonly List<ConflictRecord> _found = [];

    /// <summary>Whether to compare them before the next update.</summary>
    /// <param name="updates">Updates done.</param>
    internal bool IsDue(long updates) => _every > 0 && updates % _every == 0;

    /// <summary>Keeps what was found.</summary>
    internal void Add(IEnumerable<ConflictRecord> found) => _found.AddRange(found);

    /// <summary>What was found since this was last called, oldest first.</summary>
    internal IReadOnlyList<ConflictRecord> Take()
    {
        if (_found.Count == 0)
            return [];
        ConflictRecord[] taken = [.. _found];
        _found.Clear();
        return taken;
    }
}
