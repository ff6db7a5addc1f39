using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>Derivatives of recorded computations. TorchSharp's function lets exceptions of libtorch, such as for
/// exhausted memory, end the process: it is called through native/gradients.cpp, which catches them. Without the native
/// library it is called as it is.</summary>
public static unsafe partial class Gradients
{
    /// <summary>Numbers of a tensor from which on a copy costs more than a piece of its own.</summary>
    public const long LargeTensor = 1 << 16;

    [ThreadStatic]
    private static nint[]? s_made;

    /// <summary>Gradients of a scalar, or of Σ weight · output (a vector-Jacobian product).</summary>
    /// <param name="outputs">One scalar, or tensors with a weight each.</param>
    /// <param name="inputs">Leaves of the recorded computation.</param>
    /// <param name="weights">Empty for a scalar, or of the outputs' shapes.</param>
    /// <param name="retain">Whether the graph is kept for another call.</param>
    /// <param name="create">Whether the result can itself be differentiated.</param>
    /// <returns>One of the shape of each input. Where the outputs do not depend on an input: zeros, which are one expanded
    /// number where the input has 65,536 numbers or more.</returns>
    /// <exception cref="ExternalException">A tensor is not recorded, libtorch refused, or has no memory left.</exception>
    public static Tensor[] Of(Tensor[] outputs, Tensor[] inputs, Tensor[] weights, bool retain, bool create)
    {
        foreach (var x in outputs.Concat(inputs))
            if (!x.requires_grad)
                throw new ExternalException($"A tensor [{string.Join(", ", x.shape)}] of the derivative does not require grad.");
        if (weights.Length == 0 && outputs.FirstOrDefault(x => x.numel() != 1) is { } output)
            throw new ExternalException($"Only a scalar has a gradient without weights, not [{string.Join(", ", output.shape)}].");
        return [.. inputs.Zip(Recorded(outputs, inputs, weights, retain, create), (input, gradient) => gradient ?? NoGradient(input))];
    }

    /// <summary>Where the input is large one zero for all numbers, which takes no memory.</summary>
    private static Tensor NoGradient(Tensor input) =>
        input.numel() < LargeTensor
            ? zeros(input.shape, input.dtype, input.device)
            : zeros([1], input.dtype, input.device).expand(input.shape);

    /// <summary>As <see cref="Of"/>; null for an input that the outputs do not depend on.</summary>
    internal static Tensor?[] Recorded(Tensor[] outputs, Tensor[] inputs, Tensor[] weights, bool retain, bool create)
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
            // Belong to the caller's scope also where a step of our own raised, which libtorch does not know.
            Tensor?[]? made = failed == 0 ? [.. s_made!.Select(handle => handle == 0 ? null : Tensor.UnsafeCreateTensor(handle))] : null;
            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(weights);

            // What such a step has raised comes before what libtorch makes of it.
            DenseStackFunction.Rethrow();
            return made ?? throw NativeKernels.LastError();
        }
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
