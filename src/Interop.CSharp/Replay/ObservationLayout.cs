namespace MtrlFunctional.Replay;

/// <summary>Order of the frames in an observation.</summary>
public enum FrameOrder
{
    /// <summary>The current frame first: observations of numbers, such as Meta-World's.</summary>
    NewestFirst,

    /// <summary>The current frame last: stacked pictures.</summary>
    OldestFirst,
}

/// <summary>Layout of an observation; frames shared by consecutive observations are stored once: the frames of the last steps,
/// and a tail stored with each observation, such as the goal.</summary>
/// <param name="Frame">Numbers of one frame, at least 1.</param>
/// <param name="Stack">Frames in an observation, at least 1.</param>
/// <param name="Tail">Numbers after the frames, at least 0.</param>
public readonly record struct ObservationLayout(int Frame, int Stack, int Tail)
{
    /// <summary>Whether a number is a byte, 0 to 255; else it is a 32-bit float.</summary>
    public bool IsBytes { get; init; }

    /// <summary>Order of the frames.</summary>
    public FrameOrder Order { get; init; }

    /// <summary>The layout of an environment's observations.</summary>
    /// <param name="spec">Its specification.</param>
    public static ObservationLayout Of(EnvironmentSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var isBytes = spec.Observation.Element.IsUInt8;
        return new(EnvironmentSpecModule.FrameSize(spec), spec.Observation.Frames, spec.Observation.Tail)
        {
            IsBytes = isBytes,
            Order = isBytes ? FrameOrder.OldestFirst : FrameOrder.NewestFirst,
        };
    }

    /// <summary>Observations without shared frames.</summary>
    /// <param name="width">Numbers of an observation.</param>
    /// <returns>One frame, no tail.</returns>
    public static ObservationLayout Plain(int width) => new(width, 1, 0);

    /// <summary>Numbers of an observation.</summary>
    public int Width => (Frame * Stack) + Tail;

    internal int NumberSize => IsBytes ? sizeof(byte) : sizeof(float);
}
