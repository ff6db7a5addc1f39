using MtrlFunctional.Storage;

namespace MtrlFunctional.Replay;

/// <summary>
/// The records of a ring on a disk: files of equally many consecutive slots, which main memory caches. A file whose slots
/// are all written does not change any more, so that checkpoints link it instead of copying it.
/// </summary>
/// <remarks>
/// The space of all files is taken at the start: on a disk that is full later, transitions are stored as long as no
/// transition of a checkpoint is overwritten. A save may fail, since it writes networks and the slots after the last
/// whole file. A killed process leaves its files, which are removed by the next <see cref="RunFolder.Claim()"/>.
/// </remarks>
internal sealed unsafe class RecordFiles : IDisposable
{
    /// <summary>Name of the tensor in a file: [slots; numbers of a record].</summary>
    internal const string Slots = "slots";

    private readonly string _folder;
    private readonly byte[] _header;
    private readonly int _record;
    private readonly int _slots;
    private readonly long _bytes;

    // File number i is at i modulo their length.
    private readonly RecordFile?[] _files;
    private readonly byte*[] _records;

    private readonly Stack<RecordFile> _spare = new();
    private FileStream? _reserve;
    private long _oldest;

    /// <summary>No files yet.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="shape">Sizes of the ring.</param>
    internal RecordFiles(string folder, ReplayShape shape)
    {
        (_folder, _record) = (folder, shape.RecordBytes);
        var bytes = shape.BytesOfFile ?? Experiments.Memory.BytesOfFile(shape.RecordsBytes);
        _slots = (int)Math.Clamp(bytes / _record, 1, shape.Slots);
        _header = SafetensorsWriter.Header(
            [new SafetensorsEntry(Slots, shape.ElementType, [_slots, _record / shape.Observation.NumberSize], _ => { })], null);
        _bytes = _header.Length + ((long)_slots * _record);
        _files = new RecordFile?[(shape.Slots / _slots) + 2];
        _records = new byte*[_files.Length];
    }

    /// <summary>Slots of a file.</summary>
    internal int SlotsOfFile => _slots;

    /// <summary>Takes the space of all files that are not there yet.</summary>
    /// <exception cref="MtrlException">The disk has not that much space, or failed.</exception>
    internal void Reserve()
    {
        var bytes = _files.Count(file => file is null) * _bytes;
        try
        {
            var path = NewPath();
            try
            {
                _reserve = RecordFile.Preallocated(path, bytes);
            }
            finally
            {
                // Without a name the space is free again when the process ends, however it ends.
                File.Delete(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MtrlException(
                $"{_folder}: the files of the replay take {Text.Size(bytes)}: {e.Message} "
                + "Lower replay_buffer.capacity, or choose a folder on a larger disk.",
                inner: e);
        }
    }

    /// <summary>The record of a slot whose file is open.</summary>
    internal byte* At(long slot) => _records[Place(slot)] + (slot % _slots * _record);

    /// <summary>Makes the file of a slot where it is missing.</summary>
    /// <exception cref="MtrlException">The disk is full or failed.</exception>
    internal void Open(long slot)
    {
        if (_files[Place(slot)] is null)
            Put(slot, _spare.TryPop(out var spare) ? spare : Create());
    }

    /// <summary>Links a file of a checkpoint as the file of a slot.</summary>
    /// <param name="slot">First slot of the file.</param>
    /// <param name="saved">The file.</param>
    /// <param name="tensor">Tensor of the file.</param>
    /// <param name="sha256">Hash of the file.</param>
    /// <returns>False where its sizes are others.</returns>
    internal bool Link(long slot, string saved, SafetensorsTensor tensor, string sha256)
    {
        if (tensor.Offset != _header.Length || tensor.Bytes != _bytes - _header.Length || slot % _slots != 0)
            return false;
        try
        {
            Put(slot, RecordFile.Link(NewPath(), saved, _header.Length, sha256));
        }
        catch (Exception e)
        {
            throw DurableFile.Explain(_folder, e);
        }

        return true;
    }

    /// <summary>Sets the oldest slot in use; files of older slots are removed.</summary>
    internal void StartAt(long slot)
    {
        var oldest = slot / _slots;
        for (var number = _oldest; number < Math.Min(oldest, _oldest + _files.Length); number++)
        {
            var place = number % _files.Length;
            if (_files[place] is not { } file)
                continue;
            _files[place] = null;
            _records[place] = null;
            if (file.Sha256 is null)
                _spare.Push(file);
            else
                file.Dispose();
        }

        _oldest = oldest;
    }

    /// <summary>Adds the file of a slot, all of whose slots are written, to a checkpoint.</summary>
    /// <returns>Name of the file in the checkpoint.</returns>
    internal string Save(long slot, CheckpointWriter writer, string prefix) => _files[Place(slot)]!.Save(writer, prefix);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files)
            file?.Dispose();
        foreach (var file in _spare)
            file.Dispose();
        _reserve?.Dispose();
    }

    private int Place(long slot) => (int)(slot / _slots % _files.Length);

    private string NewPath() => Path.Combine(_folder, $"records-{Guid.NewGuid():N}");

    private void Put(long slot, RecordFile file)
    {
        var place = Place(slot);
        _files[place] = file;
        _records[place] = file.Records;
    }

    private RecordFile Create()
    {
        try
        {
            if (_reserve is not null)
                _reserve.SetLength(Math.Max(0, _reserve.Length - _bytes));
            return RecordFile.Create(NewPath(), _header, _bytes);
        }
        catch (Exception e)
        {
            throw DurableFile.Explain(_folder, e);
        }
    }
}
