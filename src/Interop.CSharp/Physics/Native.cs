using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace MtrlFunctional.Physics;

/// <summary>The C contract of <c>native/mtrl_mujoco.h</c> and <c>mtrl_render.h</c>. Its handlers are installed on first use.</summary>
internal static unsafe partial class Native
{
    private const string Library = "mtrl_mujoco";

    /// <summary>Version of the loaded engine, for example 222 for 2.2.2.</summary>
    /// <exception cref="PhysicsException">A native part is missing; the message names it.</exception>
    internal static int EngineVersion => _version.Value;

    private static readonly Lazy<int> _version = new(Start);

    private static int Start()
    {
        var handle = Load();
        // For packages; beside the assembly the runtime finds it itself.
        AssemblyLoadContext.GetLoadContext(typeof(Native).Assembly)!.ResolvingUnmanagedDll +=
            (_, name) => name == Library ? handle : 0;
        int headerVersion;
        var start = (delegate* unmanaged<int*, int>)NativeLibrary.GetExport(handle, "mtrl_start");
        var version = start(&headerVersion);
        if (version != headerVersion)
            throw new PhysicsException(
                $"MuJoCo {version} is loaded, but this program was built for {headerVersion}: build it anew ('dotnet build').");
        return version;
    }

    private static nint Load()
    {
        try
        {
            return NativeFiles.Load(
                typeof(Native).Assembly,
                $"lib{Library}.so",
                "Install MuJoCo (Debian, Ubuntu: apt-get install libmujoco-dev); 'mtrl doctor' shows what was found.");
        }
        catch (DllNotFoundException e)
        {
            throw new PhysicsException(e.Message, e);
        }
    }

    /// <summary>Throws the engine's error; call on <see cref="Failed"/>.</summary>
    internal static PhysicsException Failure(string doing) =>
        new($"MuJoCo failed while {doing}: {Error}");

    internal static string Error => Marshal.PtrToStringUTF8(mtrl_error())!;

    /// <summary>Status of a function of the shim after a fatal engine error.</summary>
    internal const int Failed = 2;

    /// <summary>Throws on <see cref="Failed"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static StepOutcome Check(int status, string doing) =>
        status == Failed ? throw Failure(doing) : (StepOutcome)status;

    [LibraryImport(Library)] internal static partial void mtrl_engine(nint* file, nint* build);
    [LibraryImport(Library)] private static partial nint mtrl_error();
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mtrl_load(string? path, byte* xml, int length, nint* model, byte* error, int capacity);
    [LibraryImport(Library)] internal static partial int mtrl_load_compiled(byte* bytes, int length, nint* model);
    [LibraryImport(Library)] internal static partial int mtrl_copy_model(nint source, nint* copy);
    [LibraryImport(Library)] internal static partial void mtrl_free_model(nint model);
    [LibraryImport(Library)] internal static partial int mtrl_share_model(nint source, nint* view);
    [LibraryImport(Library)] internal static partial void mtrl_free_shared(nint view);
    [LibraryImport(Library)] internal static partial int mtrl_make_data(nint model, nint* data);
    [LibraryImport(Library)] internal static partial void mtrl_free_data(nint data);
    [LibraryImport(Library)] internal static partial int mtrl_set_const(nint model, nint data);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mtrl_name_to_id(nint model, int type, string name);
    [LibraryImport(Library)] internal static partial nint mtrl_id_to_name(nint model, int type, int id);
    [LibraryImport(Library)] internal static partial int mtrl_reset(nint model, nint data);
    [LibraryImport(Library)] internal static partial int mtrl_forward(nint model, nint data);
    [LibraryImport(Library)] internal static partial int mtrl_forward_passive(nint model, nint data);
    [LibraryImport(Library)] internal static partial int mtrl_begin_step(nint model, nint data);
    [LibraryImport(Library)]
    internal static partial int mtrl_control_step(
        nint model, nint data, double* control, int substeps, double** sources, int count, double* @out);
    [LibraryImport(Library)] internal static partial int mtrl_advance(nint model, nint data, int substeps);
    [LibraryImport(Library)]
    internal static partial int mtrl_drive(
        nint model, nint data, int mocap, double* pose, double* control, int substeps, int repeats);
    [LibraryImport(Library)]
    internal static partial int mtrl_act(
        nint model, nint data, int mocap, double* pose, double* control, int substeps, int evaluated);
    [LibraryImport(Library)] internal static partial double mtrl_pressure(nint data, int by, int on);
    [LibraryImport(Library)] internal static partial int mtrl_state_size(nint model);
    [LibraryImport(Library)] internal static partial void mtrl_get_state(nint model, nint data, double* state);
    [LibraryImport(Library)] internal static partial void mtrl_set_state(nint model, nint data, double* state);
    [LibraryImport(Library)] internal static partial int mtrl_inertia(nint model, nint data, double* matrix);
    [LibraryImport(Library)] internal static partial void mtrl_contact_geometry(nint data, int index, double* @out);
    [LibraryImport(Library)] internal static partial int mtrl_contact_count(nint data);
    [LibraryImport(Library)] internal static partial int mtrl_graphics_open(int library, int device, int hardware);
    [LibraryImport(Library)] internal static partial nint mtrl_graphics_name();
    [LibraryImport(Library)]
    internal static partial int mtrl_canvas_make(nint model, int width, int height, int samples, int effects, nint* canvas);
    [LibraryImport(Library)] internal static partial void mtrl_canvas_free(nint canvas);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mtrl_canvas_draw(
        nint canvas, nint model, nint data, int camera, double* view, int upright, string? caption, int planes, byte* pixels);
}
