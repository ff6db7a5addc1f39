using System.Collections.Concurrent;
using MtrlFunctional.Tasks.DmControl;

namespace MtrlFunctional.Environments;

/// <summary>The models of a folder, each compiled once and shared by the environments of its tasks.</summary>
/// <remarks>The caller disposes it, at any time: models that were given out stay valid. Threads may share it.</remarks>
public sealed class DmControlModels : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Model>> _models = new();
    private readonly string _folder;
    private readonly bool _own;

    /// <summary>Finds the models.</summary>
    /// <param name="folder">Folder with <c>&lt;model&gt;.xml</c>; null: this program's <c>assets/dmcontrol</c>.</param>
    /// <exception cref="PhysicsException">No such folder.</exception>
    public DmControlModels(string? folder = null)
    {
        _folder = folder ?? FindFolder();
        _own = folder is null;
        if (!Directory.Exists(_folder))
            throw new PhysicsException($"{_folder}: no such folder; it should hold the models of DeepMind Control.");
    }

    /// <summary>The folder <c>assets/dmcontrol</c> of this program.</summary>
    /// <returns>An absolute path.</returns>
    /// <exception cref="PhysicsException">Not found.</exception>
    public static string FindFolder() => AssetsFolder.Find("dmcontrol");

    /// <summary>A model with numbers of its own where tasks edit them; it shares the others, such as textures.</summary>
    /// <param name="name">File name without extension, or name of a variant: "cartpole", "cartpole-cart_mass-3".</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="PhysicsException">No such model, or a mistake in it.</exception>
    public Model Take(string name) =>
        _models.GetOrAdd(name.Given(), n => new Lazy<Model>(() => Load(n))).Value.Share();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var model in _models.Values.Where(m => m.IsValueCreated))
            model.Value.Dispose();
        _models.Clear();
    }

    private Model Load(string name)
    {
        var source = Variations.Source(name);
        var file = Path.Combine(_folder, $"{source.File}.xml");
        if (File.Exists(file))
            return source.Changes.IsEmpty ? OfFile(file) : OfText(ChangedDocument.Of(file, source.Changes), name);
        var known = Directory.EnumerateFiles(_folder, "*.xml").Select(f => Path.GetFileNameWithoutExtension(f)!);
        throw new PhysicsException($"{file}: no such model.{Nearest.Hint(known, name)}");
    }

    private Model OfFile(string file) => _own ? Model.LoadOwnFile(file) : Model.LoadFile(file);

    private Model OfText(string xml, string name) => _own ? Model.LoadOwnText(xml, name) : Model.LoadText(xml, name);
}
