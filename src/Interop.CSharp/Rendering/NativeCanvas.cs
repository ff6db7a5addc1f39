namespace MtrlFunctional.Rendering;

/// <summary>The C contract of <c>native/mtrl_render.h</c>.</summary>
internal static unsafe partial class NativeCanvas
{
    internal const int OsMesa = 1;
    internal const int Egl = 2;

    private const string Library = "mtrl_mujoco";

    [LibraryImport(Library)] internal static partial int mtrl_graphics_open(int library, int device, int hardware);
    [LibraryImport(Library)] internal static partial nint mtrl_graphics_name();
    [LibraryImport(Library)]
    internal static partial int mtrl_canvas_make(nint model, int width, int height, int samples, int effects, nint* canvas);
    [LibraryImport(Library)] internal static partial void mtrl_canvas_free(nint canvas);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mtrl_canvas_draw(
        nint canvas, nint model, nint data, int camera, double* view, int upright, string? caption, int planes, byte* pixels);
}
