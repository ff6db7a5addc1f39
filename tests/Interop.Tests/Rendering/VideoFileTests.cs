namespace MtrlFunctional.Tests.Rendering;

public sealed class VideoFileTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("mtrl-video").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("a.mp4", "h264,66,50,20,10")]
    public void AnMp4HasItsFrames(string name, string expected)
    {
        NeedsFfmpeg();
        var path = Path.Combine(_folder, name);
        using (var video = new VideoFile(path, 65, 49, framesPerSecond: 20))
        {
            for (var i = 0; i < 10; i++)
                video.Add(Flat(65, 49, (byte)(20 * i)));
            Assert.That(File.Exists(path), Is.False, "until it is finished");
            video.Finish();
        }

        Assert.That(Probe(path), Is.EqualTo(expected));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1));
    }

    /// <summary>Two still halves in more colours than a palette has, and a square of one colour that wanders and changes.</summary>
    private static Frame Moving(int frame)
    {
        var pixels = new byte[3 * 65 * 49];
        for (var i = 0; i < 65 * 49; i++)
        {
            var (x, y) = (i % 65, i / 65);
            var isSquare = x >= frame && x < frame + 9 && y >= 20 && y < 29;
            byte[] colour = isSquare ? [(byte)(25 * frame), 200, 0] : [(byte)(x * 3), (byte)(y * 5), 128];
            colour.CopyTo(pixels, 3 * i);
        }

        return new Frame(65, 49, pixels);
    }

    [Test]
    public void AGifShowsItsFrames()
    {
        var path = Path.Combine(_folder, "a.gif");
        using (var video = new VideoFile(path, 65, 49, framesPerSecond: 30))
        {
            for (var i = 0; i < 10; i++)
                video.Add(Moving(i));
            Assert.That(File.Exists(path), Is.False, "until it is finished");
            video.Finish();
        }

        var gif = GifReader.Read(path);
        Assert.That((gif.Width, gif.Height, gif.Frames.Count), Is.EqualTo((65, 49, 10)));
        Assert.That(gif.Delays, Is.EqualTo(new[] { 3, 4, 3, 3, 4, 3, 3, 4, 3, 3 }), "hundredths of a second");
        for (var i = 0; i < 10; i++)
        {
            var differences = gif.Frames[i].Zip(Moving(i).Pixels, (shown, given) => Math.Abs(shown - given)).ToArray();
            Assert.That(differences.Average(), Is.LessThan(4), $"frame {i}");
            Assert.That(differences.Max(), Is.LessThan(48), $"frame {i}");
        }
    }

    /// <summary>As many codes as a dictionary holds, and more; each palette has the colours of its frame.</summary>
    [Test]
    public void AGifOfNoiseIsExactInFewColours()
    {
        var path = Path.Combine(_folder, "a.gif");
        var random = new Random(1);
        Frame[] frames = [.. Enumerable.Range(0, 3).Select(frame => new Frame(
            200, 100, [.. Enumerable.Range(0, 20_000).SelectMany(_ => { var n = random.Next(200); return new[] { (byte)(n / 25 * 32), (byte)(n % 25 * 10 / 8 * 8), (byte)(frame * 80) }; })]))];
        using (var video = new VideoFile(path, 200, 100, framesPerSecond: 10))
        {
            foreach (var frame in frames)
                video.Add(frame);
            video.Finish();
        }

        Assert.That(GifReader.Read(path).Frames, Is.EqualTo(frames.Select(frame => frame.Pixels)));
    }

    [Test]
    public void FramesTooShortForAGifAreLeftOutButTheLast()
    {
        var path = Path.Combine(_folder, "a.gif");
        using (var video = new VideoFile(path, 8, 8, framesPerSecond: 200))
        {
            for (var i = 0; i < 40; i++)
                video.Add(Flat(8, 8, (byte)i));
            video.Finish();
        }

        var read = GifReader.Read(path);
        Assert.That(read.Delays, Is.EqualTo(Enumerable.Repeat(2, 11)));
        Assert.That(read.Frames[^1], Is.All.EqualTo(39));
    }

    [TestCase("a.gif")]
    [TestCase("a.mp4")]
    public void AVideoThatIsGivenUpLeavesNothing(string name)
    {
        if (name.EndsWith("mp4", StringComparison.Ordinal))
            NeedsFfmpeg();
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, "the one before");
        using (var video = new VideoFile(path, 64, 48, 20))
            video.Add(Flat(64, 48, 9));
        Assert.That(Directory.GetFiles(_folder), Is.EqualTo(new[] { path }));
        Assert.That(File.ReadAllText(path), Is.EqualTo("the one before"));
    }

    [Test]
    public void WhatFfmpegComplainsOfIsSaid()
    {
        NeedsFfmpeg();
        var path = Path.Combine(_folder, "missing", "a.mp4");
        using var video = new VideoFile(path, 64, 48, 20);
        Assert.That(
            () =>
            {
                for (var i = 0; i < 1000; i++)
                    video.Add(Flat(64, 48, 9));
                video.Finish();
            },
            Throws.InstanceOf<RenderingException>().With.Message.Contains("No such file"));
    }

    [Test]
    public void AFrameOfAnotherSizeIsRefused()
    {
        using var video = new VideoFile(Path.Combine(_folder, "a.gif"), 64, 48, 20);
        Assert.That(() => video.Add(Flat(48, 64, 1)), Throws.ArgumentException.With.Message.Contains("64 × 48"));
    }

    [Test]
    public void AMissingProgramIsNamedWithItsPackage() =>
        Assert.That(
            () => new VideoFile(Path.Combine(_folder, "a.mp4"), 64, 48, 20, "ffmpeg-that-is-not-there"),
            Throws.InstanceOf<RenderingException>().With.Message.Contains("apt-get install ffmpeg"));

    [Test]
    public void AnotherKindOfFileIsRefused() =>
        Assert.That(
            () => new VideoFile("a.avi", 64, 48, 20),
            Throws.InstanceOf<RenderingException>().With.Message.EqualTo("a.avi: the name of a video ends in .mp4 or .gif."));

    private static void NeedsFfmpeg()
    {
        if (!VideoFile.IsMp4Available)
            Assert.Ignore("the program ffmpeg is not installed (package ffmpeg)");
    }

    private static Frame Flat(int width, int height, byte value)
    {
        var pixels = new byte[3 * width * height];
        pixels.AsSpan().Fill(value);
        return new Frame(width, height, pixels);
    }

    // ffprobe comes with ffmpeg.
    private static string Probe(string path)
    {
        string[] words =
        [
            "-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries",
            "stream=codec_name,width,height,r_frame_rate,nb_read_frames", "-of", "csv=p=0", path,
        ];
        using var program = Process.Start(new ProcessStartInfo("ffprobe", words) { RedirectStandardOutput = true })!;
        return program.StandardOutput.ReadToEnd().Trim().Replace("/1", "");
    }
}
