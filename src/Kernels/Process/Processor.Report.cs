using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace MtrlFunctional.Tensors;

/// <summary>A property of this machine or its settings that reduces speed, and its remedy.</summary>
/// <param name="Problem">One sentence.</param>
/// <param name="Fix">What to install, set or unset.</param>
public sealed record ProcessorWarning(string Problem, string Fix);

/// <summary>Processor, libtorch and kernels of this process.</summary>
/// <param name="Model">The processor's name.</param>
/// <param name="Features">Instruction sets used by this library.</param>
/// <param name="Cores">Processors available to this process.</param>
/// <param name="Workers">Data-parallel workers (<see cref="Processor.Threads"/>).</param>
/// <param name="OperationThreads">Threads per operation on the calling thread.</param>
/// <param name="Libtorch">Version of libtorch.</param>
/// <param name="Cuda">Whether libtorch has a usable GPU.</param>
/// <param name="TorchSharp">Version of TorchSharp.</param>
/// <param name="IsMarked">Whether TorchSharp's library is a copy marked for this system's older C++ library.</param>
/// <param name="Kernels">The native kernels in use: AVX-512, AVX2, or none.</param>
/// <param name="Settings">Settings applied at start, with reasons.</param>
/// <param name="Warnings">Empty if there is nothing to improve.</param>
public sealed record ProcessorReport(
    string Model,
    IReadOnlyList<string> Features,
    int Cores,
    int Workers,
    int OperationThreads,
    string Libtorch,
    bool Cuda,
    string TorchSharp,
    bool IsMarked,
    string Kernels,
    IReadOnlyList<string> Settings,
    IReadOnlyList<ProcessorWarning> Warnings);

public static partial class Processor
{
    private static readonly Lazy<string> s_model = new(Model);

    /// <summary>The processor's name; "unknown" where the system does not give one.</summary>
    public static string ModelName => s_model.Value;

    /// <summary>The current state. Loads libtorch.</summary>
    /// <exception cref="DllNotFoundException">libtorch is missing; the message names the package.</exception>
    public static ProcessorReport Report()
    {
        var libtorch = Libtorch.Version;
        return new ProcessorReport(
            ModelName,
            Features(),
            Environment.ProcessorCount,
            Threads,
            torch.get_num_threads(),
            libtorch,
            Libtorch.IsCudaAvailable,
            typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "unknown",
            TorchLibrary.IsMarked,
            NativeKernels.InstructionSet,
            Settings,
            [.. Warnings()]);
    }

    private static IEnumerable<ProcessorWarning> Warnings()
    {
        if (!NativeKernels.IsAvailable)
            yield return new ProcessorWarning(
                "The native kernels are not in use: on-policy updates of small networks are many times slower.",
                "unset MTRL_KERNELS, and build with ./mtrl build");
        if (!Avx2.IsSupported)
            yield return new ProcessorWarning(
                "The processor has no AVX2: matrix products are several times slower than usual.",
                "train on a processor of 2013 or later");
    }

    private static string Model()
    {
        const string info = "/proc/cpuinfo";
        var line = File.Exists(info) ? File.ReadLines(info).FirstOrDefault(l => l.StartsWith("model name")) : null;
        return line?.Split(':', 2)[1].Trim() ?? "unknown";
    }

    private static List<string> Features()
    {
        (string Name, bool IsPresent)[] features =
        [
            ("AVX2", Avx2.IsSupported),
            ("FMA", Fma.IsSupported),
            ("AVX-512", Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported),
            ("AVX512_BF16", HasFlag("avx512_bf16")),
            ("AMX_BF16", HasFlag("amx_bf16")),
        ];
        return [.. features.Where(feature => feature.IsPresent).Select(feature => feature.Name)];
    }

    /// <summary>Whether AMD made the processor.</summary>
    internal static bool IsAmd { get; } = X86Base.IsSupported && X86Base.CpuId(0, 0).Ebx == 0x68747541; // "Auth", of "AuthenticAMD"

    /// <summary>Whether the kernel lists a feature of the processor.</summary>
    internal static bool HasFlag(string flag)
    {
        const string info = "/proc/cpuinfo";
        return File.Exists(info)
            && File.ReadLines(info).FirstOrDefault(l => l.StartsWith("flags")) is { } flags
            && flags.Split(' ').Contains(flag);
    }
}
