using MtrlFunctional.Rendering;

namespace MtrlFunctional.Environments;

/// <summary>An environment that is simulated by MuJoCo, so that pictures of its world can be drawn.</summary>
public interface IRenderable
{
    /// <summary>Name of its scene; environments of one scene share a renderer.</summary>
    string Scene { get; }

    /// <summary>The simulated world, for reading; writing to it breaks the episode.</summary>
    World World { get; }

    /// <summary>Simulated seconds of a step.</summary>
    double StepSeconds { get; }

    /// <summary>A view of the whole robot.</summary>
    Camera Overview => new Camera.Numbered(0);

    /// <summary>A view of the place where the task happens.</summary>
    Camera Close => Overview;

    /// <summary>Whether colours show the reward; then pictures are for people only, not for agents.</summary>
    bool ShowsReward => false;
}
