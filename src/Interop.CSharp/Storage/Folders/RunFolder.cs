namespace MtrlFunctional.Storage;

/// <summary>The folder of one run: <c>config.yaml</c>, <c>train.log</c>, <c>metrics.jsonl</c>, <c>events.out.tfevents.…</c>,
/// <c>checkpoints/step-…/</c>. Holds a path only: reading a run needs no lock, changing it needs <see cref="Claim"/>.</summary>
/// <param name="Path">The folder.</param>
public sealed record RunFolder(string Path)
{
    /// <summary>The resolved configuration.</summary>
    public string ConfigFile => System.IO.Path.Combine(Path, "config.yaml");

    /// <summary>The lines of the paper's program: one where the log is due, and for each evaluation.</summary>
    public string TrainLogFile => System.IO.Path.Combine(Path, "train.log");

    /// <summary>One JSON object for each line.</summary>
    public string MetricsFile => System.IO.Path.Combine(Path, "metrics.jsonl");

    /// <summary>Pairwise cosine similarities of the task gradients, if recorded.</summary>
    public string ConflictsFile => System.IO.Path.Combine(Path, "conflicts.jsonl");

    /// <summary>Bundles of updates whose numbers were not finite; most runs have none.</summary>
    public string CrashFolder => System.IO.Path.Combine(Path, "crash");

    /// <summary>Files of a replay on a disk, while a process trains.</summary>
    internal string ReplayFolder => System.IO.Path.Combine(Path, ".replay");

    /// <summary>Checkpoints of the run.</summary>
    public Checkpoints Checkpoints => new(System.IO.Path.Combine(Path, "checkpoints"));

    /// <summary>Whether a run was ever started here.</summary>
    public bool Exists => File.Exists(ConfigFile);

    /// <summary>The folder of a seed.</summary>
    /// <param name="saveDir">Folder of the experiment, by default <c>&lt;base_path&gt;/&lt;name&gt;</c>.</param>
    /// <param name="seed">The seed.</param>
    /// <returns><c>&lt;saveDir&gt;/seed-&lt;seed&gt;</c>.</returns>
    public static RunFolder OfSeed(string saveDir, long seed) =>
        new(System.IO.Path.Combine(saveDir, FormattableString.Invariant($"seed-{seed}")));

    /// <summary>The folder of an experiment's first seed.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    public static RunFolder Of(Experiment experiment) => OfSeed(experiment.Given().Setup.SaveDir, experiment.Setup.SeedRef);

    /// <summary>A run that exists.</summary>
    /// <param name="path">As in <see cref="NamedRun.Find"/>; the step of a checkpoint is ignored.</param>
    /// <returns>The run.</returns>
    /// <exception cref="MtrlException">No run there; the message names those below it, and those right beside it.</exception>
    public static RunFolder Existing(string path) => NamedRun.Find(path).Run;

    /// <summary>Makes the folder where it is missing, takes its lock, and removes temporary files of a killed
    /// process.</summary>
    /// <param name="remedy">What helps where the folder cannot be written, as the end of a sentence.</param>
    /// <returns>The lock; dispose it when the run ends.</returns>
    /// <exception cref="MtrlException">Another process runs here, the folder cannot be written, or it contains links.</exception>
    public RunLock Claim(string remedy = DurableFile.OtherBasePath)
    {
        DurableFile.Explained(
            Path,
            () =>
            {
                DurableFile.MakeFolder(Path);
                PlainFile.CheckFolder(Path, Checkpoints.Folder);
            },
            ExitCode.WrongInput,
            remedy);
        return RunLock.Take(Path, remedy).Prepared(_ => DurableFile.Explained(
            Path,
            () =>
            {
                Checkpoints.Clean();
                if (Directory.Exists(ReplayFolder))
                    DurableFile.TryDeleteFolder(ReplayFolder);
            },
            ExitCode.WrongInput,
            remedy));
    }

    /// <summary>The outermost folder that <see cref="Claim"/> has to make; null: the folder is there.</summary>
    internal string? FirstMissing() =>
        PlainFile.Around(Path).Prepend(System.IO.Path.GetFullPath(Path)).TakeWhile(folder => !Directory.Exists(folder)).LastOrDefault();

    /// <summary>The run in whose folder this one lies; null: it lies in none.</summary>
    internal RunFolder? Around() =>
        PlainFile.Around(Path).Select(folder => new RunFolder(folder)).FirstOrDefault(run => run.Exists && File.Exists(run.MetricsFile));

