using System.Runtime.CompilerServices;

namespace MtrlFunctional.Physics;

/// <summary>A compiled MJCF scene: bodies, joints, shapes and constants, but no motion. Its arrays may be edited between steps.
/// Physics: Todorov, Erez and Tassa (2012), doi:10.1109/IROS.2012.6386109.</summary>
/// <remarks>The caller disposes a loaded or copied model, after the worlds that use it. Threads may share a model that is not
/// edited.</remarks>
public sealed unsafe partial class Model : IDisposable
{
    // The engine's parser keeps global state.
    private static readonly Lock _parser = new();

    // Files of this program do not change while it runs, families of environments need the same ones, for training and for evaluations,
    // and a copy takes a fiftieth of the time of a compilation.
    private static readonly Dictionary<string, Model> _own = [];

    // A fatal error inside the engine's parser leaves its mutex locked.
    private static volatile bool _parserStuck;

    private readonly nint _memory;

    // The model whose arrays this model uses, and the number of models that use this model's arrays, itself included.
    private readonly Model? _lender;
    private int _users = 1;
    private nint _handle;

    private Model(nint handle, string name, Model? lender = null) =>
        (_memory, _handle, Name, _lender) = (handle, handle, name, lender);

    /// <summary>Frees the native model of a program that forgot to.</summary>
    ~Model() => Dispose();

    /// <summary>Version of the engine in force, for example 222 for MuJoCo 2.2.2.</summary>
    public static int EngineVersion => Native.EngineVersion;

    /// <summary>Path of the engine's library in force.</summary>
    public static string EngineFile => Engine().File;

    /// <summary>How the library in force was built, where <c>./mtrl physics</c> built it; null for others.</summary>
    public static string? EngineBuild => Engine().Build;

    private static (string File, string? Build) Engine()
    {
        _ = Native.EngineVersion;
        nint file, build;
        Native.mtrl_engine(&file, &build);
        return (Path.GetFullPath(Marshal.PtrToStringUTF8(file)!), Marshal.PtrToStringUTF8(build));
    }

    /// <summary>The model's origin: a path, or the name of a text.</summary>
    public string Name { get; }

    /// <summary>Loads an MJCF file of any origin with all that it includes, in a process of its own.</summary>
    /// <param name="path">The file.</param>
    /// <param name="folder">
    /// The folder outside which no file of the model is opened; null: the folder of the file.
    /// </param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="PhysicsException">Missing, a mistake in it: the line is shown, or it exceeds a limit.</exception>
    public static Model LoadFile(string path, string? folder = null)
    {
        RequireFile(path);
        var full = Path.GetFullPath(path);
        return Compiled(path, ModelCompiler.Compile(path, full, folder ?? Path.GetDirectoryName(full)!, null));
    }

    /// <summary>Loads MJCF of any origin from memory, in a process of its own; it cannot include files.</summary>
    /// <param name="xml">The whole document.</param>
    /// <param name="name">Its name in messages.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="PhysicsException">A mistake in it: the line is shown, or it exceeds a limit.</exception>
    public static Model LoadText(string xml, string name = "text") =>
        Compiled(name, ModelCompiler.Compile(name, null, null, xml));

    /// <summary>As <see cref="LoadFile"/>, within this process, which compiles it once: for files that belong to this program.</summary>
    internal static Model LoadOwnFile(string path)
    {
        RequireFile(path);
        if (_parserStuck)
            return LoadFile(path);
        Model? compiled;
        lock (_own)
        {
            if (!_own.TryGetValue(path, out compiled))
                _own[path] = compiled = Load(path, path, null);
        }

        return compiled.Copy();
    }

    /// <summary>As <see cref="LoadText"/>, within this process: for texts made of files of this program.</summary>
    internal static Model LoadOwnText(string xml, string name) =>
        _parserStuck ? LoadText(xml, name) : Load(name, null, xml);

    private static void RequireFile(string path)
    {
        if (!File.Exists(path))
            throw new PhysicsException($"{path}: no such file.");
    }

    private static Model Load(string name, string? path, string? xml)
    {
        _ = Native.EngineVersion;
        var bytes = xml is null ? [] : Encoding.UTF8.GetBytes(xml);
        var error = stackalloc byte[1024];
        nint handle;
        int status;
        lock (_parser)
        {
            fixed (byte* text = bytes)
                status = Native.mtrl_load(path, xml is null ? null : text, bytes.Length, &handle, error, 1024);
            _parserStuck |= status == Native.Failed;
        }

        Native.Check(status, $"loading {name}");
        if (handle == 0)
            throw XmlMistake.Of(name, xml ?? File.ReadAllText(path!), Marshal.PtrToStringUTF8((nint)error)!);
        return new Model(handle, name);
    }

