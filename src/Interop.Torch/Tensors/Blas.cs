using System.Runtime.InteropServices;

namespace MtrlFunctional.Tensors;

/// <summary>The BLAS of libtorch, if it is the system's OpenBLAS, which libtorch's thread setting does not affect.</summary>
internal static unsafe class Blas
{
    private static readonly Lazy<nint> s_library = new(Find);

    /// <summary>The active kernel set, such as <c>SkylakeX</c>; null if BLAS is not OpenBLAS.</summary>
    internal static string? Core =>
        Export("openblas_get_corename", out var f) ? Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)f)()) : null;

    /// <summary>Name, version and build of OpenBLAS; null if BLAS is not OpenBLAS.</summary>
    internal static string? Build =>
        Export("openblas_get_config", out var f) ? Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)f)()) : null;

    /// <summary>Threads per product; null if BLAS is not OpenBLAS.</summary>
    internal static int? Threads =>
        Export("openblas_get_num_threads", out var f) ? ((delegate* unmanaged<int>)f)() : null;

    internal static void SetThreads(int count)
    {
        if (Export("openblas_set_num_threads", out var f))
            ((delegate* unmanaged<int, void>)f)(count);
    }

    private static bool Export(string name, out nint function)
    {
        function = 0;
        return s_library.Value != 0 && NativeLibrary.TryGetExport(s_library.Value, name, out function);
    }

    private static nint Find()
    {
        Processor.Apply();
        foreach (var name in new[] { "libblas.so.3", "libopenblas.so.0" })
            if (NativeLibrary.TryLoad(name, out var library)
                && NativeLibrary.TryGetExport(library, "openblas_get_num_threads", out _))
                return library;
        return 0;
    }
}
