using MtrlFunctional.Experiments;
using MtrlFunctional.Storage;

namespace MtrlFunctional.Training;

/// <summary>What the folder of an experiment's seed holds.</summary>
public enum RunStatus
{
    /// <summary>No checkpoint: a start begins anew.</summary>
    New,

    /// <summary>A checkpoint of this experiment before its last step: a start goes on from there.</summary>
    Begun,

    /// <summary>A whole checkpoint of this experiment at its last step: there is nothing to do.</summary>
    Finished,

    /// <summary>A checkpoint of another experiment: a start would be refused.</summary>
    OtherExperiment,
}

/// <summary>Tells how a run stands from its folder alone, without building environments or networks.</summary>
public static class RunStatuses
{
    /// <summary>How the first seed of an experiment stands.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <returns>What the newest whole checkpoint says; contents of its files are not verified.</returns>
    public static RunStatus Of(Experiment experiment)
    {
        var folder = RunFolder.OfSeed(experiment.Setup.SaveDir, experiment.Setup.SeedRef);
        if (!folder.Exists || folder.Checkpoints.Newest() is not { } newest)
            return RunStatus.New;
        if (newest.ConfigHash != RunIdentity.Hash(experiment) && !Holds(folder, experiment))
            return RunStatus.OtherExperiment;
        return newest.Step >= experiment.Schedule.NumTrainSteps ? RunStatus.Finished : RunStatus.Begun;
    }

    private static bool Holds(RunFolder folder, Experiment experiment)
    {
        try
        {
            return RunIdentity.Holds(folder, experiment);
        }
        catch (MtrlException)
        {
            // A start says what is wrong with the configuration.
            return false;
        }
    }
}
