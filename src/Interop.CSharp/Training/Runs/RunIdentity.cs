using MtrlFunctional.Replay;

namespace MtrlFunctional.Training;

/// <summary>Identity of a run: its resolved configuration, saved in the folder as text.</summary>
internal static class RunIdentity
{
    /// <summary>The experiment of a run; parts of extensions that are not given are left out.</summary>
    /// <exception cref="MtrlException">The run's configuration cannot be read.</exception>
    internal static Experiment Read(RunFolder folder, Extensions? extensions = null) =>
        Parse(folder.ConfigFile, folder.ReadConfig(), extensions);

    /// <summary>The experiment of a configuration, of which messages name the file.</summary>
    internal static Experiment Parse(string file, string config, Extensions? extensions = null)
    {
        var loaded = ExperimentModule.LoadWith((extensions ?? Extensions.None).Additions, config);
        return loaded.IsOk
            ? loaded.ResultValue
            : throw new MtrlException(
                $"{file}: {string.Join('\n', loaded.ErrorValue.Select(error => error.ToString()))}");
    }

    /// <summary>Whether an experiment goes on with a run that was started with as many steps or fewer and any number of threads. If
    /// it leaves the backing of the replay open, the run's counts.</summary>
    internal static bool Continues(Experiment experiment, Experiment started) => Differences(started, experiment).Length == 0;

    /// <summary>The first keys that differ, with both values: ": agent.actor.hidden_dim is 400 there and 32 here"; empty where
    /// none does.</summary>
    internal static string Differences(Experiment started, Experiment experiment) =>
        ExperimentModule.DifferencesFrom(started, experiment) is { Length: > 0 } text ? $": {text}" : "";

    /// <summary>Reports that a run goes on with more steps, with other threads or without its replay, or that it is finished.</summary>
    internal static void NoticeChanges(
        string folder, Experiment started, Experiment experiment, Checkpoint checkpoint, Action<string>? notice)
    {
        var (before, steps) = (started.Schedule.NumTrainSteps, experiment.Schedule.NumTrainSteps);
        if (checkpoint.Info.Step >= steps)
        {
            notice?.Invoke(
                $"{folder}: is finished. {Shell.Command(["mtrl", "resume", folder, "experiment.num_train_steps=STEPS"])} makes it longer.");
            return;
        }

        var decay = ExperimentModule.HasDecayed(checkpoint.Info.Step, started)
            ? " Its learning rate follows the decay over all of them from here, so that the run differs from one started with as many."
            : "";
        if (steps > before)
            notice?.Invoke($"{folder}: grows from {Text.Count(Math.Max(before, checkpoint.Info.Step))} to {Text.Count(steps)} steps.{decay}");
        if (OptionModule.ToNullable(experiment.Setup.Threads) is { } threads && threads != checkpoint.Info.Threads)
            notice?.Invoke(
                $"{folder}: goes on with {Text.Count(threads)} instead of {Text.Count(checkpoint.Info.Threads)} threads. Sums are rounded otherwise, so that it "
                + "differs from one that keeps them.");
        if (!ChoicesModule.IsOnPolicy(experiment.Choices) && !ReplayStore.IsIn(checkpoint))
            notice?.Invoke(
                $"{folder}: its checkpoint has no replay (experiment.save.buffer.should_save=False). The run goes on with an empty one and new "
                + "episodes, so that it differs from an uninterrupted one.");
    }

    /// <summary>Rejects the experiment of a configuration with parts of extensions that were not given
    /// (<see cref="Available"/>).</summary>
    /// <exception cref="MtrlException">There are some; the message names them.</exception>
    internal static void Require(string file, IEnumerable<ConfigError> missing)
    {
        string[] lines = [.. missing.Select(error => $"{file}: {error}")];
        if (lines.Length > 0)
            throw new MtrlException(string.Join('\n', lines));
    }

    /// <summary>The checkpoint that a start resumes, if any.</summary>
    /// <exception cref="MtrlException">The folder holds a run of another configuration, or resuming is
    /// disabled.</exception>
    internal static Checkpoint? Continue(
        Experiment experiment, RunFolder folder, Action<string>? notice, Extensions? extensions = null)
    {
        var checkpoint = folder.Checkpoints.Latest(notice);
        if (checkpoint is null)
            return null;
        var started = Started(experiment, folder, checkpoint.Info, extensions);
        NoticeChanges(folder.Path, started, experiment, checkpoint, notice);
        if (checkpoint.Info.Step < experiment.Schedule.NumTrainSteps)
            notice?.Invoke($"{folder.Path}: continues at step {Text.Count(checkpoint.Info.Step)}.");
        return checkpoint;
    }

    /// <summary>Rejects a configuration that was edited after its checkpoint was saved: training so far had another. More steps
    /// and other threads are allowed: such a run grew and was stopped before it saved again.</summary>
    internal static void RequireUnedited(RunFolder folder, Experiment started, CheckpointInfo newest, Extensions? extensions = null)
    {
        var differences = ExperimentModule.DifferencesFrom(Parse(folder.ConfigFile, newest.Configuration, extensions), started);
        if (differences.Length > 0)
            throw new MtrlException(
                $"{folder.ConfigFile}: is not the configuration of its checkpoint of step {Text.Count(newest.Step)}: {differences}. Undo the edit. "
                + $"Then {PolicyStart.Command(folder.Path, "KEY=VALUE")} starts another run with its policy.");
    }

    /// <summary>The experiment of the run in a folder, which a start of an experiment continues.</summary>
    /// <exception cref="MtrlException">As in <see cref="Continue"/>.</exception>
    internal static Experiment Started(Experiment experiment, RunFolder folder, CheckpointInfo newest, Extensions? extensions)
    {
        if (!experiment.Schedule.ShouldResume)
            throw new MtrlException(
                $"{folder.Path}: holds a run already, and experiment.should_resume is False. "
                + $"Choose another {experiment.Setup.FolderKey}, or remove the folder.");
        if (!folder.Exists)
            throw new MtrlException(
                $"{folder.ConfigFile}: missing, and the folder has a checkpoint of step {Text.Count(newest.Step)}, which a new run would not keep. Choose "
                + $"another {experiment.Setup.FolderKey} or seed, or remove the folder.");
        var started = Read(folder, extensions);
        if (Differences(started, experiment) is { Length: > 0 } differences)
            throw new MtrlException(
                $"{folder.Path}: holds a run of another configuration (step {Text.Count(newest.Step)}){differences}. Choose another "
                + $"{experiment.Setup.FolderKey} or seed, go on with it by {Shell.Command(["mtrl", "resume", folder.Path])}, or remove the folder.");
        RequireUnedited(folder, started, newest, extensions);
        return started;
    }
}
