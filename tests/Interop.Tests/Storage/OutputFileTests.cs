namespace MtrlFunctional.Tests.Storage;

/// <summary>Files that a user names for output.</summary>
public sealed class OutputFileTests
{
    [Test]
    public void AMissingFileIsMadeAndAnExistingOneReplaced()
    {
        using var folder = new TemporaryFolder();
        foreach (var text in new[] { "one", "two" })
        {
            OutputFile.WriteText(folder["file"], text);
            Assert.That(File.ReadAllText(folder["file"]), Is.EqualTo(text));
        }

        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1));
    }

    [Test, System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void AReplacedFileKeepsItsPermissions()
    {
        using var folder = new TemporaryFolder();
        OutputFile.WriteText(folder["file"], "one");
        File.SetUnixFileMode(folder["file"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        OutputFile.WriteText(folder["file"], "two");
        Assert.That(File.GetUnixFileMode(folder["file"]), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [TestCase("elsewhere")]
    [TestCase("missing")]
    public void ALinkStaysAndItsTargetIsReplaced(string target)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["elsewhere"], "old");
        File.CreateSymbolicLink(folder["first"], folder[target]);
        File.CreateSymbolicLink(folder["link"], "first");
        OutputFile.WriteText(folder["link"], "new");
        Assert.That(new FileInfo(folder["link"]).LinkTarget, Is.EqualTo("first"));
        Assert.That(new FileInfo(folder["first"]).LinkTarget, Is.EqualTo(folder[target]));
        Assert.That(File.ReadAllText(folder[target]), Is.EqualTo("new"));
    }

    [Test]
    public void ALinkToItselfIsAMessage()
    {
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder["link"], "link");
        Assert.That(
            () => OutputFile.WriteText(folder["link"], "new"),
            Throws.InstanceOf<MtrlException>().With.Message.StartsWith(folder["link"] + ": "));
    }

    [Test]
    public void APipeIsWrittenInto()
    {
        using var folder = new TemporaryFolder();
        using (var made = Process.Start("mkfifo", folder["pipe"]))
            made.WaitForExit();
        var read = Task.Run(() => File.ReadAllText(folder["pipe"]));
        OutputFile.WriteText(folder["pipe"], "through");
        Assert.That(read.Wait(TimeSpan.FromSeconds(30)) ? read.Result : "nothing", Is.EqualTo("through"));
        Assert.That(PlainFile.Look(folder["pipe"]).Kind, Is.EqualTo(PlainFile.Kind.Special));
    }

    [Test]
    public void AVideoIntoAPipeIsRefused()
    {
        using var folder = new TemporaryFolder();
        using (var made = Process.Start("mkfifo", folder["pipe.mp4"]))
            made.WaitForExit();
        Assert.That(
            () => VideoFile.Check(folder["pipe.mp4"]), Throws.InstanceOf<RenderingException>().With.Message.Contains("pipe.mp4: is a pipe"));
    }
}
