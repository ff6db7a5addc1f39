namespace MtrlFunctional.Tests.Rendering;

public sealed class VideoFileTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void AnMp4HasItsFrames()
    {
        NeedsFfmpeg();
        var path = Written("a.mp4", framesPerSecond: 20, [.. Enumerable.Range(0, 10).Select(i => Flat(65, 49, (byte)(20 * i)))]);
        Assert.That(Probe(path), Is.EqualTo("h264,66,50,20,10"));
        Assert.That(Directory.GetFiles(_folder.Path), Has.Length.EqualTo(1));
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
        var gif = GifReader.Read(Written("a.gif", framesPerSecond: 30, [.. Enumerable.Range(0, 10).Select(Moving)]));
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
        var random = new Random(1);
        Frame[] frames = [.. Enumerable.Range(0, 3).Select(frame => new Frame(
            200, 100, [.. Enumerable.Range(0, 20_000).SelectMany(_ => { var n = random.Next(200); return new[] { (byte)(n / 25 * 32), (byte)(n % 25 * 10 / 8 * 8), (byte)(frame * 80) }; })]))];
        Assert.That(GifReader.Read(Written("a.gif", framesPerSecond: 10, frames)).Frames, Is.EqualTo(frames.Select(frame => frame.Pixels)));
    }

    [Test]
    public void FramesTooShortForAGifAreLeftOutButTheLast()
    {
        var read = GifReader.Read(Written("a.gif", framesPerSecond: 200, [.. Enumerable.Range(0, 40).Select(i => Flat(8, 8, (byte)i))]));
        Assert.That(read.Delays, Is.EqualTo(Enumerable.Repeat(2, 11)));
        Assert.That(read.Frames[^1], Is.All.EqualTo(39));
    }

    [TestCase("a.gif")]
    [TestCase("a.mp4")]
    public void AVideoThatIsGivenUpLeavesNothing(string name)
    {
        if (name.EndsWith("mp4", StringComparison.Ordinal))
            NeedsFfmpeg();
        var path = _folder[name];
        File.WriteAllText(path, "the one before");
        using (var video = new VideoFile(path, 64, 48, 20))
            video.Add(Flat(64, 48, 9));
        Assert.That(Directory.GetFiles(_folder.Path), Is.EqualTo(new[] { path }));
        Assert.That(File.ReadAllText(path), Is.EqualTo("the one before"));
    }

    [Test]
    public void AGifThatCannotBeWrittenIsNamed()
    {
        var path = _folder["removed/a.gif"];
        using var video = InFolderThatIsRemoved(path);
        video.Add(Flat(64, 48, 9));
        Assert.That(video.Finish, Throws.InstanceOf<MtrlException>().With.Message.EqualTo(
            $"{path}: cannot be written: its folder does not exist. Make it, or choose another folder."));
    }

    [Test]
    public void WhatFfmpegComplainsOfIsSaid()
    {
        NeedsFfmpeg();
        using var video = InFolderThatIsRemoved(_folder["removed/a.mp4"]);
        Assert.That(
            () =>
            {
                for (var i = 0; i < 1000; i++)
                    video.Add(Flat(64, 48, 9));
                video.Finish();
            },
            Throws.InstanceOf<RenderingException>().With.Message.Contains("No such file"));
    }

    private static VideoFile InFolderThatIsRemoved(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);
        var video = new VideoFile(path, 64, 48, 20);
        Directory.Delete(folder);
        return video;
    }

    [Test]
    public void AVideoThatNobodyCouldSeeIsRefused()
    {
        Assert.That(() => new VideoFile(_folder["missing/a.gif"], 64, 48, 20), Throws.InstanceOf<RenderingException>().With.Message.Contains("its folder does not exist"));
        Assert.That(() => new VideoFile(_folder["a.gif"], 0, 48, 20), Throws.InstanceOf<ArgumentOutOfRangeException>());
        foreach (var speed in new[] { 0, -1, double.NaN, double.PositiveInfinity })
            Assert.That(() => new VideoFile(_folder["a.gif"], 64, 48, speed), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void NoFrameFollowsTheEnd()
    {
        using var video = new VideoFile(_folder["a.gif"], 64, 48, 20);
        video.Add(Flat(64, 48, 9));
        video.Finish();
        Assert.That(() => video.Add(Flat(64, 48, 9)), Throws.InvalidOperationException);
    }

    [Test]
    public void AFrameOfAnotherSizeIsRefused()
    {
        using var video = new VideoFile(_folder["a.gif"], 64, 48, 20);
        Assert.That(() => video.Add(Flat(48, 64, 1)), Throws.ArgumentException.With.Message.Contains("64 × 48"));
    }

    [Test]
    public void AMissingProgramIsNamedWithItsPackage() =>
        Assert.That(
            () => new VideoFile(_folder["a.mp4"], 64, 48, 20, "ffmpeg-that-is-not-there"),
            Throws.InstanceOf<RenderingException>().With.Message.Contains("apt-get install ffmpeg"));

    [Test]
    public void AnotherKindOfFileIsRefused() =>
        Assert.That(
            () => new VideoFile("a.avi", 64, 48, 20),
            Throws.InstanceOf<RenderingException>().With.Message.EqualTo("a.avi: the name of a video ends in .mp4 or .gif."));

    /// <summary>The file of a whole video.</summary>
    private string Written(string name, double framesPerSecond, Frame[] frames)
    {
        using var video = new VideoFile(_folder[name], frames[0].Width, frames[0].Height, framesPerSecond);
        Array.ForEach(frames, video.Add);
        Assert.That(File.Exists(_folder[name]), Is.False, "until it is finished");
        video.Finish();
        return _folder[name];
    }

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
