using MtrlFunctional.Storage;

namespace MtrlFunctional.Replay;

/// <content>The files of a ring on a disk. Those whose slots are all written never change: the newest slot is in a later one.</content>
internal sealed unsafe partial class ReplayRing
{
    /// <summary>First slot after the whole files; the oldest slot if the ring has no files.</summary>
    internal long FirstLoose => _files is null ? Head : Math.Max(Head, (End - 1) / _files.SlotsOfFile * _files.SlotsOfFile);

    /// <summary>Takes the space on the disk of all files to come.</summary>
    /// <exception cref="MtrlException">The disk has not that much space, or failed.</exception>
    internal void ReserveFiles() => _files?.Reserve();

    /// <summary>First slot and slots of each whole file; slots before <see cref="Head"/> are not valid.</summary>
    internal IEnumerable<(long First, int Count)> WholeFiles()
    {
        if (_files is null)
            yield break;
        var count = _files.SlotsOfFile;
        for (var first = Head / count * count; first + count <= FirstLoose; first += count)
            yield return (first, count);
    }

    /// <summary>Adds a whole file to a checkpoint.</summary>
    /// <returns>Name of the file in the checkpoint.</returns>
    internal string SaveFile(long first, CheckpointWriter writer, string prefix) => _files!.Save(first, writer, prefix);

    /// <summary>Links a file of a checkpoint.</summary>
    /// <param name="first">First slot of the file.</param>
    /// <param name="checkpoint">A whole checkpoint.</param>
    /// <param name="name">Name of the file there.</param>
    /// <param name="tensor">Tensor of the file.</param>
    /// <returns>False where this ring has no files of this size.</returns>
    internal bool LinkFile(long first, Checkpoint checkpoint, string name, SafetensorsTensor tensor) =>
        _files is not null
        && _files.Link(first, checkpoint.PathOf(name), tensor, checkpoint.Files.First(file => file.Name == name).Sha256);
}
