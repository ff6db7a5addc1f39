using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MtrlFunctional.Tensors;

namespace TorchSharp;

/// <summary>Loads the native library over libtorch.</summary>
internal static class LibraryLoading
{
    private static readonly Lazy<nint> s_shim = new(Load);

    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2255", Justification = "Must precede every call of the shim.")]
    internal static void Install() =>
        NativeLibrary.SetDllImportResolver(
            typeof(LibraryLoading).Assembly, (name, _, _) => name == "mtrl_torch" ? s_shim.Value : 0);

    private static nint Load()
    {
        Processor.Apply();
        return NativeFiles.Load(
            typeof(LibraryLoading).Assembly,
            "libmtrl_torch.so",
            "Install libtorch (Debian, Ubuntu: apt-get install libtorch-dev libopenblas0-pthread) or build with LIBTORCH=FOLDER.");
    }
}
