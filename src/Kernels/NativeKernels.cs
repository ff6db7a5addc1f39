using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MtrlFunctional.Tensors;

/// <summary>The library of native/mtrl_kernels.h. Without it, and with <c>MTRL_KERNELS=plain</c>, everything is computed by plain
/// operations of TorchSharp; <c>MTRL_KERNELS=avx2</c> leaves AVX-512 unused in products of small networks.</summary>
public static partial class NativeKernels
{
    internal const string Library = "mtrl_kernels";

    private static readonly Lazy<nint> s_library = new(Load);

    /// <summary>Whether the library is in use.</summary>
    public static bool IsAvailable => s_library.Value != 0;

    /// <summary>The instructions that products of small networks use: AVX-512, AVX2 or none.</summary>
    internal static string InstructionSet =>
        !IsAvailable ? "none" : Marshal.PtrToStringUTF8(mt_instruction_set()) ?? "none";

    /// <summary>Called before the first function of the library.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Must precede every call of the library.")]
    internal static void Install() =>
        NativeLibrary.SetDllImportResolver(
            typeof(NativeKernels).Assembly,
            (name, _, _) => name == Library ? s_library.Value : name == OneDnn.Library ? TorchLibrary.Cpu : 0);

    /// <summary>The failure that a function of the library reported on this thread.</summary>
    internal static ExternalException LastError() =>
        new(Marshal.PtrToStringUTF8(mt_last_error()) ?? "unknown");

    private static nint Load()
    {
        const string name = "MTRL_KERNELS";
        var chosen = Environment.GetEnvironmentVariable(name);
        if (chosen is not (null or "" or "avx2" or "plain"))
            throw new SettingException($"{name} = {chosen}: must be avx2 or plain, or unset for the fastest.");
        var path = NativeFiles.Find(typeof(NativeKernels).Assembly, $"lib{Library}.so");
        return chosen != "plain" && File.Exists(path) && NativeLibrary.TryLoad(path, out var library) ? library : 0;
    }

    [LibraryImport(Library)]
    private static partial nint mt_last_error();

    [LibraryImport(Library)]
    private static partial nint mt_instruction_set();
}
