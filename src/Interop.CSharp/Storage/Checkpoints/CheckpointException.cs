namespace MtrlFunctional.Storage;

/// <summary>Why a checkpoint cannot be used.</summary>
public enum CheckpointFault
{
    /// <summary>There is none.</summary>
    Missing,

    /// <summary>Truncated, changed or incomplete: an older one may be used instead.</summary>
    Damaged,

    /// <summary>Of another format, by another version of this program: no older checkpoint is used instead.</summary>
    OtherFormat,

    /// <summary>Not written by this program.</summary>
    Incompatible,

    /// <summary>Perhaps whole: the system denies access, or has no memory or file descriptor left. No older checkpoint is used
    /// instead.</summary>
    Unreadable,
}

/// <summary>A checkpoint that cannot be used.</summary>
/// <param name="fault">Why.</param>
/// <param name="message">The message, with the file and its fault.</param>
public sealed class CheckpointException(CheckpointFault fault, string message) : MtrlException(message)
{
    /// <summary>EPERM, EINTR, ENOMEM, EACCES, ENFILE, EMFILE: errors that say nothing about the disk.</summary>
    private static readonly int[] s_passing = [1, 4, 12, 13, 23, 24];

    /// <summary>Why it cannot be used.</summary>
    public CheckpointFault Fault { get; } = fault;

    /// <summary>Truncated, changed or incomplete.</summary>
    internal static CheckpointException Damaged(string path, string fault) => new(CheckpointFault.Damaged, $"{path}: {fault}");

    /// <summary>Reads a file; its faults become faults of the checkpoint, as does that it is missing.</summary>
    /// <exception cref="CheckpointException">It cannot be read.</exception>
    internal static T Reading<T>(string path, string missing, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not CheckpointException)
        {
            throw e switch
            {
                FileNotFoundException or DirectoryNotFoundException => Damaged(path, missing),
                UnauthorizedAccessException => OfReading(CheckpointFault.Unreadable),
                IOException => OfReading(s_passing.Contains(e.HResult) ? CheckpointFault.Unreadable : CheckpointFault.Damaged),
                MtrlException => new CheckpointException(CheckpointFault.Damaged, e.Message),
                _ => e,
            };
            CheckpointException OfReading(CheckpointFault fault) => new(fault, $"{path}: cannot be read ({e.Message.TrimEnd('.')}).");
        }
    }
}
