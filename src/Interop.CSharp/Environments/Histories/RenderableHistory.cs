using MtrlFunctional.Spaces;

namespace MtrlFunctional.Environments;

/// <summary>An environment with a history that can be drawn.</summary>
/// <param name="inner">A renderable environment; disposed with the wrapper.</param>
/// <param name="spec">The specification of the inner environment.</param>
/// <param name="history">Steps before an observation.</param>
internal sealed class RenderableHistory(IEnvironment inner, EnvironmentSpec spec, History history)
    : HistoryEnvironment(inner, spec, history), IRenderableWrapper;