    private static Model Compiled(string name, ReadOnlySpan<byte> model)
    {
        _ = Native.EngineVersion;
        nint handle;
        fixed (byte* bytes = model)
            Native.Check(Native.mtrl_load_compiled(bytes, model.Length, &handle), $"loading {name}");
        return new Model(handle, name);
    }

    /// <summary>A second model with the same numbers, to be edited independently.</summary>
    /// <returns>The copy; the caller disposes it.</returns>
    public Model Copy()
    {
        nint copy;
        Native.Check(Native.mtrl_copy_model(Handle, &copy), $"copying {Name}");
        GC.KeepAlive(this);
        return new Model(copy, Name);
    }

    /// <summary>A model with its own <c>body_pos</c>, <c>geom_pos</c>, <c>geom_size</c>, <c>site_pos</c>, <c>site_size</c>,
    /// <c>site_rgba</c>, <c>mat_rgba</c> and <c>dof_damping</c>, initially equal to this model's; everything else is shared. It
    /// may be used after this model was disposed.</summary>
    /// <returns>The model; the caller disposes it, and edits no other array of it.</returns>
    internal Model Share()
    {
        nint view;
        Native.Check(Native.mtrl_share_model(Handle, &view), $"sharing {Name}");
        var lender = _lender ?? this;
        Interlocked.Increment(ref lender._users);
        return new Model(view, Name, lender);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _handle, 0) != 0)
            Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _users) > 0)
            return;
        if (_lender is null)
        {
            Native.mtrl_free_model(_memory);
        }
        else
        {
            Native.mtrl_free_shared(_memory);
            _lender.Release();
        }
    }

    internal nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle == 0, this);
            return _handle;
        }
    }

    /// <summary>Seconds a physics step.</summary>
    public double TimeStep => *(double*)(Handle + Layout.Model_timestep);

    /// <summary>nq: numbers that hold the configuration.</summary>
    public int Positions => Size(Layout.Model_nq);

    /// <summary>nv: degrees of freedom.</summary>
    public int Velocities => Size(Layout.Model_nv);

    /// <summary>nu: actuators.</summary>
    public int Controls => Size(Layout.Model_nu);

    /// <summary>nbody: bodies, the world included.</summary>
    public int Bodies => Size(Layout.Model_nbody);

    /// <summary>nsensordata: numbers of all sensors.</summary>
    public int SensorNumbers => Size(Layout.Model_nsensordata);

    /// <summary>nmocap: bodies whose pose is commanded.</summary>
    public int Mocaps => Size(Layout.Model_nmocap);

    /// <summary>Number of elements of a kind.</summary>
    /// <param name="kind">Body, joint, geom, site or mesh.</param>
    /// <returns>0 or more.</returns>
    public int Count(ElementKind kind) => kind switch
    {
        ElementKind.Body or ElementKind.BodyFrame => Size(Layout.Model_nbody),
        ElementKind.Joint => Size(Layout.Model_njnt),
        ElementKind.Geom => Size(Layout.Model_ngeom),
        ElementKind.Site => Size(Layout.Model_nsite),
        ElementKind.Mesh => Size(Layout.Model_nmesh),
        ElementKind.Actuator => Size(Layout.Model_nu),
        ElementKind.Camera => Size(Layout.Model_ncam),
        ElementKind.Sensor => Size(Layout.Model_nsensor),
        ElementKind.Light => Size(Layout.Model_nlight),
        ElementKind.Material => Size(Layout.Model_nmat),
        ElementKind.Texture => Size(Layout.Model_ntex),
        ElementKind.Tendon => Size(Layout.Model_ntendon),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>Index of a named element.</summary>
    /// <param name="kind">Kind of the element.</param>
    /// <param name="name">Its name in the MJCF.</param>
    /// <returns>0 or more.</returns>
    /// <exception cref="PhysicsException">There is no such name; the message has the nearest names.</exception>
    public int Id(ElementKind kind, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var id = Native.mtrl_name_to_id(Handle, (int)kind, name);
        GC.KeepAlive(this);
        if (id >= 0)
            return id;
        var word = kind == ElementKind.BodyFrame ? "body" : kind.ToString().ToLowerInvariant();
        throw new PhysicsException($"{Name}: no {word} named '{name}'.{Nearest.Hint(NamesOf(kind), name)}");
    }

    /// <summary>Name of an element; empty where it has none.</summary>
    /// <param name="kind">Kind of the element.</param>
    /// <param name="id">Index of the element.</param>
    /// <returns>The name.</returns>
    public string NameOf(ElementKind kind, int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, Count(kind));
        var name = Marshal.PtrToStringUTF8(Native.mtrl_id_to_name(Handle, (int)kind, id)) ?? "";
        GC.KeepAlive(this);
        return name;
    }

    /// <summary>All names of a kind, in the order of their indices.</summary>
    /// <param name="kind">Kind of the elements.</param>
    /// <returns>The names; elements without one are left out.</returns>
    public IEnumerable<string> NamesOf(ElementKind kind) =>
        Enumerable.Range(0, Count(kind)).Select(id => NameOf(kind, id)).Where(name => name.Length > 0);

    /// <summary>Names of the mocap bodies.</summary>
    internal IEnumerable<string> MocapNames => NamesOf(ElementKind.Body).Where(body => MocapOf(body) >= 0);

    /// <summary>Index of a body among the mocap bodies; −1: it is none.</summary>
    internal int MocapOf(string body) => Ints("body_mocapid")[Id(ElementKind.Body, body)];

    /// <summary>Position of a body relative to its parent, metres; may be written.</summary>
    /// <param name="body">Index of the body.</param>
    /// <returns>Three numbers.</returns>
    public Span<double> BodyPosition(int body) => Doubles("body_pos").Slice(3 * body, 3);

    /// <summary>Position of a site relative to its body, metres; may be written.</summary>
    /// <param name="site">Index of the site.</param>
    /// <returns>Three numbers.</returns>
    public Span<double> SitePosition(int site) => Doubles("site_pos").Slice(3 * site, 3);

    /// <summary>A float64 array of the engine's model, row by row; may be written.</summary>
    /// <param name="array">Name of the array in <c>mjModel</c>, for example "body_pos".</param>
    /// <returns>All elements; valid while the model lives.</returns>
    /// <exception cref="PhysicsException">Unknown, or of another type.</exception>
    public Span<double> Doubles(string array) => Array<double>(array, ArrayKind.Float64);

    /// <summary>A float32 array of the engine's model, row by row; may be written.</summary>
    /// <param name="array">Name of the array in <c>mjModel</c>, for example "mesh_vert".</param>
    /// <returns>All elements; valid while the model lives.</returns>
    /// <exception cref="PhysicsException">Unknown, or of another type.</exception>
    public Span<float> Floats(string array) => Array<float>(array, ArrayKind.Float32);

    /// <summary>An int32 array of the engine's model, row by row; may be written.</summary>
    /// <param name="array">Name of the array in <c>mjModel</c>, for example "mesh_graph".</param>
    /// <returns>All elements; valid while the model lives.</returns>
    /// <exception cref="PhysicsException">Unknown, or of another type.</exception>
    public Span<int> Ints(string array) => Array<int>(array, ArrayKind.Int32);

    /// <summary>A byte array of the engine's model, row by row; may be written.</summary>
    /// <param name="array">Name of the array in <c>mjModel</c>, for example "jnt_limited".</param>
    /// <returns>All elements; valid while the model lives.</returns>
    /// <exception cref="PhysicsException">Unknown, or of another type.</exception>
    public Span<byte> Bytes(string array) => Array<byte>(array, ArrayKind.Byte);

    /// <summary>Elements a row of an array: 3 for "body_pos".</summary>
    internal int Columns(string array) => Find(array).Columns;

    private ModelArray Find(string array) =>
        Layout.Arrays.TryGetValue(array, out var found)
            ? found
            : throw new PhysicsException(
                $"'{array}' is not an array of MuJoCo's model.{Nearest.Hint(Layout.Arrays.Keys, array)}");

    private Span<T> Array<T>(string array, ArrayKind kind)
        where T : unmanaged
    {
        var found = Find(array);
        if (found.Kind != kind)
            throw new PhysicsException($"'{array}' of MuJoCo's model is {found.Kind}, not {kind}.");
        return new Span<T>(*(void**)(Handle + found.PointerAt), Size(found.RowsAt) * found.Columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int Size(int at) => Layout.SizeBytes == 4 ? *(int*)(Handle + at) : (int)*(long*)(Handle + at);
}
