namespace MtrlFunctional.Tests.Storage;

public class RunLockTests
{
    [Test]
    public void AFolderThatCannotBeWrittenIsNamed()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");
        var refused = Assert.Throws<MtrlException>(() => new RunFolder(folder["file/run"]).Claim())!;
        Assert.That(refused.Message, Is.EqualTo($"{folder["file/run"]}: cannot be written: {folder["file"]} is a file, where a folder is needed."));
        File.CreateSymbolicLink(folder["disk"], folder["not mounted"]);
        refused = Assert.Throws<MtrlException>(() => new RunFolder(folder["disk/run"]).Claim())!;
        Assert.That(refused.Message, Does.EndWith($"{folder["disk"]} is a link to {folder["not mounted"]}, which does not exist."));
        refused = Assert.Throws<MtrlException>(() => new RunFolder("/proc/run").Claim())!;
        Assert.That(refused.Message, Does.Contain("/proc/run").And.Contain("cannot be written"));
        Assert.That(refused.ExitCode, Is.EqualTo(ExitCode.WrongInput), "nothing was started");
    }

    [Test]
    public void AFolderWithOneRunIsThatRun()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["mt10/seed-1/checkpoints/step-40"]);
        new RunFolder(folder["mt10/seed-1"]).WriteConfig("a: 1\n");
        Assert.That(RunFolder.Existing(folder["mt10"]).Path, Is.EqualTo(folder["mt10/seed-1"]));
        var named = NamedRun.Find(folder["mt10/seed-1/checkpoints/step-40"]);
        Assert.That((named.Run.Path, named.Step), Is.EqualTo((folder["mt10/seed-1"], 40L)));
        Directory.CreateDirectory(folder["far/away"]);
        Directory.Move(folder["mt10"], folder["far/away/mt10"]);
        Assert.That(RunFolder.Existing(folder["far/away"]).Path, Is.EqualTo(folder["far/away/mt10/seed-1"]));
        Refused(() => RunFolder.Existing(folder["far"]), "no run there", $"Runs nearby: {folder["far/away/mt10/seed-1"]}.");
        Directory.Move(folder["far/away/mt10"], folder["mt10"]);
        Assert.That(() => NamedRun.Find(folder["mt10/seed-1/checkpoints/tmp-40"]), Throws.TypeOf<MtrlException>());

        Directory.CreateDirectory(folder["mt10/seed-2"]);
        new RunFolder(folder["mt10/seed-2"]).WriteConfig("a: 1\n");
        Assert.That(
            Assert.Throws<MtrlException>(() => RunFolder.Existing(folder["mt10"]))!.Message,
            Does.Contain("seed-1").And.Contain("seed-2"), "two runs");
    }

    [Test]
    public void AMissingRunNamesThoseNearby()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["mt10/seed-1"]);
        new RunFolder(folder["mt10/seed-1"]).WriteConfig("a: 1\n");
        Assert.That(RunFolder.Existing(folder["mt10/seed-1"]).ReadConfig(), Is.EqualTo("a: 1\n"));
        Assert.That(RunFolder.OfSeed(folder["mt10"], 1).Exists);
        Assert.That(
            Assert.Throws<MtrlException>(() => RunFolder.Existing(folder["mt10/seed-2"]))!.Message,
            Does.Contain($"Runs nearby: {folder["mt10/seed-1"]}."));
        Assert.That(
            Assert.Throws<MtrlException>(() => RunFolder.Existing(folder["other"]))!.Message,
            Does.EndWith("A run is a folder with config.yaml, such as runs/quickstart/seed-1."), "a run of another experiment");
    }
}
