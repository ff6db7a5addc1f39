using MtrlFunctional.Physics;

namespace MtrlFunctional.Environments;

/// <summary>An environment that is simulated by MuJoCo, so that pictures of its world can be drawn.</summary>
public interface IRenderable
{
    /// <summary>Name of its scene; environments of one scene share a renderer.</summary>
    string Scene { get; }

    /// <summary>The simulated world, for reading; writing to it breaks the episode.</summary>
    World World { get; }
}
