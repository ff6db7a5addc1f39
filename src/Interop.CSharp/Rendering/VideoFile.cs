using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using MtrlFunctional.Storage;

namespace MtrlFunctional.Rendering;

/// <summary>A video that is written frame by frame by the program ffmpeg: MP4 (H.264) or an animated GIF.</summary>
/// <remarks>
/// The file appears when <see cref="Finish"/> is called; an abandoned video leaves no file.
/// The caller disposes it. Not thread-safe.
/// </remarks>
public sealed class VideoFile : IDisposable
{
    private readonly string _path;
    private readonly string _unfinished;
    private readonly Process _program;
    private readonly Task<string> _complaints;
    private readonly (int Width, int Height) _size;
    private bool _finished;

    /// <summary>Begins a video.</summary>
    /// <param name="path">A name that ends in .mp4 or .gif; an existing file is replaced at the end.</param>
    /// <param name="width">Pixels a row of every frame.</param>
    /// <param name="height">Rows of every frame.</param>
    /// <param name="framesPerSecond">Speed at which it is shown.</param>
    /// <exception cref="RenderingException">ffmpeg is not installed, or another ending of the name.</exception>
    public VideoFile(string path, int width, int height, double framesPerSecond)
        : this(path, width, height, framesPerSecond, "ffmpeg")
    {
    }

    internal VideoFile(string path, int width, int height, double framesPerSecond, string program)
    {
        var coding = CodingOf(path);
        (_path, _size) = (path, (width, height));
        _unfinished = Path.Combine(
            Path.GetDirectoryName(Path.GetFullPath(path))!,
            $".{Path.GetFileNameWithoutExtension(path)}.{Environment.ProcessId}{Path.GetExtension(path)}");
        var rate = framesPerSecond.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        string[] words =
        [
            "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", $"{width}x{height}", "-r", rate,
            "-i", "-", .. coding, _unfinished,
        ];
        foreach (var word in words)
            start.ArgumentList.Add(word);
        try
        {
            _program = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw Missing(path, program, e);
        }

        _complaints = _program.StandardError.ReadToEndAsync();
    }

    /// <summary>Whether ffmpeg can be started.</summary>
    public static bool IsAvailable =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, "ffmpeg")));

    /// <summary>Refuses a name that no video can have, before any work is done.</summary>
    /// <param name="path">The name of the file.</param>
    /// <exception cref="RenderingException">The path ends neither in .mp4 nor in .gif.</exception>
    public static void Check(string path)
    {
        _ = CodingOf(path);
        if (OutputFile.IsSpecial(path))
            throw new RenderingException($"{path}: is a pipe or a device, and a video is written to and fro. Name a file.");
    }

    /// <summary>Frames given so far.</summary>
    public int Frames { get; private set; }

    /// <summary>Adds a frame.</summary>
    /// <param name="frame">A frame of the size of the video.</param>
    /// <exception cref="ArgumentException">The frame has another size.</exception>
    /// <exception cref="RenderingException">ffmpeg failed; the message has its output.</exception>
    public void Add(Frame frame)
    {
        if ((frame.Width, frame.Height) != _size)
            throw new ArgumentException(
                $"The video has frames of {_size.Width} × {_size.Height}, got {frame.Width} × {frame.Height}.", nameof(frame));
        try
        {
            _program.StandardInput.BaseStream.Write(frame.Pixels);
        }
        catch (IOException e)
        {
            throw Failure(e);
        }

        Frames++;
    }

    /// <summary>Ends the video and renames the file to its name.</summary>
    /// <exception cref="RenderingException">ffmpeg failed, or there was no frame.</exception>
    public void Finish()
    {
        if (_finished)
            return;
        try
        {
            _program.StandardInput.Close();
        }
        catch (IOException e)
        {
            throw Failure(e);
        }

        _program.WaitForExit();
        if (_program.ExitCode != 0 || Frames == 0)
            throw Failure(null);
        File.Move(_unfinished, OutputFile.Target(_path), overwrite: true);
        _finished = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_finished)
        {
            if (!_program.HasExited)
                _program.Kill();
            _program.WaitForExit();
            if (File.Exists(_unfinished))
                File.Delete(_unfinished);
        }

        _program.Dispose();
    }

    private static RenderingException Missing(string path, string program, Exception? cause) => new(
        $"{path}: videos need the program {program}, which is not installed (Debian, Ubuntu: 'apt-get install ffmpeg'). "
        + "'mtrl gallery' makes pictures (.png) without it.",
        cause);

    private RenderingException Failure(Exception? cause)
    {
        var output = _complaints.Wait(TimeSpan.FromSeconds(5)) ? _complaints.Result.Trim() : "";
        return new RenderingException($"{_path}: ffmpeg failed: {(output.Length > 0 ? output : "no output")}", cause);
    }

    // H.264 as browsers show it needs an even width and height; a GIF needs a palette of 256 colours.
    private static string[] CodingOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".mp4" =>
        [
            "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-c:v", "libx264", "-crf", "20", "-pix_fmt", "yuv420p",
            "-movflags", "+faststart", "-f", "mp4",
        ],
        ".gif" => ["-vf", "split[a][b];[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=none", "-f", "gif"],
        _ => throw new RenderingException($"{path}: the name of a video ends in .mp4 or .gif."),
    };
}
