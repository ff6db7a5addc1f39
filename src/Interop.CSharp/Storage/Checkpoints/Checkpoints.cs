namespace MtrlFunctional.Storage;

/// <summary>The checkpoints of one run: folders <c>step-…</c>. The newest is determined from the disk each time; there is no
/// pointer that could be stale. Writers hold the run's <see cref="RunLock"/>.</summary>
/// <param name="folder">The folder <c>checkpoints</c> of a run.</param>
public sealed partial class Checkpoints(string folder)
{
    /// <summary>The folder that holds them.</summary>
    public string Folder { get; } = folder;

    /// <summary>The newest whole checkpoint, also while a run saves here.</summary>
    /// <param name="skipped">Receives a message for each damaged checkpoint: the fault and the checkpoint used
    /// instead.</param>
    /// <returns>Null where the run has no checkpoint at all.</returns>
    /// <exception cref="CheckpointException">All are damaged, or the newest is of another program or of another
    /// format.</exception>
    public Checkpoint? Latest(Action<string>? skipped = null) => Latest(_ => Scrutiny.Content, skipped);

    /// <summary>The newest checkpoint of whose files that holds which <paramref name="scrutiny"/> asks.</summary>
    internal Checkpoint? Latest(Func<CheckpointFile, Scrutiny> scrutiny, Action<string>? skipped)
    {
        while (true)
        {
            var folders = NewestFolders();
            var (found, faults) = Search(folders.Select(one => one.Path), scrutiny);
            if (found is not null && faults.Count == 0)
                return found;

            // A run that saves here removes and replaces checkpoints.
            if (!folders.SequenceEqual(NewestFolders()))
                continue;
            if (found is null && faults.Count > 0)
                throw new CheckpointException(
                    CheckpointFault.Damaged,
                    $"{faults[0].Message.TrimEnd('.')}; there is no whole checkpoint. To start the run again, rename {Folder}.");
            foreach (var fault in faults)
                skipped?.Invoke($"{fault.Message.TrimEnd('.')}; using {Path.GetFileName(found!.Folder)} instead.");
            return found;
        }
    }

    /// <summary>Manifest information of the newest whole checkpoint, also while a run saves here; only file lengths are checked.</summary>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="CheckpointException">The newest is of another program or of another format, or may not be read.</exception>
    public CheckpointInfo? Newest()
    {
        try
        {
            return Latest(_ => Scrutiny.Length, skipped: null)?.Info;
        }
        catch (CheckpointException e) when (e.Fault is CheckpointFault.Damaged)
        {
            return null;
        }
    }

    /// <summary>Starts a checkpoint: write files to it, then commit it; dispose it in any case.</summary>
    /// <exception cref="MtrlException">Less space than expected, or the folder cannot be written.</exception>
    internal CheckpointWriter Begin(CheckpointInfo info, long expectedBytes)
    {
        DurableFile.Explained(Folder, () =>
        {
            DurableFile.MakeFolder(Folder);
            var free = new DriveInfo(Path.GetFullPath(Folder)).AvailableFreeSpace;
            if (free < expectedBytes)
                throw new MtrlException(
                    $"{Folder}: {Text.Size(free)} free, the checkpoint of step {info.Step} takes {Text.Size(expectedBytes)}. "
                    + $"Nothing was saved, earlier checkpoints stay. Free some space, or {DurableFile.OtherBasePath}.",
                    ExitCode.Stopped);
        });
        return new CheckpointWriter(this, info);
    }

    /// <summary>Removes all but the newest whole checkpoints.</summary>
    /// <param name="keep">How many stay, at least 1; −1: all.</param>
    internal void Retain(int keep)
    {
        if (keep < 0)
            return;
        DurableFile.Explained(Folder, () =>
        {
            var whole = 0;
            foreach (var step in Steps())
            {
                // A damaged one does not count: there is never less than one whole checkpoint.
                if (whole >= Math.Max(1, keep))
                    Trash(step);
                else if (IsWhole(step))
                    whole++;
            }
        });
    }

    /// <summary>Sets the checkpoints after a step aside, as <c>damaged-…</c>: a run that continues from this step computes them
    /// again, and its next save removes them. Requires the run's lock.</summary>
    internal void SetAsideAfter(long step) => DurableFile.Explained(Folder, () =>
    {
        foreach (var later in Steps().Where(s => s > step))
            SetAside(later);
    });

    /// <summary>The first whole checkpoint of these folders, and the faults of the folders before it.</summary>
    private static (Checkpoint? Found, List<CheckpointException> Faults) Search(
        IEnumerable<string> paths, Func<CheckpointFile, Scrutiny> scrutiny)
    {
        var faults = new List<CheckpointException>();
        foreach (var path in paths)
        {
            try
            {
                return (Checkpoint.Open(path, scrutiny), faults);
            }
            catch (CheckpointException e) when (e.Fault is CheckpointFault.Damaged or CheckpointFault.Missing)
            {
                faults.Add(e);
            }
        }

        return (null, faults);
    }

    private bool IsWhole(long step)
    {
        try
        {
            // Lengths only: contents are verified when a checkpoint is written and when it is loaded.
            _ = Checkpoint.Open(FolderOf(step), _ => Scrutiny.Length);
            return true;
        }
        catch (CheckpointException e)
        {
            return e.Fault is CheckpointFault.OtherFormat;
        }
    }
}
