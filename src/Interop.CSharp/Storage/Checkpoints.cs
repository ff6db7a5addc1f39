using System.Globalization;

namespace MtrlFunctional.Storage;

/// <summary>
/// The checkpoints of one run: folders <c>step-…</c>. The newest is determined from the disk each
/// time; there is no pointer that could be stale. Writers hold the run's <see cref="RunLock"/>.
/// </summary>
/// <param name="folder">The folder <c>checkpoints</c> of a run.</param>
public sealed class Checkpoints(string folder)
{
    /// <summary>The folder that holds them.</summary>
    public string Folder { get; } = folder;

    /// <summary>Steps of all checkpoints by their names, newest first, whole or not.</summary>
    /// <returns>Empty where there is none.</returns>
    public IReadOnlyList<long> Steps() =>
        !Directory.Exists(Folder)
            ? []
            : [.. Directory.GetDirectories(Folder, "step-*").Select(StepOf).OfType<long>().OrderDescending()];

    /// <summary>Folder of the checkpoint of a step.</summary>
    /// <param name="step">Environment steps of every task.</param>
    /// <returns>Its path, whether it exists or not.</returns>
    public string FolderOf(long step) =>
        Path.Combine(Folder, "step-" + step.ToString(CultureInfo.InvariantCulture));

    /// <summary>The newest whole checkpoint.</summary>
    /// <param name="skipped">Receives a message for each damaged checkpoint: the fault and the checkpoint used
    /// instead.</param>
    /// <returns>Null where the run has no checkpoint at all.</returns>
    /// <exception cref="CheckpointException">
    /// All are damaged, or the newest is of another program or written by a later program.
    /// </exception>
    public Checkpoint? Latest(Action<string>? skipped = null)
    {
        var damaged = new List<CheckpointException>();
        foreach (var step in Steps())
        {
            try
            {
                var checkpoint = Checkpoint.Open(FolderOf(step));
                foreach (var fault in damaged)
                    skipped?.Invoke($"{fault.Message.TrimEnd('.')}; using step-{step} instead.");
                return checkpoint;
            }
            catch (CheckpointException e) when (e.Fault is CheckpointFault.Damaged or CheckpointFault.Missing)
            {
                damaged.Add(e);
            }
        }

        return damaged.Count == 0
            ? null
            : throw new CheckpointException(
                CheckpointFault.Damaged, $"{damaged[0].Message.TrimEnd('.')}; there is no whole checkpoint.");
    }

    /// <summary>Manifest information of the newest whole checkpoint; only file lengths are checked.</summary>
    /// <returns>Null where there is none.</returns>
    public CheckpointInfo? Newest()
    {
        foreach (var step in Steps())
        {
            try
            {
                return Checkpoint.Open(FolderOf(step), _ => false).Info;
            }
            catch (CheckpointException)
            {
                // Latest reports damaged checkpoints when a run is resumed.
            }
        }

        return null;
    }

    /// <summary>Starts a checkpoint.</summary>
    /// <param name="info">Its manifest information.</param>
    /// <param name="expectedBytes">Approximate size; checked against the free space first.</param>
    /// <returns>Write files to it, then commit it; dispose it in any case.</returns>
    /// <exception cref="MtrlException">Too little space, or the folder cannot be written.</exception>
    public CheckpointWriter Begin(CheckpointInfo info, long expectedBytes)
    {
        try
        {
            DurableFile.MakeFolder(Folder);
            var free = new DriveInfo(Path.GetFullPath(Folder)).AvailableFreeSpace;
            if (free < expectedBytes)
                throw new MtrlException(
                    $"{Folder}: {Text.Size(free)} free, the checkpoint of step {info.Step} takes {Text.Size(expectedBytes)}. "
                    + "Nothing was saved, earlier checkpoints stay. Free some space, or choose another folder with setup.base_path.",
                    ExitCode.Stopped);
        }
        catch (Exception e)
        {
            throw DurableFile.Explain(Folder, e);
        }

        return new CheckpointWriter(this, info);
    }

    /// <summary>Removes all but the newest whole checkpoints.</summary>
    /// <param name="keep">How many stay, at least 1; −1: all.</param>
    public void Retain(int keep)
    {
        if (keep < 0)
            return;
        var whole = 0;
        foreach (var step in Steps())
        {
            // A damaged one does not count: there is never less than one whole checkpoint.
            if (whole >= Math.Max(1, keep))
                Trash(step);
            else if (IsWhole(step))
                whole++;
        }
    }

    /// <summary>Removes the checkpoints after a step: for deliberately restarting from an earlier one.</summary>
    /// <param name="step">The last one that stays.</param>
    public void RemoveAfter(long step)
    {
        foreach (var later in Steps().Where(s => s > step))
            Trash(later);
    }

    /// <summary>
    /// Removes temporary files of a killed process, and completes a replacement that it left. Requires the run's lock,
    /// before the first save.
    /// </summary>
    public void Clean()
    {
        if (!Directory.Exists(Folder))
            return;
        foreach (var replaced in Directory.GetDirectories(Folder, ReplacedName("*")))
            EndReplacement(replaced);
        foreach (var left in Directory.GetDirectories(Folder, "tmp-*").Concat(Directory.GetDirectories(Folder, "trash-*")))
            DurableFile.TryDeleteFolder(left);
    }

    /// <summary>
    /// Moves a complete folder to the place of the checkpoint of a step. A whole checkpoint there is set aside before, and
    /// removed after; where the move fails or the process dies between, it returns to its place.
    /// </summary>
    internal void Place(string complete, long step)
    {
        var place = FolderOf(step);
        if (!Directory.Exists(place))
        {
            DurableFile.MoveFolder(complete, place);
        }
        else if (!IsWhole(step))
        {
            Trash(step);
            DurableFile.MoveFolder(complete, place);
        }
        else
        {
            var replaced = Path.Combine(Folder, ReplacedName(step.ToString(CultureInfo.InvariantCulture)));
            try
            {
                DurableFile.MoveFolder(place, replaced);
                DurableFile.MoveFolder(complete, place);
            }
            finally
            {
                EndReplacement(replaced);
            }
        }
    }

    private static string ReplacedName(string step) => "replaced-" + step;

    private void EndReplacement(string replaced)
    {
        var place = Path.Combine(Folder, Path.GetFileName(replaced).Replace(ReplacedName(""), "step-", StringComparison.Ordinal));
        if (Directory.Exists(place))
            DurableFile.TryDeleteFolder(replaced);
        else
            DurableFile.MoveFolder(replaced, place);
    }

    private bool IsWhole(long step)
    {
        try
        {
            // Lengths only: contents are verified when a checkpoint is written and when it is loaded.
            _ = Checkpoint.Open(FolderOf(step), _ => false);
            return true;
        }
        catch (CheckpointException e)
        {
            return e.Fault is CheckpointFault.Newer;
        }
    }

    /// <summary>Renames first, then deletes: no partial checkpoint keeps its name.</summary>
    private void Trash(long step)
    {
        var trash = Path.Combine(Folder, $"trash-{step}-{Guid.NewGuid().ToString("N")[..8]}");
        try
        {
            DurableFile.MoveFolder(FolderOf(step), trash);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DurableFile.Explain(FolderOf(step), e);
        }

        DurableFile.TryDeleteFolder(trash);
    }

    private static long? StepOf(string folder) =>
        long.TryParse(Path.GetFileName(folder)["step-".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? step
            : null;
}
