using MtrlFunctional.Spaces;

namespace MtrlFunctional.Replay;

/// <summary>
/// Layout of an observation; frames shared by consecutive observations are stored once: the
/// current frame, the frames of the steps before (newest first), and a tail stored with each
/// observation, such as the goal.
/// </summary>
/// <param name="Frame">Numbers of one frame, at least 1.</param>
/// <param name="Stack">Frames in an observation, at least 1.</param>
/// <param name="Tail">Numbers after the frames, at least 0.</param>
public readonly record struct ObservationLayout(int Frame, int Stack, int Tail)
{
    /// <summary>The layout of an environment's observations.</summary>
    /// <param name="spec">Its specification.</param>
    public static ObservationLayout Of(EnvironmentSpec spec) =>
        new(EnvironmentSpecModule.FrameSize(spec), spec.Observation.Frames, spec.Observation.Tail);

    /// <summary>Observations without shared frames.</summary>
    /// <param name="width">Numbers of an observation.</param>
    /// <returns>One frame, no tail.</returns>
    public static ObservationLayout Plain(int width) => new(width, 1, 0);

    /// <summary>Numbers of an observation.</summary>
    public int Width => (Frame * Stack) + Tail;
}

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

    /// <summary>Bytes of memory of the whole replay.</summary>
    public long Bytes => Tasks * Slots * ((sizeof(float) * (long)Stride) + 1);

    /// <summary>Bytes of memory for each transition.</summary>
    public double BytesPerTransition => (double)Bytes / ((double)Tasks * CapacityPerTask);

    /// <summary>Observations kept for each task.</summary>
    internal long Slots =>
        CapacityPerTask + (2L * ((CapacityPerTask / EpisodeLength) + 2)) + Observation.Stack;

    /// <summary>Floats stored with an observation: frame, tail, the action taken there and its reward.</summary>
    internal int Stride => Observation.Frame + Observation.Tail + ActionWidth + 1;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Tasks, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Observation.Frame, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Observation.Stack, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Observation.Tail);
        ArgumentOutOfRangeException.ThrowIfLessThan(ActionWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CapacityPerTask, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(EpisodeLength, 1);
        if (Slots * Stride > Array.MaxLength)
            throw new MtrlException(
                $"replay_buffer.capacity: {CapacityPerTask} transitions for each task take {Slots * Stride} numbers, "
                + $"at most {Array.MaxLength} fit. Choose a smaller capacity.");
    }
}
