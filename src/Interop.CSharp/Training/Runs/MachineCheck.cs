using MtrlFunctional.Rendering;
using MtrlFunctional.Replay;

namespace MtrlFunctional.Training;

/// <summary>The needs of an experiment, compared with this machine before anything is written.</summary>
/// <remarks>Reading order: <see cref="Decide"/> → <see cref="Require"/>.</remarks>
internal static class MachineCheck
{
    /// <summary>The experiment with a backing of its replay: the backing of the run in the folder, else one for which the machine
    /// has room.</summary>
    /// <returns>The experiment as the run's configuration has it.</returns>
    internal static Experiment Decide(Experiment experiment, RunFolder folder, Extensions extensions, Action<string>? notice)
    {
        if (!experiment.ReplayBuffer.Backing.IsAuto)
            return experiment;
        if (folder.Exists && folder.Checkpoints.Steps().Count > 0)
            return ExperimentModule.WithPlaceOf(RunIdentity.Read(folder, extensions), experiment);
        var (free, onDisk) = (AvailableMemory.Find(), FreeDisk(folder.Path));
        var decision = Placement.Decide(extensions.AllAlgorithms, free.Bytes, onDisk, experiment);
        if (OptionModule.ToObj(decision.WithoutFile) is { } disk
            && OptionModule.ToObj(Placement.Refusal(extensions.AllAlgorithms, free.Bytes, onDisk, decision.Experiment)) is { } memory)
            throw new MtrlException($"{memory} The limit is {free.Limit}. {folder.Path}: {disk}");
        if (OptionModule.ToObj(decision.Notice) is { } text)
            notice?.Invoke(text);
        return decision.Experiment;
    }

    /// <summary>Rejects an experiment, whose replay has a backing, that cannot run here.</summary>
    /// <exception cref="RenderingException">No graphics library: the message names the package.</exception>
    internal static void Require(Experiment experiment, RunFolder folder, Extensions extensions)
    {
        var (free, onDisk) = (AvailableMemory.Find(), FreeDisk(folder.Path));
        if (OptionModule.ToObj(Placement.Refusal(extensions.AllAlgorithms, free.Bytes, onDisk, experiment)) is { } memory)
            throw new MtrlException($"{memory} The limit is {free.Limit}.");
        RequireDisk([(experiment, folder)], onDisk, extensions);
        if (AvailableMemory.LargestFile() is { } limit && OptionModule.ToObj(Disk.FileRefusal(extensions.AllAlgorithms, limit, experiment)) is { } file)
            throw new MtrlException($"{folder.Path}: {file}");
        _ = Learner.OptionsOf(experiment.Setup);
        if (Observed.IsImages(experiment))
            _ = Graphics.Library;
    }

    /// <summary>Rejects runs if a disk cannot hold the files of all of them; the check at the start of a run considers this run
    /// only.</summary>
    /// <exception cref="MtrlException">Too little space on the disk, or too little memory and space.</exception>
    internal static void RequireRuns(IEnumerable<Experiment> runs, Extensions extensions)
    {
        var open = runs
            .Where(one => RunStatuses.Of(one, extensions) is RunStatus.New or RunStatus.Incomplete)
            .Select(one => (Experiment: one, Folder: RunFolder.Of(one)))
            .ToList();
        if (open.Count < 2)
            return;

        // Files left by killed processes take space of the disk.
        foreach (var (experiment, folder) in open.Where(run => run.Folder.Exists && !run.Folder.MayRun))
            if (experiment.ReplayBuffer.Backing is { IsFile: true } or { IsAuto: true })
                folder.Claim().Dispose();
        foreach (var disk in open
            .Select(run => run with { Experiment = Decide(run.Experiment, run.Folder, extensions, notice: null) })
            .GroupBy(run => DiskOf(run.Folder.Path), StringComparer.Ordinal))
            RequireDisk([.. disk], FreeDisk(disk.First().Folder.Path), extensions);
    }

    private static void RequireDisk(IReadOnlyList<(Experiment Experiment, RunFolder Folder)> runs, long free, Extensions extensions)
    {
        if (OptionModule.ToObj(Disk.Refusal(
            extensions.AllAlgorithms, free, runs.Select(run => new Disk.RunOnDisk(run.Experiment, Saved(run.Folder))))) is { } disk)
            throw new MtrlException($"{runs[0].Folder.Path}: {disk}");
    }

    private static string DiskOf(string folder)
    {
        var path = Path.GetFullPath(folder);
        try
        {
            return DriveInfo.GetDrives()
                .Select(drive => drive.Name)
                .Where(mount => path.StartsWith(mount.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                .MaxBy(mount => mount.Length) ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>Free bytes of the disk of a folder, which need not exist yet.</summary>
    private static long FreeDisk(string folder)
    {
        try
        {
            return new DriveInfo(PlainFile.Around(folder).Prepend(Path.GetFullPath(folder)).First(Directory.Exists)).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Reported when the folder is made.
            return long.MaxValue;
        }
    }

    /// <summary>Bytes of all checkpoints of a folder: a file that several link counts once.</summary>
    internal static long Saved(RunFolder folder) =>
        folder.Checkpoints.Steps()
            .SelectMany(step => FilesOf(folder.Checkpoints.FolderOf(step)))
            .DistinctBy(file => file.Sha256)
            .Sum(file => file.Bytes);

    private static IReadOnlyList<CheckpointFile> FilesOf(string checkpoint)
    {
        try
        {
            return Checkpoint.Open(checkpoint, _ => Scrutiny.Length).Files;
        }
        catch (CheckpointException)
        {
            // Reported when the run is resumed.
            return [];
        }
    }
}
