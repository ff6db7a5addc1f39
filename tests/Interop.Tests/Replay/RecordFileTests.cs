namespace MtrlFunctional.Tests.Replay;

/// <summary>Files of records whose space the disk does not have.</summary>
public class RecordFileTests
{
    [Test]
    public void AFileWithoutRoomIsAFullDisk()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Path);
        var path = folder["records"];
        try
        {
            // More than any disk has; some file systems have no preallocation.
            RecordFile.Create(path, [1], 1L << 60).Dispose();
            Assert.Ignore("The file system of temporary files takes no space in advance.");
        }
        catch (IOException e)
        {
            Assert.That(DurableFile.IsFull(e), e.ToString());
            Assert.That(DurableFile.Explain(path, e).Message, Does.Contain("the disk is full").And.Contain("Free some space"));
        }

        Assert.That(File.Exists(path), Is.False);
    }
}
