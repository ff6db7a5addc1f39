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

    /// <summary>Configuration of the run when it was saved, among the <see cref="Facts"/>; null: not known.</summary>
    internal string? Configuration => Facts.GetValueOrDefault(ConfigurationFact);

    /// <summary>Name of <see cref="Configuration"/> among the facts.</summary>
    internal const string ConfigurationFact = "configuration";
}

/// <summary>One file of a checkpoint.</summary>
/// <param name="Name">Path inside the checkpoint, with '/'.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="Sha256">Hash of its content, lower-case hexadecimal digits.</param>
public sealed record CheckpointFile(string Name, long Bytes, string Sha256);
