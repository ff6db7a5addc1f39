using MtrlFunctional.Physics;
using MtrlFunctional.Rendering;
using MtrlFunctional.Spaces;

namespace MtrlFunctional.Environments;

/// <summary>An environment with a history that can be drawn.</summary>
/// <param name="inner">Disposed with this one.</param>
/// <param name="spec">Of the inner environment.</param>
/// <param name="history">Steps before an observation.</param>
internal sealed class RenderableHistory(IEnvironment inner, EnvironmentSpec spec, History history)
    : HistoryEnvironment(inner, spec, history), IRenderable
{
    private readonly IRenderable _drawn = (IRenderable)inner;

    /// <inheritdoc/>
    public string Scene => _drawn.Scene;

    /// <inheritdoc/>
    public World World => _drawn.World;

    /// <inheritdoc/>
    public double StepSeconds => _drawn.StepSeconds;

    /// <inheritdoc/>
    public Camera Overview => _drawn.Overview;

    /// <inheritdoc/>
    public Camera Close => _drawn.Close;

    /// <inheritdoc/>
    public bool ShowsReward => _drawn.ShowsReward;
}
