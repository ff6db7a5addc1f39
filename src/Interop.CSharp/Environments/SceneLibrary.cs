using System.Collections.Concurrent;
using Mtrl;
using MtrlFunctional.Physics;
using MtrlFunctional.Storage;

namespace MtrlFunctional.Environments;

/// <summary>
/// The scenes of a folder, each compiled once and handed out as copies; and the prepared episodes
/// of all environments that were made from it, so that a goal that was met before is reset to in
/// microseconds.
/// </summary>
/// <remarks>
/// Whoever makes a library disposes it, at any time: copies live on. Threads may share it. File
/// formats and the exact mode: assets/metaworld/README.md.
/// </remarks>
public sealed class SceneLibrary : IDisposable
{
    /// <summary>File of the convex hulls that all scenes share.</summary>
    public const string Hulls = "hulls.safetensors";

    // anchor, relative position, relative quaternion, torque scale
    private static readonly double[] _weld = [0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 5];

    private readonly ConcurrentDictionary<string, Lazy<Model>> _scenes = new();

    /// <summary>Looks for scenes in a folder.</summary>
    /// <param name="folder">Folder with <c>&lt;scene&gt;.xml</c>; null: see <see cref="FindFolder"/>.</param>
    /// <exception cref="PhysicsException">No such folder.</exception>
    public SceneLibrary(string? folder = null)
    {
        Folder = folder ?? FindFolder();
        if (!Directory.Exists(Folder))
            throw new PhysicsException($"{Folder}: no such folder; it should hold the scenes of Meta-World.");
    }

    /// <summary>Where the scenes are.</summary>
    public string Folder { get; }

    internal PreparedEpisodes Prepared { get; } = new();

    /// <summary>The scenes that belong to this program: <c>assets/metaworld</c> beside it or above it.</summary>
    /// <returns>The folder.</returns>
    /// <exception cref="PhysicsException">There is none.</exception>
    public static string FindFolder()
    {
        var start = Path.GetDirectoryName(typeof(SceneLibrary).Assembly.Location)!;
        for (var at = start; at is not null; at = Path.GetDirectoryName(at))
        {
            var folder = Path.Combine(at, "assets", "metaworld");
            if (Directory.Exists(folder))
                return folder;
        }

        throw new PhysicsException($"No folder assets/metaworld in {start} or above: the program runs inside its repository.");
    }

    /// <summary>A model of a scene, exact where its table lies beside it, ready for an environment.</summary>
    /// <param name="scene">File name without extension: "reach".</param>
    /// <returns>A copy of its own; the caller disposes it.</returns>
    /// <exception cref="PhysicsException">No such scene, or a mistake in it.</exception>
    /// <exception cref="SafetensorsException">A damaged table.</exception>
    public Model Take(string scene) => Original(scene).Copy();

    /// <summary>
    /// A model of a scene that shares all but the positions of bodies and sites with the others of this
    /// library: some kilobytes. Nothing else of it may be written.
    /// </summary>
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
        var file = Path.Combine(Folder, $"{scene}.xml");
        if (!File.Exists(file))
        {
            var known = Directory.EnumerateFiles(Folder, "*.xml").Select(f => Path.GetFileNameWithoutExtension(f)!);
            throw new PhysicsException($"{file}: no such scene.{Nearest.hint(known, scene)}");
        }

        var model = Model.LoadFile(file);
        try
        {
            var table = Path.Combine(Folder, $"{scene}.safetensors");
            if (File.Exists(table))
                SceneTable.Apply(model, table, Path.Combine(Folder, Hulls));

            var kinds = model.Ints("eq_type");
            var data = model.Doubles("eq_data");
            for (var i = 0; i < kinds.Length; i++)
            {
                if (kinds[i] == Layout.Weld)
                    _weld.CopyTo(data[(i * data.Length / kinds.Length)..]);
            }

            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
