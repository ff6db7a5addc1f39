using MtrlFunctional.Replay;
using MtrlFunctional.Tasks.MetaWorld;

namespace MtrlFunctional.Tests.Replay;

/// <summary>Meta-World as the example of observations with stacked frames and a tail.</summary>
internal static class MetaWorldReplay
{
    /// <summary>Two frames and the goal.</summary>
    internal static ObservationLayout Layout { get; } = ObservationLayout.Of(MetaWorldSpaces.Spec(MetaWorldSpaces.horizon));
}
