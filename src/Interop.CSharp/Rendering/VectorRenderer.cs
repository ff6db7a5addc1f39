namespace MtrlFunctional.Rendering;

/// <summary>Pictures of several environments at once, one tile each.</summary>
/// <remarks>The caller disposes it, before or after the environments. Not while they are stepped.</remarks>
public sealed class VectorRenderer : IDisposable
{
    private readonly VectorEnvironment _environments;
    private readonly IReadOnlyList<Camera> _cameras;

    // Environments with the same scene share one.
    private readonly Dictionary<string, Renderer> _renderers = [];

    /// <summary>Prepares pictures of environments.</summary>
    /// <param name="environments">Stay the caller's.</param>
    /// <param name="cameras">The camera of each environment.</param>
    /// <param name="width">Pixels a row of a tile.</param>
    /// <param name="height">Rows of a tile.</param>
    /// <exception cref="ArgumentException">Another number of cameras than of environments.</exception>
    /// <exception cref="RenderingException">The environments cannot be drawn, or no graphics library: the message names the package.</exception>
    public VectorRenderer(VectorEnvironment environments, IReadOnlyList<Camera> cameras, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(environments);
        ArgumentNullException.ThrowIfNull(cameras);
        if (cameras.Count != environments.Count)
            throw new ArgumentException($"{environments.Count} environments, {cameras.Count} cameras.", nameof(cameras));
        (_environments, _cameras) = (environments, cameras);
        Columns = Mosaic.Columns(environments.Count, (double)width / height);
        try
        {
            for (var i = 0; i < environments.Count; i++)
            {
                var environment = environments.Rendered(i);
                if (!_renderers.ContainsKey(environment.Scene))
                    _renderers[environment.Scene] = new Renderer(environment.World.Model, width, height);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Tiles a row.</summary>
    public int Columns { get; }

    /// <summary>One environment.</summary>
    /// <param name="index">Which.</param>
    /// <param name="caption">Text in its upper left corner.</param>
    /// <returns>A tile.</returns>
    /// <exception cref="Physics.PhysicsException">Its scene has no such camera.</exception>
    public Frame Render(int index, string? caption = null)
    {
        var environment = _environments.Rendered(index);
        return _renderers[environment.Scene].Render(environment.World, _cameras[index], caption);
    }

    /// <summary>All environments.</summary>
    /// <param name="caption">Text of each tile, by the number of its environment.</param>
    /// <returns>The tiles in rows.</returns>
    /// <exception cref="Physics.PhysicsException">A scene has no such camera.</exception>
    public Frame RenderAll(Func<int, string?> caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        return Mosaic.Of([.. Enumerable.Range(0, _environments.Count).Select(i => Render(i, caption(i)))], Columns);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var renderer in _renderers.Values)
            renderer.Dispose();
    }
}
