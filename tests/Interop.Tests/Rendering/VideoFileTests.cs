using System.Diagnostics;
using MtrlFunctional.Rendering;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Rendering;

public sealed class VideoFileTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("mtrl-video").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("a.mp4", "h264,66,50,20,10")]
    [TestCase("a.gif", "gif,65,49,20,10")]
    public void AVideoHasItsFrames(string name, string expected)
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

    [Test]
    public void AVideoThatIsGivenUpLeavesNothing()
    {
        NeedsFfmpeg();
        var path = Path.Combine(_folder, "a.mp4");
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
        NeedsFfmpeg();
        using var video = new VideoFile(Path.Combine(_folder, "a.mp4"), 64, 48, 20);
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
        if (!VideoFile.IsAvailable)
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
