using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>oneDNN's dense layer, by the C interface of libtorch (torch/csrc/inductor/aoti_torch, stable between versions).
/// libtorch's own operations call MKL, which leaves AVX-512 of AMD's processors unused.</summary>
internal static unsafe partial class OneDnn
{
    internal const string Library = "torch_cpu";

    /// <summary>Whether it is faster than libtorch's own products: with AVX-512 of AMD's processors. On others both have the same speed
    /// for many rows, and few rows and gradients of weights cost less in libtorch.</summary>
    internal static bool IsFaster { get; } = Avx512BW.IsSupported && Processor.IsAmd;

    /// <summary>Whether products of bfloat16 are faster than those of single precision: with AMX, and with AVX-512 of AMD's processors.
    /// By AVX512_BF16 alone Intel's take twice the time.</summary>
    internal static bool HasFastBFloat16 { get; } = IsFaster || Processor.HasFlag("amx_bf16");

    /// <summary>Whether it has layers of such tensors: single precision in main memory.</summary>
    internal static bool Supports(Tensor x) =>
        x.device.type == DeviceType.CPU && x.dtype == ScalarType.Float32 && TorchLibrary.Cpu != 0;

    /// <summary>x weightᵀ + bias. Not recorded for gradients. (Its ReLU makes 0 of NaN, which would hide a divergence.)</summary>
    /// <param name="x">[rows, in], any strides.</param>
    /// <param name="weight">[out, in], any strides, of the type of x.</param>
    /// <param name="bias">[out] of the type of x, or null.</param>
    internal static Tensor Linear(Tensor x, Tensor weight, Tensor? bias)
    {
        // libtorch would print what it refuses.
        if (x.dim() != 2 || weight.dim() != 2 || x.shape[1] != weight.shape[1] || x.dtype != weight.dtype
            || (bias is not null && (bias.dtype != x.dtype || bias.dim() != 1 || bias.shape[0] != weight.shape[0])))
            throw Refused(x, weight, bias);
        nint result, added = bias?.Handle ?? 0;
        fixed (byte* after = "none\0"u8)
        {
            var failed = aoti_torch_cpu__linear_pointwise(x.Handle, weight.Handle, bias is null ? null : &added, after, null, 0, null, &result);
            if (failed != 0)
                throw new ExternalException($"oneDNN could not allocate memory for a layer of [{x.shape[0]}, {weight.shape[0]}], or failed.");
        }

        GC.KeepAlive(x);
        GC.KeepAlive(weight);
        GC.KeepAlive(bias);
        return Tensor.UnsafeCreateTensor(result);
    }

    private static ExternalException Refused(Tensor x, Tensor weight, Tensor? bias)
    {
        static string Of(Tensor x) => $"[{string.Join(", ", x.shape)}] {x.dtype}";
        return new ExternalException(
            $"A dense layer of {Of(x)} with the weight {Of(weight.transpose(0, 1))}"
            + (bias is null ? " does not fit." : $" and the bias {Of(bias)} does not fit."));
    }

    [LibraryImport(Library)]
    private static partial int aoti_torch_cpu__linear_pointwise(
        nint x, nint weight, nint* bias, byte* after, double** scalars, long scalarCount, byte** algorithm, nint* result);
}
