namespace MtrlFunctional.Storage;

/// <summary>A checkpoint under construction, in a temporary folder that is not read as a checkpoint. <see cref="Commit"/> makes
/// it a checkpoint, in a single rename; Dispose without it removes the folder.</summary>
/// <remarks>Where the disk is full or fails, a call raises MtrlException; earlier checkpoints are untouched.</remarks>
internal sealed class CheckpointWriter : IDisposable
{
    private readonly Checkpoints _home;
    private readonly CheckpointInfo _info;
    private readonly string _folder;
    private readonly Dictionary<string, CheckpointFile> _files = new(StringComparer.Ordinal);
    private readonly HashSet<string> _linked = new(StringComparer.Ordinal);
    private bool _done;

    internal CheckpointWriter(Checkpoints home, CheckpointInfo info)
    {
        (_home, _info) = (home, info);
        _folder = Path.Combine(
            home.Folder, $"{Checkpoints.UnfinishedName}{info.Step}-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..8]}");
        Guarded(() => Directory.CreateDirectory(_folder));
    }

    /// <summary>Writes a file and flushes it to the disk. Its name has letters, digits, '.', '_', '-', and '/' between
    /// folders.</summary>
    internal CheckpointFile Write(string name, Action<Stream> write)
    {
        if (!CheckpointNames.IsPlain(name))
            throw new ArgumentException($"'{name}' cannot name a file of a checkpoint.", nameof(name));
        Guarded(() => DurableFile.Create(PathOf(name), stream =>
        {
            using var hashing = new HashingStream(stream);
            write(hashing);
            _files[name] = new CheckpointFile(name, hashing.Length, hashing.Hash());
        }));
        return _files[name];
    }

    internal void WriteTensors(
        string name, IEnumerable<SafetensorsEntry> entries, IReadOnlyDictionary<string, string>? metadata = null) =>
        Write(name, stream => SafetensorsWriter.Write(stream, entries, metadata));

    /// <summary>Writes a file whose name holds 16 digits of the hash of its content, so that files of the same content are
    /// one.</summary>
    internal CheckpointFile WriteHashed(string prefix, string suffix, Action<Stream> write)
    {
        var file = Write(prefix + "unnamed" + suffix, write);
        _files.Remove(file.Name);
        var named = file with { Name = prefix + file.Sha256[..16] + suffix };
        Guarded(() => File.Move(PathOf(file.Name), PathOf(named.Name), overwrite: true));
        return _files[named.Name] = named;
    }

    /// <summary>Links a file of an earlier checkpoint without writing it again (a hard link; a copy if the file system does not
    /// support links).</summary>
    internal void TakeOver(Checkpoint earlier, string name)
    {
        if (Link(Path.Combine(earlier.Folder, name), earlier.Named(name)))
            _linked.Add(name);
    }

    /// <summary>Links a file that does not change any more, as <see cref="TakeOver"/> does, under a name as <see
    /// cref="WriteHashed"/> gives.</summary>
    internal CheckpointFile LinkHashed(string prefix, string suffix, string path)
    {
        CheckpointFile? file = null;
        Guarded(() =>
        {
            var hash = DurableFile.SyncAndHash(path);
            file = new CheckpointFile($"{prefix}{hash[..16]}{suffix}", new FileInfo(path).Length, hash);
        });
        Link(path, file!);
        return file!;
    }

    /// <summary>Adds a file that stands elsewhere, by a second name or as a copy.</summary>
    /// <returns>False where it was copied, or is there already.</returns>
    private bool Link(string path, CheckpointFile file)
    {
        var isLinked = false;
        if (_files.TryAdd(file.Name, file))
            Guarded(() => isLinked = DurableFile.LinkOrCopy(path, PathOf(file.Name)));
        return isLinked;
    }

    /// <summary>Writes the manifest, syncs, reads everything back from disk, and renames the folder into place. An existing
    /// checkpoint of this step is replaced.</summary>
    /// <returns>The checkpoint at its final path.</returns>
    internal Checkpoint Commit()
    {
        Guarded(() =>
        {
            var manifest = CheckpointManifest.Write(_info, _files.Values);
            DurableFile.Create(Path.Combine(_folder, CheckpointManifest.FileName), s => s.Write(manifest));
            foreach (var folder in Directory.GetDirectories(_folder, "*", SearchOption.AllDirectories))
                DiskSync.Folder(folder);
            DiskSync.Folder(_folder);
            _ = Checkpoint.Open(_folder, NewlyWritten);
            _home.Place(_folder, _info.Step);
            _done = true;
        });
        Dispose();
        return Checkpoint.Open(_home.FolderOf(_info.Step), NewlyWritten);
    }

    /// <summary>Removes the folder if not committed.</summary>
    public void Dispose()
    {
        if (!_done && Directory.Exists(_folder))
            DurableFile.TryDeleteFolder(_folder);
        _done = true;
    }

    /// <summary>Linked files were verified when written or loaded.</summary>
    private Scrutiny NewlyWritten(CheckpointFile file) => _linked.Contains(file.Name) ? Scrutiny.Length : Scrutiny.Content;

    private string PathOf(string name)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    private void Guarded(Action act)
    {
        try
        {
            act();
        }
        catch (Exception e)
        {
            Dispose();
            throw DurableFile.Explain(_home.Folder, e);
        }
    }
}
