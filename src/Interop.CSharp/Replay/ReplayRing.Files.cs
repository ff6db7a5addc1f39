namespace MtrlFunctional.Replay;

/// <content>The files of a ring in checkpoints. Those whose slots are all written never change: the newest slot is in a later one.</content>
internal sealed unsafe partial class ReplayRing
{
    /// <summary>First slot after the whole files.</summary>
    internal long FirstLoose => Math.Max(Head, (End - 1) / _shape.SlotsOfFile * _shape.SlotsOfFile);

    /// <summary>The slots of each whole file, of the first one those that are still in memory.</summary>
    internal IEnumerable<(long From, long To)> WholeFiles()
    {
        var count = _shape.SlotsOfFile;
        for (var from = Head; from < FirstLoose; from = (from / count * count) + count)
            yield return (from, (from / count * count) + count);
    }

    /// <summary>Bytes that a whole file takes of a disk when it is added to a checkpoint.</summary>
    internal long NewFileBytes => _files is null ? (long)_shape.SlotsOfFile * _record : 0;

    /// <summary>Adds a whole file to a checkpoint.</summary>
    internal (string Name, long From) SaveFile((long From, long To) file, CheckpointWriter writer, string prefix)
    {
        if (_files is not null)
            return (_files.Save(file.From, writer, prefix), file.To - _shape.SlotsOfFile);
        var tensor = ReplayStore.Records(_shape, file.To - file.From, stream => Write(stream, file.From, file.To));
        return (writer.WriteHashed(prefix, ".safetensors", stream => SafetensorsWriter.Write(stream, [tensor])).Name, file.From);
    }

    /// <summary>Links a file of a checkpoint.</summary>
    /// <returns>False where this ring has no files of this size.</returns>
    internal bool LinkFile(long first, string path, SafetensorsTensor tensor) => _files is not null && _files.Link(first, path, tensor);

    /// <summary>Writes the records of slots [from, to).</summary>
    internal void Write(Stream stream, long from, long to)
    {
        foreach (var run in Runs(from, to))
            stream.Write(RecordsOf(run));
    }
}
