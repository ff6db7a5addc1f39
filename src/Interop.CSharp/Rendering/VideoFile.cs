namespace MtrlFunctional.Rendering;

/// <summary>A video that is written frame by frame: an animated GIF, or an MP4 (H.264) by the program ffmpeg.</summary>
/// <remarks>The file appears when <see cref="Finish"/> is called; an abandoned video leaves no file. The caller disposes it. Not
/// thread-safe.</remarks>
public sealed class VideoFile : IDisposable
{
    private readonly string _path;
    private readonly IVideoEncoder _encoder;
    private readonly (int Width, int Height) _size;
    private bool _finished;

    /// <summary>Begins a video.</summary>
    /// <param name="path">A name that ends in .mp4 or .gif; an existing file is replaced at the end.</param>
    /// <param name="width">Pixels a row of every frame.</param>
    /// <param name="height">Rows of every frame.</param>
    /// <param name="framesPerSecond">Speed at which it is shown.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size or the speed is not above 0, or not finite.</exception>
    /// <exception cref="RenderingException">Another ending of the name, or its folder is missing; for an MP4, ffmpeg is not
    /// installed.</exception>
    public VideoFile(string path, int width, int height, double framesPerSecond)
        : this(path, width, height, framesPerSecond, "ffmpeg")
    {
    }

    internal VideoFile(string path, int width, int height, double framesPerSecond, string program)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (!(double.IsFinite(framesPerSecond) && framesPerSecond > 0))
            throw new ArgumentOutOfRangeException(nameof(framesPerSecond), framesPerSecond, "must be finite and above 0.");
        if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path.Given()))))
            throw new RenderingException($"{path}: its folder does not exist.");
        (_path, _size) = (path, (width, height));
        _encoder = IsGif(path)
            ? new GifEncoder(width, height, framesPerSecond)
            : new Mp4Encoder(path, width, height, framesPerSecond, program);
    }

    /// <summary>Whether ffmpeg can be started, which an MP4 needs.</summary>
    public static bool IsMp4Available =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, "ffmpeg")));

    /// <summary>Refuses a name that no video can have, before any work is done.</summary>
    /// <param name="path">The name of the file.</param>
    /// <exception cref="RenderingException">The path ends neither in .mp4 nor in .gif.</exception>
    public static void Check(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        _ = IsGif(path);
        if (OutputFile.IsSpecial(path))
            throw new RenderingException($"{path}: is a pipe or a device, and a video is written to and fro. Name a file.");
    }

    /// <summary>Frames given so far.</summary>
    public int Frames { get; private set; }

    /// <summary>Adds a frame.</summary>
    /// <param name="frame">A frame of the size of the video.</param>
    /// <exception cref="ArgumentException">The frame has another size.</exception>
    /// <exception cref="InvalidOperationException">The video is finished.</exception>
    /// <exception cref="RenderingException">ffmpeg failed; the message has its output.</exception>
    public void Add(Frame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        if (_finished)
            throw new InvalidOperationException($"{_path}: the video is finished.");
        if ((frame.Width, frame.Height) != _size)
            throw new ArgumentException(
                $"The video has frames of {_size.Width} × {_size.Height}, got {frame.Width} × {frame.Height}.", nameof(frame));
        _encoder.Add(frame.Pixels);
        Frames++;
    }

    /// <summary>Ends the video and writes its file.</summary>
    /// <exception cref="RenderingException">ffmpeg failed, or there was no frame.</exception>
    /// <exception cref="MtrlException">The disk is full or the folder cannot be written; the old file stays.</exception>
    public void Finish()
    {
        if (_finished)
            return;
        if (Frames == 0)
            throw new RenderingException($"{_path}: has no frame.");
        _encoder.Finish(_path);
        _finished = true;
    }

    /// <inheritdoc/>
    public void Dispose() => _encoder.Dispose();

    private static bool IsGif(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".gif" => true,
        ".mp4" => false,
        _ => throw new RenderingException($"{path}: the name of a video ends in .mp4 or .gif."),
    };
}

/// <summary>Makes the file of a video from its frames.</summary>
internal interface IVideoEncoder : IDisposable
{
    /// <summary>Adds a frame.</summary>
    /// <param name="pixels">height × width × 3 bytes.</param>
    void Add(byte[] pixels);

    /// <summary>Writes the whole file; without it <see cref="IDisposable.Dispose"/> leaves none.</summary>
    void Finish(string path);
}
