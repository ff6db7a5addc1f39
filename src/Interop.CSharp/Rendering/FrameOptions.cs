namespace MtrlFunctional.Rendering;

/// <summary>Options of a <see cref="FrameObserver"/>; the defaults of MTEnv's hidden-parameter tasks.</summary>
public sealed record FrameOptions
{
    /// <summary>Pixels a row.</summary>
    public int Width { get; init; } = 84;

    /// <summary>Rows.</summary>
    public int Height { get; init; } = 84;

    /// <summary>Frames of consecutive steps in an observation, at least 1.</summary>
    public int Stack { get; init; } = 3;

    /// <summary>The camera of frames.</summary>
    public Camera Camera { get; init; } = Camera.Numbered(0);
}
