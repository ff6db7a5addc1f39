namespace MtrlFunctional.Training;

/// <summary>Status of the run folder of an experiment's seed.</summary>
public enum RunStatus
{
    /// <summary>No checkpoint: a start begins a new run.</summary>
    New,

    /// <summary>A checkpoint of this experiment before its last step: a start resumes it.</summary>
    Incomplete,

    /// <summary>A whole checkpoint of this experiment at its last step: there is nothing to do.</summary>
    Finished,

    /// <summary>A checkpoint of another experiment: a start is rejected.</summary>
    OtherExperiment,
}

/// <summary>Determines the status of a run from its folder, without building environments or networks.</summary>
public static class RunStatuses
{
    /// <summary>Status of the first seed of an experiment.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="extensions">The parts that its words name; null: only the library's.</param>
    /// <returns>Status by the newest whole checkpoint; file contents are not verified.</returns>
    /// <exception cref="CheckpointException">The newest checkpoint is of another program or format, or may not be read.</exception>
    public static RunStatus Of(Experiment experiment, Extensions? extensions = null)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        var folder = RunFolder.Of(experiment);
        if (!folder.Exists || folder.Checkpoints.Newest() is not { } newest)
            return RunStatus.New;
        if (newest.Configuration != ExperimentModule.Render(experiment)
            && !(Started(experiment, extensions) is { } started && RunIdentity.Continues(experiment, started)))
            return RunStatus.OtherExperiment;
        return newest.Step >= experiment.Schedule.NumTrainSteps ? RunStatus.Finished : RunStatus.Incomplete;
    }

    /// <summary>The differences between the run in a folder and the first seed of an experiment to which it does not
    /// belong.</summary>
    /// <param name="experiment">A resolved experiment with <see cref="RunStatus.OtherExperiment"/>.</param>
    /// <param name="extensions">As in <see cref="Of"/>.</param>
    /// <returns>": KEY is VALUE there and VALUE here; …", of the first three keys; empty where the configuration cannot be
    /// read.</returns>
    public static string Differences(Experiment experiment, Extensions? extensions = null)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        return Started(experiment, extensions) is { } started ? RunIdentity.Differences(started, experiment) : "";
    }

    /// <summary>The experiment of the run in the folder; null where a start would report a mistake in its configuration.</summary>
    private static Experiment? Started(Experiment experiment, Extensions? extensions)
    {
        try
        {
            return RunIdentity.Read(RunFolder.Of(experiment), extensions);
        }
        catch (MtrlException)
        {
            return null;
        }
    }
}
