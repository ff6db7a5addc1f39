using System.Security.Cryptography;

namespace MtrlFunctional.Tests.Storage;

public partial class CheckpointTests
{
    private static CheckpointInfo Info(long step) => new()
    {
        Step = step,
        Configuration = "abc",
        Threads = 2,
        Precision = "fp32",
        Libraries = new Dictionary<string, string> { ["libtorch"] = "1.13.1" },
        Logs = new Dictionary<string, long> { ["train.log"] = 12 },
        ProcessorModel = "a processor",
    };

    private TemporaryFolder _folder = null!;
    private Checkpoints _home = null!;

    [SetUp]
    public void MakeFolder() => _home = new Checkpoints((_folder = new TemporaryFolder())["checkpoints"]);

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    private Checkpoint Save(long step, Checkpoint? earlier = null)
    {
        using var writer = _home.Begin(Info(step), 1000);
        writer.WriteTensors("actor.safetensors", [SafetensorsEntry.Of("w", [step, 2f, 3f])]);
        if (earlier is null)
            writer.Write("replay/old.bin", s => s.Write("shared"u8));
        else
            writer.TakeOver(earlier, "replay/old.bin");
        return writer.Commit();
    }

    [Test]
    public void WhatWasSavedIsRead()
    {
        Assert.That(_home.Latest(), Is.Null);
        var first = Save(1000);
        Save(20_000, first);

        var latest = _home.Latest(_ => Assert.Fail("nothing is damaged"))!;
        using var tensors = latest.OpenTensors("actor.safetensors");
        Assert.That(latest.Info.Step, Is.EqualTo(20_000));
        Assert.That(latest.Info.Libraries["libtorch"], Is.EqualTo("1.13.1"));
        Assert.That(latest.Info.Logs["train.log"], Is.EqualTo(12));
        Assert.That(latest.Info.Configuration, Is.EqualTo("abc"));
        Assert.That(latest.Info.ProcessorModel, Is.EqualTo("a processor"));
        Assert.That(tensors.ReadFloats("w")[0], Is.EqualTo(20_000f));
        Assert.That(File.ReadAllText(latest.PathOf("replay/old.bin")), Is.EqualTo("shared"));
        Assert.That(
            Assert.Throws<CheckpointException>(() => latest.PathOf("critic"))!.Message, Does.Contain("it holds actor.safetensors"));
    }

