using MtrlFunctional.Rendering;

namespace MtrlFunctional.Environments;

/// <summary>The environments of another family, observed as stacked pictures: uint8, channels first, the oldest picture first. A
/// <see cref="VectorEnvironment"/> draws them on its worker threads.</summary>
/// <remarks>Tasks, rewards, actions and horizon are the inner family's. Environments must be <see cref="IRenderable"/> and must
/// not show their reward. The inner family is disposed with the wrapper.</remarks>
public sealed class PictureFamily : IEnvironmentFamily
{
    private readonly IEnvironmentFamily _inner;

    /// <summary>Observes a family as pictures.</summary>
    /// <param name="inner">The wrapped family; disposed with the wrapper.</param>
    /// <param name="frames">Size, stack and camera; null: three pictures of 84 × 84 from camera 0.</param>
    public PictureFamily(IEnvironmentFamily inner, FrameOptions? frames = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        (_inner, Frames) = (inner, frames ?? new FrameOptions());
        var observation = EnvironmentSpecModule.Pictures(Frames.Height, Frames.Width, Frames.Stack);
        EnvironmentSpec Seen(EnvironmentSpec spec) => new(observation, spec.Action, spec.Horizon, spec.Terminates);
        Spec = Seen(inner.Spec);
        Tasks = [.. inner.Tasks.Select(task => task with { Spec = task.Spec is { } own ? Seen(own) : null })];
    }

    /// <summary>Size, stack and camera of the pictures.</summary>
    public FrameOptions Frames { get; }

    /// <inheritdoc/>
    public EnvironmentSpec Spec { get; }

    /// <inheritdoc/>
    public IReadOnlyList<EnvironmentTask> Tasks { get; }

    /// <inheritdoc/>
    public IEnvironment Create(int task) => _inner.Create(task);

    /// <inheritdoc/>
    public void Dispose() => _inner.Dispose();
}
