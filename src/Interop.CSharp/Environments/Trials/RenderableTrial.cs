using MtrlFunctional.Spaces;

namespace MtrlFunctional.Environments;

/// <summary>A trial of an environment that can be drawn.</summary>
/// <param name="inner">A renderable environment; disposed with the wrapper.</param>
/// <param name="spec">The specification of the inner environment.</param>
/// <param name="trial">Episodes of a trial.</param>
/// <param name="steps">Steps at which an episode is cut.</param>
/// <param name="countsEach">Whether episodes after the exploration end at their first success.</param>
internal sealed class RenderableTrial(IEnvironment inner, EnvironmentSpec spec, Trial trial, int steps, bool countsEach)
    : TrialEnvironment(inner, spec, trial, steps, countsEach), IRenderableWrapper;
