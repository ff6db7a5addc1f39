using MtrlFunctional.Training;

namespace MtrlFunctional.Processes;

/// <summary>Plays or trains together with rank 0: the same trainer, in another process.</summary>
/// <remarks>The caller disposes it. Not thread-safe.</remarks>
internal sealed class TrainingReplica : IDisposable
{
    private readonly Trainer _trainer;

    /// <summary>A trainer in the state of the one of rank 0, which went on from the folder of a checkpoint; empty: a new
    /// run.</summary>
    /// <exception cref="MtrlException">A task or GPU is not available, too little memory, or the checkpoint is not seen
    /// here.</exception>
    internal TrainingReplica(Experiment experiment, Crew crew, string folder, string checkpoint, Extensions extensions)
    {
        if (checkpoint.Length > 0 && !Directory.Exists(checkpoint))
            throw new MtrlException(
                $"{checkpoint}: is not there. Processes that share updates read the newest checkpoint of their run: put the run on a disk that all machines see.");
        var saved = checkpoint.Length == 0 ? null : Checkpoint.Open(checkpoint, _ => Scrutiny.Length);
        _trainer = Trainer.Create(experiment, saved, extensions, folder, crew);
        try
        {
            if (saved is not null)
                RunState.Load(saved, _trainer);
            else if (UpdateShares.AreShared(crew.Size, experiment))
                PolicyStart.Apply(
                    experiment, _trainer.EvaluationEnvironments ?? _trainer.Environments, _trainer.Learner, extensions, notice: null);
        }
        catch
        {
            _trainer.Dispose();
            throw;
        }
    }

    /// <summary>Does a piece of training that rank 0 does at the same time.</summary>
    internal void Do(BinaryReader order)
    {
        _trainer.Do(order);
        _trainer.Learner.TakeConflicts();
    }

    public void Dispose() => _trainer.Dispose();
}
