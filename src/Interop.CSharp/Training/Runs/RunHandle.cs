namespace MtrlFunctional.Training;

/// <summary>The folder of a run that this process has locked, the experiment, and the checkpoint from which it goes on; null:
/// from the beginning.</summary>
internal sealed record RunHandle(Experiment Experiment, RunFolder Folder, RunLock Lock, Checkpoint? Checkpoint)
{
    /// <summary>Opens the folder of the experiment's first seed. After a failure, also of <paramref name="create"/>, it is as before.</summary>
    /// <inheritdoc cref="TrainingRun.Start(Experiment, Extensions, Action{string}, Processes.Crew)"/>
    internal static TrainingRun Start(
        Experiment experiment, Extensions extensions, Action<string>? notice, Func<RunHandle, TrainingRun> create)
    {
        Script.RequireRun();
        experiment = ExperimentBuilder.Right(() => ExperimentModule.Settle(experiment));
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
            return create(new RunHandle(experiment, folder, runLock, checkpoint)).Prepared(Record);
        }
        catch
        {
            runLock?.Dispose();
            if (runLock is not null && missing is not null)
                folder.Withdraw(missing);
            throw;
        }
    }

    /// <summary>Opens the folder of a run at its newest whole checkpoint.</summary>
    /// <inheritdoc cref="TrainingRun.Resume(string, Extensions, Action{string}, int?, int?, Processes.Crew)"/>
    internal static TrainingRun Resume(
        string folder, Extensions extensions, Action<string>? notice, int? steps, int? threads,
        Func<RunHandle, TrainingRun> create)
    {
        Script.RequireRun();
        var named = NamedRun.Find(folder);
        var run = named.Run;
        return run.Claim("copy the run to another disk and resume it there").HandedTo(runLock =>
        {
            var started = RunIdentity.Read(run, extensions);
            RunIdentity.RequireForTraining(run.ConfigFile, started);
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
            var resumed = create(new RunHandle(experiment, run, runLock, checkpoint));
            return steps is null && threads is null ? resumed : resumed.Prepared(Record);
        });
    }

    /// <summary>Writes the configuration of a run that stands: one that cannot go on keeps its number of steps.</summary>
    private static void Record(TrainingRun run) => run.Folder.WriteConfig(ExperimentModule.Render(run.Experiment));

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
