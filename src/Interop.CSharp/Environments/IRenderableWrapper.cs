using MtrlFunctional.Physics;
using MtrlFunctional.Rendering;

namespace MtrlFunctional.Environments;

/// <summary>A wrapper of an environment that can be drawn: it looks like that one.</summary>
internal interface IRenderableWrapper : IWrapper, IRenderable
{
    /// <inheritdoc/>
    string IRenderable.Scene => Drawn.Scene;

    /// <inheritdoc/>
    World IRenderable.World => Drawn.World;

    /// <inheritdoc/>
    double IRenderable.StepSeconds => Drawn.StepSeconds;

    /// <inheritdoc/>
    Camera IRenderable.Overview => Drawn.Overview;

    /// <inheritdoc/>
    Camera IRenderable.Close => Drawn.Close;

    /// <inheritdoc/>
    bool IRenderable.ShowsReward => Drawn.ShowsReward;

    private IRenderable Drawn => (IRenderable)Inner;
}
