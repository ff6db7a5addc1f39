namespace MtrlFunctional.Replay;

/// <summary>Sizes of a replay: memory and capacity.</summary>
public sealed record ReplayShape
{
    /// <summary>Number of tasks, at least 1.</summary>
    public required int Tasks { get; init; }

    /// <summary>The environments whose transitions it holds. Frames that consecutive observations share are stored once, the tail with
    /// each observation. Each episode takes one observation more than it has transitions; where episodes are shorter than the horizon, a
    /// full replay holds a little less than <see cref="CapacityPerTask"/>.</summary>
    public required EnvironmentSpec Spec { get; init; }

    /// <summary>The spaces of each task if rows of some are padded: an observation begins with the numbers of its task,
    /// and so does an action; padding is not stored, and zero in batches. Null: rows of all tasks are whole.</summary>
    internal IReadOnlyList<EnvironmentSpec>? Own { get; init; }

    /// <summary>Transitions kept for each task, at least 1.</summary>
    public required int CapacityPerTask { get; init; }

    /// <summary>Tasks whose transitions are stored; null: all.</summary>
    public IReadOnlySet<int>? Stored { get; init; }

    /// <summary>Whether frames are compressed without loss in main memory. Pictures shrink to a tenth or a half; a batch takes
    /// longer to write. Their size is not known in advance, so that no replay is refused for it. A frame has at most 262,144
    /// bytes.</summary>
    public bool IsCompressed { get; init; }

    /// <summary>Bytes of a file of records; null: a fraction of the ring.</summary>
    internal long? BytesOfFile { get; init; }

    /// <summary>Consecutive slots of a task in a file of records.</summary>
    internal int SlotsOfFile =>
        (int)Math.Clamp((BytesOfFile ?? Experiments.Memory.BytesOfFile(Slots * RecordBytes)) / RecordBytes, 1, Slots);

    /// <summary>Whether numbers of observations are bytes, of which the oldest frame is first; else 32-bit floats, the newest frame
    /// first.</summary>
    internal bool IsBytes => Spec.Observation.Element.IsUInt8;

    /// <summary>Numbers of one frame.</summary>
    internal int Frame => EnvironmentSpecModule.FrameSize(Spec);

    /// <summary>Frames in an observation.</summary>
    internal int Stack => Spec.Observation.Frames;

    /// <summary>Numbers of an observation.</summary>
    internal int Width => EnvironmentSpecModule.ObservationSize(Spec);

    internal int ActionWidth => EnvironmentSpecModule.ActionSize(Spec);

    internal int NumberSize => IsBytes ? sizeof(byte) : sizeof(float);

    /// <summary>Bytes of the whole replay; of compressed frames only their index.</summary>
    public long Bytes => Enumerable.Range(0, Tasks).Where(IsStored).Sum(task => Of(task).TaskBytes);

    internal bool IsStored(int task) => Stored?.Contains(task) ?? true;

    /// <summary>The shape with the rows of a task.</summary>
    internal ReplayShape Of(int task) =>
        Own is null ? this : this with { Spec = new(Own[task].Observation, Own[task].Action, Spec.Horizon, Spec.Terminates), Own = null };

    /// <summary>Observations kept for each task.</summary>
    internal long Slots =>
        CapacityPerTask + (2L * ((CapacityPerTask / Spec.Horizon) + 2)) + Stack;

    private long TaskBytes => checked(RecordsBytes + Slots + (IsCompressed ? Slots * IndexBytes : 0));

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
            var bytes = NumberSize * (Frame + Spec.Observation.Tail);
            return (bytes + sizeof(float) - 1) / sizeof(float) * sizeof(float);
        }
    }

    /// <summary>Bytes of the index of compressed frames for each slot.</summary>
    private const int IndexBytes = 24;

    /// <summary>A compressed frame is unpacked on the stack.</summary>
    private const int MostCompressed = 1 << 18;

    private int FrameBytes => NumberSize * Frame;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Tasks, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Stack, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Frame, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Spec.Observation.Tail);
        ArgumentOutOfRangeException.ThrowIfLessThan(ActionWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CapacityPerTask, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Spec.Horizon, 1);
        if (Own is not null && (Own.Count != Tasks || !Own.All(IsPart)))
            throw new ArgumentException($"Rows of {Tasks} tasks are parts of rows of {Width} numbers and {ActionWidth} of an action.");
        if (IsCompressed)
            ArgumentOutOfRangeException.ThrowIfGreaterThan(FrameBytes, MostCompressed);
        if (Slots > Array.MaxLength)
            throw new MtrlException(
                $"replay_buffer.capacity: {CapacityPerTask} transitions for each task take {Slots} observations, "
                + $"at most {Array.MaxLength} are counted. Choose a smaller capacity.");
    }

    // Bytes are pictures, which are not padded.
    private bool IsPart(EnvironmentSpec own) =>
        own.Observation.Element.IsFloat32 && !IsBytes && !IsCompressed
        && EnvironmentSpecModule.ObservationSize(own) <= Width && EnvironmentSpecModule.ActionSize(own) <= ActionWidth;
}
