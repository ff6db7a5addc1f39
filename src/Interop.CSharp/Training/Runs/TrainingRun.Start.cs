using MtrlFunctional.Processes;

namespace MtrlFunctional.Training;

/// <content>How runs are opened. After a failure the folder is as before.</content>
public sealed partial class TrainingRun
{
    /// <summary>Starts a run of the experiment's first seed in its folder.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="extensions">Environments and callbacks that a program adds, with which the experiment was resolved; surgery and
    /// networks are the experiment's. Null: none.</param>
    /// <param name="notice">Receives messages for the user, such as a resumed checkpoint.</param>
    /// <param name="crew">Processes that train it together with this one; null: none.</param>
    /// <returns>The run; resumed if the folder holds a checkpoint of the same experiment.</returns>
    /// <exception cref="MtrlException">The folder is in use, unwritable or holds another experiment; too little memory or space on the disk,
    /// or no GPU; or a part that the experiment names was not given.</exception>
    public static TrainingRun Start(
        Experiment experiment, Extensions? extensions = null, Action<string>? notice = null, Crew? crew = null)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        extensions ??= Extensions.None;
        Script.RequireRun();
        experiment = ExperimentBuilder.Right(() => Editing.Settle(experiment));
        var folder = RunFolder.Of(experiment);
        if (!folder.Exists && folder.Around() is { } around)
            throw new MtrlException($"{folder.Path}: lies in the folder of another run, {around.Path}. Choose another {experiment.Setup.FolderKey}.");
        var missing = folder.FirstMissing();
        RunLock? runLock = null;
        try
        {
            // Files left by a killed process take space of the disk. A new folder is made only for a run that can
            // start.
            if (folder.Exists)
                runLock = folder.Claim();
            if (folder.Exists && folder.Checkpoints.Newest() is { } newest)
                _ = RunIdentity.Started(experiment, folder, newest, extensions);

            string? decision = null;
            experiment = MachineCheck.Decide(experiment, folder, extensions, text => decision = text);
            MachineCheck.Require(experiment, folder, extensions);
            if (decision is not null)
                notice?.Invoke(decision);
            if (!folder.Exists)
                PolicyStart.RequireSource(experiment, extensions);
            runLock ??= folder.Claim();
            if (TaskEmbeddings.Notice(experiment) is { } source)
                notice?.Invoke(source);
            if (OptionModule.ToObj(ExperimentModule.Caveat(experiment)) is { } caveat)
                notice?.Invoke(caveat);
            var checkpoint = RunIdentity.Continue(experiment, folder, notice, extensions);
            if (checkpoint is null)
                folder.WriteConfig(ExperimentModule.Render(experiment));
            RecordedSizes.Write(folder, experiment, extensions);
            return new TrainingRun(experiment, folder, runLock, checkpoint, extensions, notice, crew).Prepared(run => run.Record());
        }
        catch
        {
            runLock?.Dispose();
            if (runLock is not null && missing is not null)
                folder.Withdraw(missing);
            throw;
        }
    }

    /// <summary>Rejects runs if a disk cannot hold the files of all of them, before the first run is started.</summary>
    /// <param name="runs">Resolved experiments, which are trained one after the other, each for its first seed.</param>
    /// <param name="extensions">The extensions that the runs are started with; null: none.</param>
    /// <exception cref="MtrlException">Too little space for checkpoints, or for replays in files.</exception>
    public static void RequireRuns(IEnumerable<Experiment> runs, Extensions? extensions = null) =>
        MachineCheck.RequireRuns(runs, extensions ?? Extensions.None);

    /// <summary>Resumes a run from its newest whole checkpoint.</summary>
    /// <param name="folder">The folder of the run, or of its newest checkpoint.</param>
    /// <param name="extensions">The parts that the run was started with; callbacks may differ. Null: none.</param>
    /// <param name="notice">Receives messages for the user, such as a damaged checkpoint that was skipped.</param>
    /// <param name="steps">A larger number of vector steps than the run was started with; null: that number.</param>
    /// <param name="threads">Threads, 1 to 1024; another number changes the rounding of sums. Null: the run's.</param>
    /// <param name="crew">Processes that train it together with this one; null: none.</param>
    /// <returns>The run.</returns>
    /// <exception cref="MtrlException">No run or no usable checkpoint there, it is in use, it has more steps already, or too little space on
    /// the disk for that many; or a part that the configuration names was not given.</exception>
    public static TrainingRun Resume(
        string folder, Extensions? extensions = null, Action<string>? notice = null, int? steps = null, int? threads = null,
        Crew? crew = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        extensions ??= Extensions.None;
        Script.RequireRun();
        var named = NamedRun.Find(folder);
        var run = named.Run;
        return run.Claim("copy the run to another disk and resume it there").HandedTo(runLock =>
        {
            var started = RunIdentity.Read(run, extensions);
            RunIdentity.Require(run.ConfigFile, Available.NotGiven(started));
            var experiment = Continued(run, started, steps, threads);
            MachineCheck.Require(experiment, run, extensions);
            var checkpoint = run.Checkpoints.Latest(notice)
                ?? throw new MtrlException(
                    $"{run.Path}: has no checkpoint yet. Start it again with 'mtrl train'; its configuration is in {run.ConfigFile}.");
            if (named.Step is { } step && step != checkpoint.Info.Step)
                throw new MtrlException(
                    $"{folder}: is not the newest whole checkpoint; the run goes on from step {Text.Count(checkpoint.Info.Step)}: "
                    + $"{Shell.Command(["mtrl", "resume", run.Path])}. "
                    + $"{PolicyStart.Command(folder)} starts another run with the policy of step {Text.Count(step)}.");
            RunIdentity.RequireUnedited(run, started, checkpoint.Info, extensions);
            RunIdentity.NoticeChanges(run.Path, started, experiment, checkpoint, notice);
            var resumed = new TrainingRun(experiment, run, runLock, checkpoint, extensions, notice, crew);
            return steps is null && threads is null ? resumed : resumed.Prepared(one => one.Record());
        });
    }

    /// <summary>Writes the configuration of a run that stands: one that cannot go on keeps its number of steps.</summary>
    private void Record() => Folder.WriteConfig(ExperimentModule.Render(Experiment));

    private static Experiment Continued(RunFolder run, Experiment started, int? steps, int? threads)
    {
        var wanted = started.Schedule.NumTrainSteps;
        if (steps < wanted)
            throw new MtrlException(
                $"{run.Path}: was started with {Text.Count(wanted)} steps; experiment.num_train_steps={steps} would be fewer.");
        if (threads is < 1 or > CheckpointNames.MostThreads)
            throw new MtrlException($"setup.threads={threads}: must be from 1 to {Text.Count(CheckpointNames.MostThreads)}.");
        return ExperimentModule.WithSteps(
            steps ?? wanted,
            ExperimentModule.WithThreads(threads is { } other ? FSharpOption<int>.Some(other) : started.Setup.Threads, started));
    }
}
