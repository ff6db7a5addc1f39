using MtrlFunctional.Physics;
using MtrlFunctional.Rendering;
using MtrlFunctional.Spaces;

namespace MtrlFunctional.Environments;

/// <summary>A trial of an environment that can be drawn.</summary>
/// <param name="inner">Disposed with this one.</param>
/// <param name="spec">Of the inner environment.</param>
/// <param name="trial">Episodes of a trial.</param>
/// <param name="steps">Steps at which an episode is cut.</param>
internal sealed class RenderableTrial(IEnvironment inner, EnvironmentSpec spec, Trial trial, int steps)
    : TrialEnvironment(inner, spec, trial, steps), IRenderable
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
