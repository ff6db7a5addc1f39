namespace MtrlFunctional.Storage;

/// <summary>Manifest information of a checkpoint, except its files.</summary>
public sealed record CheckpointInfo
{
    /// <summary>Environment steps of every task when it was saved.</summary>
    public required long Step { get; init; }

    /// <summary>Resolved configuration of the run, as text.</summary>
    public required string Configuration { get; init; }

    /// <summary>Threads of the update: part of a run's identity, because sums depend on their order.</summary>
    public required int Threads { get; init; }

    /// <summary>Number format of the update: "fp32", "bf16", "fp64".</summary>
    public required string Precision { get; init; }

    /// <summary>Library versions, for example "libtorch" → "1.13.1".</summary>
    public IReadOnlyDictionary<string, string> Libraries { get; init; } = new Dictionary<string, string>();

    /// <summary>Length in bytes of each log file when it was saved.</summary>
    public IReadOnlyDictionary<string, long> Logs { get; init; } = new Dictionary<string, long>();

    /// <summary>Model of the processor that saved it.</summary>
    public required string ProcessorModel { get; init; }
}

/// <summary>One file of a checkpoint.</summary>
/// <param name="Name">Path inside the checkpoint, with '/'.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="Sha256">Hash of its content, lower-case hexadecimal digits.</param>
public sealed record CheckpointFile(string Name, long Bytes, string Sha256);