    /// <summary>Removes the folder of a run that did not start, and the empty folders around it. A folder with checkpoints
    /// stays.</summary>
    /// <param name="outermost"><see cref="FirstMissing"/> before the run's folder was made.</param>
    internal void Withdraw(string outermost)
    {
        var path = System.IO.Path.GetFullPath(Path);
        if (Checkpoints.Steps().Count > 0 || MayRun)
            return;
        DurableFile.TryDeleteFolder(path);
        while (path != outermost && System.IO.Path.GetDirectoryName(path) is { } parent)
        {
            path = parent;
            if (!Directory.Exists(path) || Directory.EnumerateFileSystemEntries(path).Any())
                return;
            DurableFile.TryDeleteFolder(path);
        }
    }

    /// <summary>Whether a run needs a file: its configuration, its logs, or anything in its checkpoints.</summary>
    /// <param name="file">A file, which need not exist.</param>
    public static bool Owns(string file) =>
        PlainFile.Around(file).Select(folder => new RunFolder(folder)).Any(run => run.Exists && run.Needs(System.IO.Path.GetFullPath(file)));

    private bool Needs(string file)
    {
        var name = System.IO.Path.GetRelativePath(Path, file);
        return file == ConfigFile || file == TrainLogFile || file == MetricsFile || file == ConflictsFile || name == "lock"
            || RunLogs.IsEvents(name) || name.StartsWith("checkpoints" + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal);
    }

    /// <summary>Writes the resolved configuration, whole or not at all.</summary>
    /// <param name="yaml">Its text.</param>
    /// <exception cref="MtrlException">The folder cannot be written.</exception>
    public void WriteConfig(string yaml) => Write(ConfigFile, yaml, DurableFile.OtherBasePath);

    /// <summary>Reads the resolved configuration.</summary>
    /// <returns>Its text.</returns>
    /// <exception cref="MtrlException">Missing, unreadable, not a regular file, or larger than 1.0 MB.</exception>
    public string ReadConfig() => ReadText("config.yaml");

    /// <summary>Reads a text that <see cref="WriteText"/> wrote.</summary>
    /// <exception cref="MtrlException">Missing, unreadable, not a regular file, or larger than 1.0 MB.</exception>
    internal string ReadText(string name)
    {
        var path = System.IO.Path.Combine(Path, name);
        return PlainFile.Reading(path, () => Text.Decode(PlainFile.Read(Path, path, PlainFile.TextBytes)));
    }

    /// <summary>Whether a living process of this machine owns the run; false where that cannot be read.</summary>
    public bool IsRunning => IsOwned(owner => owner.IsAlive);

    /// <summary>As <see cref="IsRunning"/>, or by a process of another machine, which may have ended.</summary>
    internal bool MayRun => IsOwned(owner => owner.MayRun);

    private bool IsOwned(Func<LockOwner, bool> isMeant)
    {
        try
        {
            return LockClaims.Owner(Path) is { } owner && isMeant(owner);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Opens a file of the folder, such as a video.</summary>
    /// <param name="name">Name of the file inside the folder.</param>
    /// <param name="maxBytes">Largest size of the file.</param>
    /// <returns>For reading; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The name is a path.</exception>
    /// <exception cref="MtrlException">Missing, unreadable, larger, or not a regular file.</exception>
    public FileStream OpenFile(string name, long maxBytes)
    {
        var path = PlaceOf(name);
        return PlainFile.Reading(path, () =>
        {
            PlainFile.Check(Path, path, maxBytes);
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        });
    }

    /// <summary>Writes a text file of the run, such as a report, whole or not at all.</summary>
    /// <param name="name">Name of the file inside the folder.</param>
    /// <param name="text">Content of the file.</param>
    /// <exception cref="ArgumentException">The name is a path.</exception>
    /// <exception cref="MtrlException">The folder cannot be written.</exception>
    public void WriteText(string name, string text) => Write(PlaceOf(name), text, DurableFile.OtherFolder);

    private string PlaceOf(string name) =>
        System.IO.Path.GetFileName(name) == name && name is not ("" or "." or "..")
            ? System.IO.Path.Combine(Path, name)
            : throw new ArgumentException($"'{name}' is not a name inside a folder.", nameof(name));

    private static void Write(string path, string text, string remedy) =>
        DurableFile.Replace(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)), ExitCode.WrongInput, remedy);
}
