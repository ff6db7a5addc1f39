namespace MtrlFunctional.Replay;

/// <summary>The records of a ring on a disk: files of equally many consecutive slots, which main memory caches. A file whose
/// slots are all written does not change any more, so that checkpoints link it instead of copying it.</summary>
/// <remarks>A killed process leaves its files, which are removed by the next <see cref="RunFolder.Claim"/>.</remarks>
internal sealed unsafe class RecordFiles : IDisposable
{
    private readonly string _folder;
    private readonly byte[] _header;
    private readonly int _record;
    private readonly int _slots;
    private readonly long _bytes;

    // File number i is at i modulo their length.
    private readonly RecordFile?[] _files;
    private readonly byte*[] _records;

    private long _oldest;

    /// <summary>No files yet, in an existing folder.</summary>
    internal RecordFiles(string folder, ReplayShape shape)
    {
        (_folder, _record, _slots) = (folder, shape.RecordBytes, shape.SlotsOfFile);
        _header = SafetensorsWriter.Header([ReplayStore.Records(shape, _slots, _ => { })], null);
        _bytes = _header.Length + ((long)_slots * _record);
        _files = new RecordFile?[(shape.Slots / _slots) + 2];
        _records = new byte*[_files.Length];
    }

    /// <summary>The record of a slot whose file is open.</summary>
    internal byte* At(long slot) => _records[IndexOf(slot)] + (slot % _slots * _record);

    /// <summary>Makes the file of a slot where it is missing.</summary>
    /// <exception cref="MtrlException">The disk is full or failed.</exception>
    internal void Open(long slot)
    {
        if (_files[IndexOf(slot)] is null)
            Put(slot, path => RecordFile.Create(path, _header, _bytes));
    }

    /// <summary>Links a file of a checkpoint as the file of a slot.</summary>
    /// <returns>False where its sizes are others.</returns>
    internal bool Link(long slot, string saved, SafetensorsTensor tensor)
    {
        if (tensor.Offset != _header.Length || tensor.Bytes != _bytes - _header.Length || slot % _slots != 0)
            return false;
        Put(slot, path => RecordFile.Link(path, saved, _header.Length));
        return true;
    }

    /// <summary>Sets the oldest slot in use; files of older slots are removed.</summary>
    internal void StartAt(long slot)
    {
        var oldest = slot / _slots;
        for (var number = _oldest; number < Math.Min(oldest, _oldest + _files.Length); number++)
        {
            var index = number % _files.Length;
            _files[index]?.Dispose();
            _files[index] = null;
            _records[index] = null;
        }

        _oldest = oldest;
    }

    /// <summary>Adds the file of a slot, all of whose slots are written, to a checkpoint.</summary>
    internal string Save(long slot, CheckpointWriter writer, string prefix) => _files[IndexOf(slot)]!.Save(writer, prefix);

    public void Dispose()
    {
        foreach (var file in _files)
            file?.Dispose();
        Array.Clear(_files);
    }

    private int IndexOf(long slot) => (int)(slot / _slots % _files.Length);

    private void Put(long slot, Func<string, RecordFile> make)
    {
        var file = DurableFile.Explained(_folder, () => make(Path.Combine(_folder, $"records-{Guid.NewGuid():N}")));
        _files[IndexOf(slot)] = file;
        _records[IndexOf(slot)] = file.Records;
    }
}
