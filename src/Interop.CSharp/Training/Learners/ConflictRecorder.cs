using MtrlFunctional.Surgery;

namespace MtrlFunctional.Training;

/// <summary>Records pairwise cosine similarities of the task gradients at the configured interval, until they are
/// taken.</summary>
/// <param name="experiment">Its schedule gives the interval in updates; 0: never.</param>
internal sealed class ConflictRecorder(Experiment experiment)
{
    private readonly int _every = Records(experiment) ? experiment.Schedule.ConflictsFreq : 0;
    private readonly List<ConflictRecord> _records = [];

    /// <summary>Whether a run records them: of several tasks that share parameters.</summary>
    /// <param name="experiment">Its experiment.</param>
    internal static bool Records(Experiment experiment) =>
        experiment.Schedule.ConflictsFreq > 0
        && experiment.Environment.NumEnvs > 1
        && experiment.Choices.Agent.Family.HasTaskGradients
        && !experiment.Agent.Multitask.Model.IsSeparate
        && !NetworkTasks.AreScattered(experiment);

    /// <summary>Whether the next update is to be recorded.</summary>
    /// <param name="updates">Updates done.</param>
    internal bool IsDue(long updates) => _every > 0 && updates % _every == 0;

    /// <summary>Adds records.</summary>
    internal void Add(IEnumerable<ConflictRecord> records) => _records.AddRange(records);

    /// <summary>Returns and clears the records, oldest first.</summary>
    internal IReadOnlyList<ConflictRecord> Take()
    {
        if (_records.Count == 0)
            return [];
        ConflictRecord[] result = [.. _records];
        _records.Clear();
        return result;
    }
}
