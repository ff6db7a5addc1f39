using System.Collections.Concurrent;

namespace MtrlFunctional.Environments;

/// <summary>The scenes of a folder, each compiled once and handed out as copies; and the prepared episodes of all environments
/// made from it, so that a repeated reset to the same goal takes microseconds.</summary>
/// <remarks>The caller disposes a library, at any time: copies stay valid. Threads may share it. File formats and the exact mode:
/// assets/metaworld/README.md.</remarks>
public sealed class SceneLibrary : IDisposable
{
    /// <summary>File of the convex hulls that all scenes share.</summary>
    public const string Hulls = "hulls.safetensors";

    // anchor, relative position, relative quaternion, torque scale
    private static readonly double[] _weld = [0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 5];

    /// <summary>Environment variable that names Meta-World's own assets, to be loaded instead of our scenes.</summary>
    public const string AssetsVariable = "MTRL_ASSETS";

    private readonly ConcurrentDictionary<string, Lazy<Model>> _scenes = new();
    private readonly string? _original;
    private readonly bool _own;

    /// <summary>Finds scenes in a folder.</summary>
    /// <param name="folder">
    /// Folder with <c>&lt;scene&gt;.xml</c>, or Meta-World's own assets (with <c>sawyer_xyz/</c>); null:
    /// <see cref="Chosen"/>, else this program's folder.
    /// </param>
    /// <exception cref="PhysicsException">No such folder, or no scenes in it.</exception>
    public SceneLibrary(string? folder = null)
    {
        _own = (folder ?? Chosen) is null;
        Folder = folder ?? Chosen ?? FindFolder();
        if (!Directory.Exists(Folder))
            throw new PhysicsException(
                $"{Folder}: {(File.Exists(Folder) ? "is a file, not a folder" : "no such folder")}; it should hold the scenes of Meta-World "
                + $"(env.assets of a run, --assets or {AssetsVariable} name it).");
        _original = OriginalAssets.FindIn(Folder);
        if (_original is null && !Directory.EnumerateFiles(Folder, "*.xml").Any())
            throw OriginalAssets.Missing(Folder);
    }

    /// <summary>The folder that <see cref="AssetsVariable"/> names for this process; null: none.</summary>
    public static string? Chosen =>
        Environment.GetEnvironmentVariable(AssetsVariable) is { Length: > 0 } folder ? folder : null;

    /// <summary>The folder of the scenes.</summary>
    public string Folder { get; }

    internal PreparedEpisodes Prepared { get; } = new();

    /// <summary>The scenes that belong to this program: <c>assets/metaworld</c> beside it or above it.</summary>
    /// <returns>The folder.</returns>
    /// <exception cref="PhysicsException">There is none.</exception>
    public static string FindFolder() => AssetsFolder.Find("metaworld");

    /// <summary>A model of a scene, exact if its table is in the same folder, that shares all but the positions of bodies and sites with
    /// the others of this library: some kilobytes. No other array of it may be written.</summary>
    /// <exception cref="PhysicsException">No such scene, or a mistake in it.</exception>
    /// <exception cref="SafetensorsException">A damaged table.</exception>
    internal Model Borrow(string scene) => Original(scene).Share();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var scene in _scenes.Values.Where(s => s.IsValueCreated))
            scene.Value.Dispose();
        _scenes.Clear();
    }

    private Model Original(string scene) =>
        _scenes.GetOrAdd(scene, name => new Lazy<Model>(() => Load(name))).Value;

    private Model Load(string scene)
    {
        if (_original is not null)
            return Weld(Model.LoadFile(OriginalAssets.FileOf(_original, scene), Path.Combine(_original, "..")));
        var file = Path.Combine(Folder, $"{scene}.xml");
        if (!File.Exists(file))
        {
            var known = Directory.EnumerateFiles(Folder, "*.xml").Select(f => Path.GetFileNameWithoutExtension(f)!);
            throw new PhysicsException($"{file}: no such scene.{Nearest.Hint(known, scene)}");
        }

        return (_own ? Model.LoadOwnFile(file) : Model.LoadFile(file)).Prepared(model =>
        {
            var table = Path.Combine(Folder, $"{scene}.safetensors");
            if (File.Exists(table))
                SceneTable.Apply(model, table, Path.Combine(Folder, Hulls));
            Weld(model);
        });
    }

    /// <summary>Ties the hand to its mocap body as Meta-World does when it starts.</summary>
    private static Model Weld(Model model)
    {
        var kinds = model.Ints("eq_type");
        var data = model.Doubles("eq_data");
        for (var i = 0; i < kinds.Length; i++)
        {
            if (kinds[i] == Physics.Layout.Weld)
                _weld.CopyTo(data[(i * data.Length / kinds.Length)..]);
        }

        return model;
    }
}
