namespace MtrlFunctional.Rendering;

/// <summary>Options of a <see cref="FrameObserver"/>; the defaults of MTEnv's hidden-parameter tasks.</summary>
public sealed record FrameOptions
{
    /// <summary>Pixels a row.</summary>
    public int Width { get; init; } = 84;

    /// <summary>Rows.</summary>
    public int Height { get; init; } = 84;

    /// <summary>Frames of consecutive steps in an observation, at least 1.</summary>
    public int Stack { get; init; } = 3;

    /// <summary>The camera of frames.</summary>
    public Camera Camera { get; init; } = new Camera.Numbered(0);
}

/// <summary>Observations of a vector of environments as pictures: uint8, channels first, the frames of consecutive steps stacked,
/// the oldest first. The worker threads of the vector draw into the memory that keeps them.</summary>
/// <remarks>
/// <para>
/// Call <see cref="Observe"/> after a step and after a reset: the first frame of an episode fills the whole stack.
/// Between <see cref="VectorEnvironment.Step(ReadOnlySpan{float})"/> and <see cref="VectorEnvironment.ResetFinished"/>
/// it gives the last frames of the episodes that ended. It allocates nothing.
/// </para>
/// <para>
/// Each worker thread draws the same environments every time, in an OpenGL context of its own for each of their
/// scenes. Pictures do not depend on the number of threads. The caller disposes it, before or after the environments.
/// Not thread-safe; not while the environments are stepped.
/// </para>
/// </remarks>
public sealed class FrameObserver : IDisposable
{
    private const int Colours = 3;

    private readonly VectorEnvironment _environments;
    private readonly Camera _camera;
    private readonly int[][] _indicesOfThread;
    private readonly Renderer[] _rendererOf;
    private readonly List<Renderer> _renderers = [];
    private readonly Action<int> _observe;
    private readonly byte[] _frames;

    // Number and step of the episode at the newest frame.
    private readonly long[] _episodes;
    private readonly int[] _steps;

    /// <summary>Makes the contexts; draws nothing yet.</summary>
    /// <param name="environments">Stay the caller's.</param>
    /// <param name="options">Size, stack and camera; null: three frames of 84 × 84 from camera 0.</param>
    /// <exception cref="RenderingException">The environments cannot be drawn, they show their reward, or no graphics library: the
    /// message names the package.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size or a stack below 1.</exception>
    public FrameObserver(VectorEnvironment environments, FrameOptions? options = null)
    {
        options ??= new FrameOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Stack, 1);
        (_environments, _camera, Options) = (environments, options.Camera, options);
        var count = environments.Count;
        string[] scenes = [.. Enumerable.Range(0, count).Select(SceneOf)];
        _indicesOfThread = [.. Share(scenes, environments.Threads)];
        _rendererOf = new Renderer[count];
        try
        {
            foreach (var indices in _indicesOfThread)
                foreach (var scene in indices.GroupBy(i => scenes[i]))
                    Prepare([.. scene]);
        }
        catch
        {
            Dispose();
            throw;
        }

        FrameSize = Colours * options.Height * options.Width;
        _frames = new byte[count * Size];
        (_episodes, _steps) = (new long[count], new int[count]);
        _observe = ObserveOfThread;
        Restart();
    }

    /// <summary>Size, stack and camera.</summary>
    public FrameOptions Options { get; }

    /// <summary>Bytes of a frame: 3 × height × width.</summary>
    public int FrameSize { get; }

    /// <summary>Bytes of an observation.</summary>
    public int Size => Options.Stack * FrameSize;

    /// <summary>The observations, shape [count; 3 × stack; height; width]: red, green, blue of the oldest frame first.</summary>
    public ReadOnlySpan<byte> Frames => _frames;

    /// <summary>The observation of one environment, shape [3 × stack; height; width].</summary>
    /// <param name="index">Which environment.</param>
    public ReadOnlySpan<byte> FramesOf(int index) => MemoryOf(index);

    internal Span<byte> MemoryOf(int index) => _frames.AsSpan(index * Size, Size);

    /// <summary>Draws the environments that were stepped or reset since the last call. A stack whose last frame is not of the
    /// step before is filled with the new one.</summary>
    /// <exception cref="Physics.PhysicsException">A scene has no such camera.</exception>
    /// <exception cref="RenderingException">The graphics library failed.</exception>
    public void Observe() => _environments.OnWorkers(_indicesOfThread.Length, _observe);

    /// <summary>Restores saved frames, which must belong to the environments' present states.</summary>
    internal void Restore(ReadOnlySpan<byte> frames)
    {
        frames.CopyTo(_frames);
        for (var i = 0; i < _steps.Length; i++)
            (_episodes[i], _steps[i]) = (_environments.Episodes[i], _environments.EpisodeSteps(i));
    }

    /// <summary>Forgets all frames, as after <see cref="VectorEnvironment.Restore"/>.</summary>
    public void Restart() => _episodes.AsSpan().Fill(-1);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var renderer in _renderers)
            renderer.Dispose();
    }

    private string SceneOf(int index)
    {
        var environment = _environments.Rendered(index);
        return environment.ShowsReward
            ? throw new RenderingException(
                $"{_environments.TaskNames[index]}: its colours show the reward, which pictures for an agent must not contain; set RewardColours = false.")
            : environment.Scene;
    }

    // Environments of one scene are neighbours, so that few threads need the same scene.
    private static IEnumerable<int[]> Share(string[] scenes, int threads)
    {
        int[] sorted = [.. Enumerable.Range(0, scenes.Length).OrderBy(i => scenes[i], StringComparer.Ordinal)];
        for (var thread = 0; thread < threads; thread++)
            yield return sorted[(thread * sorted.Length / threads)..((thread + 1) * sorted.Length / threads)];
    }

    private void Prepare(int[] indices)
    {
        var model = _environments.Rendered(indices[0]).World.Model;
        var renderer = new Renderer(model, Options.Width, Options.Height);
        _renderers.Add(renderer);
        foreach (var i in indices)
            _rendererOf[i] = renderer;
    }

    private void ObserveOfThread(int thread)
    {
        foreach (var i in _indicesOfThread[thread])
            if (_environments.IsPlayedHere(i))
                ObserveOne(i);
    }

    private void ObserveOne(int i)
    {
        var (episode, step) = (_environments.Episodes[i], _environments.EpisodeSteps(i));
        var isSameEpisode = episode == _episodes[i];
        if (isSameEpisode && step == _steps[i])
            return;
        var follows = isSameEpisode && step == _steps[i] + 1;
        var frames = MemoryOf(i);
        // A picture that fails leaves no stack.
        _episodes[i] = -1;
        if (follows)
            frames[FrameSize..].CopyTo(frames);
        var newest = frames[^FrameSize..];
        _rendererOf[i].RenderPlanes(_environments.Rendered(i).World, _camera, newest);
        for (var frame = 0; !follows && frame < Options.Stack - 1; frame++)
            newest.CopyTo(frames[(frame * FrameSize)..]);
        (_episodes[i], _steps[i]) = (episode, step);
    }
}
