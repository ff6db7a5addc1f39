namespace MtrlFunctional.Replay;

/// <summary>Sizes of a replay: memory and capacity.</summary>
public sealed record ReplayShape
{
    /// <summary>Number of tasks, at least 1.</summary>
    public required int Tasks { get; init; }

    /// <summary>Layout of an observation.</summary>
    public required ObservationLayout Observation { get; init; }

    /// <summary>Numbers of an action, at least 1.</summary>
    public required int ActionWidth { get; init; }

    /// <summary>Transitions kept for each task, at least 1.</summary>
    public required int CapacityPerTask { get; init; }

    /// <summary>
    /// Usual length of an episode in transitions. Each episode takes one observation more than it has
    /// transitions; where episodes are shorter than this, a full replay holds a little less than
    /// <see cref="CapacityPerTask"/>.
    /// </summary>
    public int EpisodeLength { get; init; } = 100;

    /// <summary>Tasks whose transitions are stored; null: all.</summary>
    public IReadOnlySet<int>? Stored { get; init; }

    /// <summary>
    /// Whether frames are compressed without loss in main memory. Pictures shrink to a tenth or a half; a batch takes
    /// longer to write. Their size is not known in advance, so that no replay is refused for it. A frame has at most
    /// 262,144 bytes.
    /// </summary>
    public bool IsCompressed { get; init; }

    /// <summary>Bytes of the whole replay; of compressed frames only their index.</summary>
    public long Bytes => checked(StoredCount * (RecordsBytes + Slots + (IsCompressed ? Slots * IndexBytes : 0)));

    /// <summary>Bytes for each transition.</summary>
    public double BytesPerTransition => (double)Bytes / ((double)StoredCount * CapacityPerTask);

    private int StoredCount => Stored?.Count ?? Tasks;

    /// <summary>Observations kept for each task.</summary>
    internal long Slots =>
        CapacityPerTask + (2L * ((CapacityPerTask / EpisodeLength) + 2)) + Observation.Stack;

    /// <summary>Bytes of the records of a task.</summary>
    internal long RecordsBytes => checked(Slots * StoredBytes);

    /// <summary>Bytes of a record in memory: without a compressed frame, up to a whole float.</summary>
    internal int StoredBytes =>
        IsCompressed ? RecordBytes - (FrameBytes / sizeof(float) * sizeof(float)) : RecordBytes;

    /// <summary>Bytes of a record: frame, tail, padding to a whole float, the action taken there and its reward.</summary>
    internal int RecordBytes => ObservationBytes + (sizeof(float) * (ActionWidth + 1));

    /// <summary>Bytes of frame and tail, a multiple of the size of a float.</summary>
    internal int ObservationBytes
    {
        get
        {
            var bytes = Observation.NumberSize * (Observation.Frame + Observation.Tail);
            return (bytes + sizeof(float) - 1) / sizeof(float) * sizeof(float);
        }
    }

    /// <summary>Bytes of the index of compressed frames for each slot.</summary>
    private const int IndexBytes = 24;

    /// <summary>A compressed frame is unpacked on the stack.</summary>
    private const int MostCompressed = 1 << 18;

    private int FrameBytes => Observation.NumberSize * Observation.Frame;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Tasks, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Observation.Frame, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Observation.Stack, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Observation.Tail);
        ArgumentOutOfRangeException.ThrowIfLessThan(ActionWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CapacityPerTask, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(EpisodeLength, 1);
        if (IsCompressed)
            ArgumentOutOfRangeException.ThrowIfGreaterThan(FrameBytes, MostCompressed);
        if (Slots > Array.MaxLength)
            throw new MtrlException(
                $"replay_buffer.capacity: {CapacityPerTask} transitions for each task take {Slots} observations, "
                + $"at most {Array.MaxLength} are counted. Choose a smaller capacity.");
    }
}
