namespace MtrlFunctional.Rendering;

/// <summary>Draws the worlds of one scene into pictures of one size. A world is only read: rendering never changes its
/// simulation, and a picture shows the state as it is, also where derived numbers lag.</summary>
/// <remarks>
/// <para>
/// Any thread may draw, also several at once: they wait for each other, because a renderer has one
/// OpenGL context, which belongs to a thread for the time of a call only. Different renderers draw
/// in parallel. A world must not be stepped while it is drawn.
/// </para>
/// <para>
/// Equal states give equal bytes with the same graphics library and version; see <see cref="Graphics"/>.
/// The caller disposes a renderer. It holds some tens of megabytes: keep it, do not make one a picture.
/// </para>
/// </remarks>
public sealed unsafe class Renderer : IDisposable
{
    /// <summary>Largest width and height of a picture.</summary>
    public const int MaxSize = 8192;

    // Smooth edges.
    private const int SamplesPerPixel = 4;

    // Making a context fills the engine's one table of OpenGL functions.
    private static readonly Lock _making = new();

    private readonly Lock _gate = new();
    private nint _canvas;

    /// <summary>Prepares pictures of a scene.</summary>
    /// <param name="model">The scene; its shapes and textures are taken over. Not needed afterwards.</param>
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="effects">False: no shadows, reflections and sky; the background is black.</param>
    /// <exception cref="RenderingException">No graphics library: the message names the package.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size below 1 or above <see cref="MaxSize"/>.</exception>
    public Renderer(Model model, int width = 640, int height = 480, bool effects = true)
    {
        CheckSize(width, nameof(width));
        CheckSize(height, nameof(height));
        (Width, Height) = (width, height);
        _ = Graphics.Library;
        nint canvas;
        lock (_making)
        {
            var status = Native.mtrl_canvas_make(model.Handle, width, height, SamplesPerPixel, effects ? 1 : 0, &canvas);
            if (status == Native.Failed)
                throw Failed($"preparing pictures of {model.Name}");
        }

        GC.KeepAlive(model);
        _canvas = canvas;
    }

    /// <summary>Frees the native memory of a program that forgot to.</summary>
    ~Renderer() => Free();

    /// <summary>Pixels a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Bytes of a picture: height × width × 3.</summary>
    public int Size => 3 * Width * Height;

    /// <summary>Draws a world.</summary>
    /// <param name="world">A world of the renderer's model or of a copy of it.</param>
    /// <param name="camera">Where from.</param>
    /// <param name="caption">Text in the upper left corner, ASCII; lines are separated by "\n".</param>
    /// <returns>A new picture.</returns>
    /// <exception cref="PhysicsException">No such camera; the nearest names are given.</exception>
    /// <exception cref="RenderingException">A world of another scene, or the graphics library failed.</exception>
    /// <exception cref="ObjectDisposedException">The renderer was disposed.</exception>
    public Frame Render(World world, Camera camera, string? caption = null)
    {
        ArgumentNullException.ThrowIfNull(camera);
        ArgumentNullException.ThrowIfNull(world);
        var pixels = new byte[Size];
        Render(world, camera, pixels, caption);
        return new Frame(Width, Height, pixels);
    }

    /// <summary>Draws a world into memory of one's own.</summary>
    /// <param name="world">A world of the renderer's model or of a copy of it.</param>
    /// <param name="camera">Where from.</param>
    /// <param name="pixels">Receives [height; width; 3] bytes: red, green, blue; rows from the top.</param>
    /// <param name="caption">Text in the upper left corner, ASCII; lines are separated by "\n".</param>
    /// <exception cref="ArgumentException">Another number of bytes than <see cref="Size"/>.</exception>
    /// <exception cref="PhysicsException">No such camera; the nearest names are given.</exception>
    /// <exception cref="RenderingException">A world of another scene, or the graphics library failed.</exception>
    /// <exception cref="ObjectDisposedException">The renderer was disposed.</exception>
    public void Render(World world, Camera camera, Span<byte> pixels, string? caption = null) =>
        Draw(world, camera, pixels, caption, planes: false);

    /// <summary>Draws a world with each colour as a plane of its own, as networks read pictures.</summary>
    /// <param name="world">A world of the renderer's model or of a copy of it.</param>
    /// <param name="camera">Where from.</param>
    /// <param name="planes">Receives [3; height; width] bytes: red, green, blue; rows from the top.</param>
    /// <exception cref="ArgumentException">Another number of bytes than <see cref="Size"/>.</exception>
    /// <exception cref="PhysicsException">No such camera.</exception>
    /// <exception cref="RenderingException">A world of another scene, or the graphics library failed.</exception>
    /// <exception cref="ObjectDisposedException">The renderer was disposed.</exception>
    public void RenderPlanes(World world, Camera camera, Span<byte> planes) =>
        Draw(world, camera, planes, caption: null, planes: true);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
            Free();
        GC.SuppressFinalize(this);
    }

    private void Draw(World world, Camera camera, Span<byte> pixels, string? caption, bool planes)
    {
        if (pixels.Length != Size)
            throw new ArgumentException($"A picture of {Width} × {Height} has {Size} bytes, got {pixels.Length}.", nameof(pixels));
        var (id, upright) = (-1, false);
        var view = stackalloc double[6];
        switch (camera)
        {
            case Camera.Named named:
                (id, upright) = (world.Model.Id(ElementKind.Camera, named.Name), named.Upright);
                break;
            case Camera.Numbered numbered:
                id = Existing(world.Model, numbered.Index);
                break;
            case Camera.Free free:
                (view[0], view[1], view[2]) = (free.X, free.Y, free.Z);
                (view[3], view[4], view[5]) = (free.Distance, free.Azimuth, free.Elevation);
                break;
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_canvas == 0, this);
            fixed (byte* memory = pixels)
            {
                var status = Native.mtrl_canvas_draw(
                    _canvas, world.Model.Handle, world.Handle, id, view, upright ? 1 : 0, caption, planes ? 1 : 0, memory);
                GC.KeepAlive(world);
                if (status == Native.Failed)
                    throw Failed($"drawing {world.Model.Name}");
            }
        }
    }

    private void Free()
    {
        var canvas = Interlocked.Exchange(ref _canvas, 0);
        if (canvas != 0)
            Native.mtrl_canvas_free(canvas);
    }

    private static int Existing(Model model, int camera)
    {
        var count = model.Count(ElementKind.Camera);
        return (uint)camera < (uint)count
            ? camera
            : throw new PhysicsException($"{model.Name}: has {count} cameras, no number {camera}.");
    }

    private static void CheckSize(int size, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, MaxSize, name);
    }

    private static RenderingException Failed(string doing) => new($"{doing}: {Native.Error}.");
}
