using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>Derivatives of recorded computations. TorchSharp's function lets exceptions of libtorch, such as that of exhausted
/// memory, end the process: it is called through native/gradients.cpp, which catches them. Without the native library it is called
/// as it is.</summary>
internal static unsafe partial class Gradients
{
    [ThreadStatic]
    private static nint[]? s_made;

    /// <summary>Gradients of outputs, each with its weight, or of a scalar; null of an unused input.</summary>
    /// <exception cref="ExternalException">libtorch refused, or has no memory left.</exception>
    internal static Tensor?[] Of(Tensor[] outputs, Tensor[] inputs, Tensor[] weights, bool retain, bool create)
    {
        if (!NativeKernels.IsAvailable || TorchLibrary.Gradients == 0)
        {
            var plain = autograd.grad(outputs, inputs, weights.Length == 0 ? null : weights, retain, create, allow_unused: true);
            DenseStackFunction.Rethrow();
            return [.. plain.Select(x => x is { IsInvalid: false } ? x : null)];
        }

        nint[] of = Handles(outputs), by = Handles(inputs), times = Handles(weights);
        fixed (nint* o = of, i = by, w = times)
        {
            delegate* unmanaged[Cdecl]<nuint, nint*> allocate = &Allocate;
            var failed = mt_call_gradients(
                TorchLibrary.Gradients, o, of.Length, i, by.Length, w, times.Length, retain ? 1 : 0, create ? 1 : 0, (nint)allocate);
            // What an own step has raised comes before what libtorch makes of it.
            DenseStackFunction.Rethrow();
            if (failed != 0)
                throw NativeKernels.LastError();
        }

        GC.KeepAlive(outputs);
        GC.KeepAlive(inputs);
        GC.KeepAlive(weights);
        return [.. s_made!.Select(handle => handle == 0 ? null : Tensor.UnsafeCreateTensor(handle))];
    }

    private static nint[] Handles(Tensor[] tensors) => [.. tensors.Select(x => x.Handle)];

    /// <summary>Room for the results, which does not move.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint* Allocate(nuint count)
    {
        s_made = GC.AllocateArray<nint>((int)count, pinned: true);
        return (nint*)Marshal.UnsafeAddrOfPinnedArrayElement(s_made, 0);
    }

    [LibraryImport(NativeKernels.Library)]
    private static partial int mt_call_gradients(
        nint function, nint* outputs, long outputCount, nint* inputs, long inputCount, nint* weights, long weightCount, int retains,
        int creates, nint allocate);
}
