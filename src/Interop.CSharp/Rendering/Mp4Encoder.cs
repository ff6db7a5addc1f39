using System.ComponentModel;

namespace MtrlFunctional.Rendering;

/// <summary>An MP4 (H.264) by the program ffmpeg, which writes it beside its final path.</summary>
internal sealed class Mp4Encoder : IVideoEncoder
{
    private readonly string _path;
    private readonly string _unfinished;
    private readonly Process _program;
    private readonly Task<string> _complaints;
    private bool _isDisposed;

    internal Mp4Encoder(string path, int width, int height, double framesPerSecond, string program)
    {
        _path = path;
        _unfinished = Path.Combine(
            Path.GetDirectoryName(Path.GetFullPath(path))!, $".{Path.GetFileNameWithoutExtension(path)}.{Environment.ProcessId}.mp4");
        var start = new ProcessStartInfo(
            program,
            [
                "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", $"{width}x{height}",
                "-r", framesPerSecond.ToString(CultureInfo.InvariantCulture), "-i", "-",
                // Browsers need an even width and height.
                "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-c:v", "libx264", "-crf", "20", "-pix_fmt", "yuv420p",
                "-movflags", "+faststart", "-f", "mp4", _unfinished,
            ])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        try
        {
            _program = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new RenderingException(
                $"{path}: videos as .mp4 need the program {program}, which is not installed (Debian, Ubuntu: 'apt-get install ffmpeg'). "
                + "A name that ends in .gif needs no program.",
                e);
        }

        _complaints = _program.StandardError.ReadToEndAsync();
    }

    public void Add(byte[] pixels)
    {
        try
        {
            _program.StandardInput.BaseStream.Write(pixels);
        }
        catch (IOException e)
        {
            throw Failure(e);
        }
    }

    public void Finish(string path)
    {
        try
        {
            _program.StandardInput.Close();
        }
        catch (IOException e)
        {
            throw Failure(e);
        }

        _program.WaitForExit();
        if (_program.ExitCode != 0)
            throw Failure(null);
        using var film = File.OpenRead(_unfinished);
        OutputFile.Write(path, film.CopyTo);
    }

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        if (!_program.HasExited)
            _program.Kill();
        _program.WaitForExit();
        _program.Dispose();
        DurableFile.TryDelete(_unfinished);
    }

    private RenderingException Failure(Exception? cause)
    {
        var output = _complaints.Wait(TimeSpan.FromSeconds(5)) ? _complaints.Result.Trim() : "";
        return new RenderingException($"{_path}: ffmpeg failed: {(output.Length > 0 ? output : "no output")}", cause);
    }
}
