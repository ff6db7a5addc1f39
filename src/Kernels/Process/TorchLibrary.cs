using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TorchSharp;

namespace MtrlFunctional.Tensors;

/// <summary>Loads libtorch and TorchSharp's library over it before TorchSharp looks for them: also in scripts, before any other
/// libtorch that the environment names, and on systems whose C++ library is older than the one that TorchSharp was compiled
/// with.</summary>
internal static partial class TorchLibrary
{
    private const string OverLibtorch = "libLibTorchSharp.so";
    private const string OfCpu = "libtorch_cpu.so";

    /// <summary>The version that paket.lock pins: TorchSharp's library was compiled with it.</summary>
    internal const string Version = "2.10.0";

    /// <summary>GCC 13 marks what includes &lt;iostream&gt; with this version; nothing else of it is used.</summary>
    private const string NewVersion = "GLIBCXX_3.4.32";

    private static readonly Lazy<Loaded> s_loaded = new(Load);

    /// <summary>libtorch's library of the CPU; 0 where TorchSharp finds it by itself.</summary>
    internal static nint Cpu => s_loaded.Value.Cpu;

    /// <summary>TorchSharp's function of gradients; 0 where TorchSharp finds its library by itself.</summary>
    internal static nint Gradients => s_loaded.Value.Gradients;

    /// <summary>Whether a marked copy of TorchSharp's library is in use (<see cref="WeakVersion"/>).</summary>
    internal static bool IsMarked => s_loaded.Value.IsMarked;

    /// <summary>Loads them with TorchSharp's assembly, which looks for them at its first use.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Must precede the first use of TorchSharp, whoever makes it.")]
    internal static void Install()
    {
        const string name = "TorchSharp";
        AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) =>
        {
            if (loaded.LoadedAssembly.GetName().Name == name)
                _ = s_loaded.Value;
        };
        if (AppDomain.CurrentDomain.GetAssemblies().Any(assembly => assembly.GetName().Name == name))
            _ = s_loaded.Value;
    }

    /// <summary>Called before the first operation.</summary>
    /// <exception cref="DllNotFoundException">A library is missing, or cannot be loaded; the message says which and what to
    /// do.</exception>
    internal static void Require() => s_loaded.Value.Failure?.Throw();

    private static Loaded Load()
    {
        Processor.Apply();
        try
        {
            const string remedy = "'./mtrl build' brings it, with the package of libtorch for linux-x64.";
            nint Required(string name) => NativeFiles.Load(FileOf(name), name, remedy);
            // By path, and each before those that need it: LD_LIBRARY_PATH may name another libtorch.
            SayNothing(Required("libc10.so"));
            var cpu = Required(OfCpu);
            _ = Required("libtorch.so");
            var over = FileOf(OverLibtorch);
            var isMarked = false;
            if (!File.Exists(over) || (!NativeLibrary.TryLoad(over, out var library) && !(isMarked = TryLoadMarked(over, out library))))
                library = Required(OverLibtorch);
            _ = NativeLibrary.TryGetExport(library, "THSAutograd_grad", out var gradients);
            return new Loaded(cpu, gradients, isMarked);
        }
        catch (DllNotFoundException e)
        {
            return new Loaded(Failure: ExceptionDispatchInfo.Capture(e));
        }
    }

    /// <summary>Beside this assembly, as in programs; or in the packages of TorchSharp and libtorch, as in scripts.</summary>
    private static string FileOf(string name)
    {
        var found = NativeFiles.Find(typeof(TorchLibrary).Assembly, name);
        if (File.Exists(found))
            return found;
        var ofTorchSharp = NativeFiles.Find(typeof(torch).Assembly, name);
        var packages = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(torch).Assembly.Location) ?? ".", "../../../.."));
        var ofLibtorch = Path.Combine(packages, "libtorch-cpu-linux-x64", Version, "runtimes/linux-x64/native", name);
        return File.Exists(ofTorchSharp) ? ofTorchSharp : File.Exists(ofLibtorch) ? ofLibtorch : found;
    }

    /// <summary>From memory: an installation may be read-only. Later loads by name find it, because it has the same name.</summary>
    private static bool TryLoadMarked(string path, out nint library)
    {
        library = 0;
        var file = File.ReadAllBytes(path);
        if (!WeakVersion.Mark(file, NewVersion))
            return false;
        var descriptor = memfd_create(OverLibtorch, 0);
        if (descriptor < 0)
            return false;
        using var memory = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            RandomAccess.Write(memory, file, 0);
        }
        catch (Exception e) when (e is IOException or ArgumentOutOfRangeException)
        {
            // .NET reports a file beyond the allowed size as an argument out of range.
            throw new DllNotFoundException(
                $"{path} could not be loaded: its copy of {file.Length / 1e6:F0} MB was not written. Raise the limit of files (ulimit -f) or of "
                + "memory.", e);
        }

        return NativeLibrary.TryLoad($"/proc/self/fd/{descriptor}", out library);
    }

    /// <summary>libtorch prints errors that its C interface also returns: from now on only those that end the process.</summary>
    private static unsafe void SayNothing(nint c10)
    {
        const int fatal = 3;
        if (NativeLibrary.TryGetExport(c10, "FLAGS_caffe2_log_level", out var level))
            *(int*)level = fatal;
    }

    private sealed record Loaded(
        nint Cpu = 0, nint Gradients = 0, bool IsMarked = false, ExceptionDispatchInfo? Failure = null);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int memfd_create(string name, uint flags);
}