    [Test, System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void AFolderThatMayBeListedButNotEnteredIsAMessage()
    {
        Save(1);
        var mode = File.GetUnixFileMode(_home.Folder);
        File.SetUnixFileMode(_home.Folder, UnixFileMode.UserRead | UnixFileMode.OtherRead);

        // Every folder is open to root.
        var own = SetUserOfFiles(65534);
        try
        {
            Refused(() => _home.Latest(), "Its rights must let you read and enter it: chmod u+rx.");
        }
        finally
        {
            SetUserOfFiles(own);
            File.SetUnixFileMode(_home.Folder, mode);
        }
    }

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial uint SetUserOfFiles(uint user);

    [Test]
    public void RetentionKeepsTheNewestWholeOnes()
    {
        for (var step = 1; step <= 6; step++)
            Save(step);
        _home.Retain(-1);
        Assert.That(_home.Steps(), Is.EqualTo(new long[] { 6, 5, 4, 3, 2, 1 }));
        _home.Retain(4);
        Assert.That(_home.Steps(), Is.EqualTo(new long[] { 6, 5, 4, 3 }));
        File.Delete(Path.Combine(_home.FolderOf(6), "manifest.json"));
        _home.Retain(1);
        Assert.That(_home.Steps(), Is.EqualTo(new long[] { 6, 5 }), "a damaged one does not count");
        _home.Retain(0);
        Assert.That(_home.Steps(), Is.EqualTo(new long[] { 6, 5 }), "never less than one");
        Save(6);
        Assert.That(_home.Latest()!.Info.Step, Is.EqualTo(6), "a damaged one is replaced");
        _home.SetAsideAfter(5);
        Assert.That(_home.Latest()!.Info.Step, Is.EqualTo(5));
        Assert.That(Directory.GetDirectories(_home.Folder, "damaged-6-*"), Has.Length.EqualTo(1), "kept until the next save");
        Save(6);
        Assert.That(Directory.GetDirectories(_home.Folder, "damaged-*"), Is.Empty);
    }

    [Test]
    public void AnUncommittedOneLeavesNothing()
    {
        using (var writer = _home.Begin(Info(5), 0))
            writer.Write("a", s => s.WriteByte(1));
        Assert.That(Directory.GetFileSystemEntries(_home.Folder), Is.Empty);

        Directory.CreateDirectory(_folder["checkpoints/tmp-7-1-x/replay"]);
        Directory.CreateDirectory(_folder["checkpoints/trash-7-x"]);
        Directory.CreateDirectory(_folder["checkpoints/step-abc"]);
        _home.Clean();
        Assert.That(Directory.GetDirectories(_home.Folder), Has.Length.EqualTo(1));
        Assert.That(_home.Latest(), Is.Null);
    }

    [Test]
    public void ASecondSaveOfAStepReplacesTheFirst()
    {
        var first = Save(5);
        Save(5, first);
        Assert.That(File.ReadAllText(_home.Latest()!.PathOf("replay/old.bin")), Is.EqualTo("shared"));
        using (var writer = _home.Begin(Info(5), 0))
        {
            writer.Write("evaluated", s => s.WriteByte(1));
            writer.Commit();
        }

        Assert.That(_home.Latest()!.Files.Select(f => f.Name), Is.EqualTo(new[] { "evaluated" }));
        Assert.That(Directory.GetDirectories(_home.Folder), Is.EqualTo(new[] { _home.FolderOf(5) }));
    }

    [Test]
    public void AFailedReplacementKeepsTheFirst()
    {
        Save(5);
        Assert.Throws<DirectoryNotFoundException>(() => _home.Place(_folder["missing"], 5));
        Assert.That(_home.Latest()!.Info.Step, Is.EqualTo(5));
        Assert.That(Directory.GetDirectories(_home.Folder), Is.EqualTo(new[] { _home.FolderOf(5) }));
    }

    [Test]
    public void AReplacementThatAKilledProcessLeftIsCompleted([Values] bool wasMoved)
    {
        Save(5);
        Directory.Move(_home.FolderOf(5), _folder["checkpoints/replaced-5"]);
        if (wasMoved)
            Save(5);
        else
            Directory.CreateDirectory(_folder["checkpoints/tmp-5-1-x"]);
        _home.Clean();
        Assert.That(_home.Latest()!.Info.Step, Is.EqualTo(5));
        Assert.That(Directory.GetDirectories(_home.Folder), Is.EqualTo(new[] { _home.FolderOf(5) }));
    }

    [Test]
    public void SpaceIsCheckedBefore()
    {
        var refused = Assert.Throws<MtrlException>(() => _home.Begin(Info(5), long.MaxValue))!;
        Assert.That(refused.Message, Does.Contain("free, the checkpoint of step 5 takes 9223372036.9 GB"));
        Assert.That(refused.ExitCode, Is.EqualTo(ExitCode.Stopped));
    }

    [Test]
    public void EveryDamageIsNoticedAndTheOneBeforeIsUsed()
    {
        Save(1);
        Save(2);
        var random = new Random(11);
        var files = Directory.GetFiles(_home.FolderOf(2), "*", SearchOption.AllDirectories);
        Assert.That(files, Has.Length.EqualTo(3));
        foreach (var path in files)
        {
            var whole = File.ReadAllBytes(path);
            for (var length = 0; length < whole.Length; length++)
                Damaged(path, whole[..length]);
            for (var flip = 0; flip < 200; flip++)
            {
                var bytes = (byte[])whole.Clone();
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                Damaged(path, bytes);
            }

            Damaged(path, [.. whole, 0]);
            File.Delete(path);
            Damaged(path, null);
            File.WriteAllBytes(path, whole);
            Assert.That(_home.Latest()!.Info.Step, Is.EqualTo(2));
        }

        void Damaged(string path, byte[]? bytes)
        {
            if (bytes is not null)
                File.WriteAllBytes(path, bytes);
            var told = new List<string>();
            Assert.That(_home.Latest(told.Add)!.Info.Step, Is.EqualTo(1));
            Assert.That(told, Has.Count.EqualTo(1));
            Assert.That(told[0], Does.StartWith(path).And.EndsWith("; using step-1 instead."));
        }
    }

    [Test]
    public void WithoutAWholeOneTheNewestFaultIsTold()
    {
        var path = Path.Combine(Save(1).Folder, "actor.safetensors");
        File.WriteAllBytes(path, new byte[7]);
        Assert.That(
            Assert.Throws<CheckpointException>(() => _home.Latest())!.Message,
            Is.EqualTo($"{path}: 7 bytes, the manifest states 76; there is no whole checkpoint. To start the run again, rename {_home.Folder}."));
    }

    [TestCase("\"format\": 3", "\"format\": 2", CheckpointFault.OtherFormat, "format 2, written by version 0.1.0 of this program; this one reads format 3. Go on with")]
    [TestCase("\"format\": 3", "\"format\": 7", CheckpointFault.OtherFormat, "format 7, written by version 0.1.0 of this program; this one reads format 3. Go on with")]
    [TestCase("\"MtrlFunctional\"", "\"Other\"", CheckpointFault.Incompatible, "not a checkpoint of this program")]
    public void ThoseOfAnotherFormatOrProgramAreRefusedNotSkipped(string from, string to, CheckpointFault fault, string word)
    {
        Save(1);
        var path = Path.Combine(Save(2).Folder, "manifest.json");
        var text = File.ReadAllText(path);
        var body = text[..text.IndexOf(",\n  \"seal\"", StringComparison.Ordinal)].Replace(from, to);
        var seal = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
        File.WriteAllText(path, body + ",\n  \"seal\": \"" + seal + "\"\n}\n");

        var refused = Assert.Throws<CheckpointException>(() => _home.Latest())!;
        Assert.That(refused.Fault, Is.EqualTo(fault));
        Assert.That(refused.Message, Does.StartWith(path).And.Contain(word));
        if (fault == CheckpointFault.OtherFormat)
            Assert.That(Assert.Throws<CheckpointException>(() => _home.Newest())!.Message, Is.EqualTo(refused.Message));
    }
}
