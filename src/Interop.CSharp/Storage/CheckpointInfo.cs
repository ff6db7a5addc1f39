namespace MtrlFunctional.Storage;

/// <summary>Manifest information of a checkpoint, except its files.</summary>
public sealed record CheckpointInfo
{
    /// <summary>Environment steps of every task when it was saved.</summary>
    public required long Step { get; init; }

    /// <summary>SHA-256 of the resolved configuration, as the caller computes it.</summary>
    public required string ConfigHash { get; init; }

    /// <summary>Threads of the update: part of a run's identity, because sums depend on their order.</summary>
    public required int Threads { get; init; }

    /// <summary>Number format of the update: "fp32", "bf16", "fp64".</summary>
    public required string Precision { get; init; }

    /// <summary>Library versions, for example "libtorch" → "1.13.1".</summary>
    public IReadOnlyDictionary<string, string> Libraries { get; init; } = new Dictionary<string, string>();

    /// <summary>Length in bytes of each log file when it was saved; see <see cref="RunLogs.Positions"/>.</summary>
    public IReadOnlyDictionary<string, long> Logs { get; init; } = new Dictionary<string, long>();

    /// <summary>Counters and other loop state, as text.</summary>
    public IReadOnlyDictionary<string, string> Facts { get; init; } = new Dictionary<string, string>();

    /// <summary>Model of the processor that saved it, among the <see cref="Facts"/>; null: not known.</summary>
    public string? ProcessorModel => Facts.GetValueOrDefault(ProcessorFact);

    /// <summary>Name of <see cref="ProcessorModel"/> among the facts.</summary>
    internal const string ProcessorFact = "processor";
}

/// <summary>One file of a checkpoint.</summary>
/// <param name="Name">Path inside the checkpoint, with '/'.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Hash of its content, lower-case hexadecimal digits.</param>
public sealed record CheckpointFile(string Name, long Bytes, string Sha256);

/// <summary>Why a checkpoint cannot be used.</summary>
public enum CheckpointFault
{
    /// <summary>There is none.</summary>
    Missing,

    /// <summary>Truncated, changed or incomplete: an older one may be used instead.</summary>
    Damaged,

    /// <summary>Written by a later version: no older one is used instead.</summary>
    Newer,

    /// <summary>Not written by this program.</summary>
    Incompatible,

    /// <summary>Perhaps whole: the system denies it, or has no memory or file descriptor left. No older one is used instead.</summary>
    Unreadable,
}

/// <summary>A checkpoint that cannot be used.</summary>
/// <param name="fault">Why.</param>
/// <param name="message">Names the file and what is wrong.</param>
public sealed class CheckpointException(CheckpointFault fault, string message) : MtrlException(message)
{
    /// <summary>EPERM, EINTR, ENOMEM, EACCES, ENFILE, EMFILE: errors that say nothing about the disk.</summary>
    private static readonly int[] s_passing = [1, 4, 12, 13, 23, 24];

    /// <summary>Why it cannot be used.</summary>
    public CheckpointFault Fault { get; } = fault;

    /// <summary>The fault of a file that could not be read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="e">The runtime error.</param>
    internal static CheckpointException OfReading(string path, Exception e) =>
        new(
            e is UnauthorizedAccessException || s_passing.Contains(e.HResult) ? CheckpointFault.Unreadable : CheckpointFault.Damaged,
            $"{path}: cannot be read ({e.Message.TrimEnd('.')}).");
}
