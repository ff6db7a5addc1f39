using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MtrlFunctional.Tensors;

namespace TorchSharp;

/// <summary>Loads the native library from the folder of this assembly (scripts, tests, publish folders).</summary>
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
        var folder = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location);
        var path = Path.Combine(string.IsNullOrEmpty(folder) ? AppContext.BaseDirectory : folder, "libmtrl_torch.so");
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (DllNotFoundException e)
        {
            throw new DllNotFoundException(
                $"{path} could not be loaded: {Reason(e)}. Install libtorch "
                + "(Debian, Ubuntu: apt-get install libtorch-dev libopenblas0-pthread) or build with LIBTORCH=FOLDER.");
        }
    }

    /// <summary>The line of the loader with the missing library or symbol, below the runtime's message.</summary>
    private static string Reason(DllNotFoundException e)
    {
        var lines = e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return (lines.Skip(1).FirstOrDefault() ?? lines[0]).TrimEnd('.');
    }
}
