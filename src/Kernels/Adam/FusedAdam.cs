using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>Adam in one pass over memory (native/adam.cpp), for flat vectors of the CPU.</summary>
internal static unsafe partial class FusedAdam
{
    internal static long NonFiniteResults => NativeKernels.IsAvailable ? mt_not_finite() : 0;

    /// <summary>Elements <paramref name="first"/> … <paramref name="end"/> − 1 of a step.</summary>
    internal static void Step(AdamWork work, long first, long end)
    {
        var rule = new Rule { Constants = work.Rule, Step = work.Step };
        var size = work.Parameters.dtype == ScalarType.Float32 ? sizeof(float) : sizeof(double);
        var start = 0L;
        for (var i = 0; i < work.Gradients[0].Length; i++)
        {
            var length = work.Gradients[0][i].numel();
            var (from, to) = (Math.Max(first - start, 0), Math.Min(end - start, length));
            if (from < to)
                StepPiece(work, &rule, i, start * size, from, to);
            start += length;
        }

        GC.KeepAlive(work);
    }

    /// <summary>The same within a piece of the gradient, whose offset in the other vectors is given in bytes.</summary>
    private static void StepPiece(AdamWork work, Rule* rule, int piece, long offset, long first, long end)
    {
        nint In(Tensor vector) => vector.Pointer() + (nint)offset;
        var (p1, m1, v1) = work.Outcome;
        nint[] gradients = [.. work.PartsOf(piece).Select(TensorMemory.Pointer)];
        fixed (nint* g = gradients)
        {
            if (p1.dtype == ScalarType.Float32)
                mt_adam_f32(
                    first, end, rule, g, gradients.Length, In(work.Parameters), In(work.Mean), In(work.Square), In(p1), In(m1), In(v1));
            else
                mt_adam_f64(
                    first, end, rule, g, gradients.Length, In(work.Parameters), In(work.Mean), In(work.Square), In(p1), In(m1), In(v1));
        }
    }

    /// <summary>Whether both are contiguous CPU tensors of one type and shape, without gradients.</summary>
    internal static bool CanPolyak(Tensor target, Tensor source) =>
        NativeKernels.IsAvailable && !target.requires_grad && !source.requires_grad
        && target.dtype == source.dtype && target.dtype is ScalarType.Float32 or ScalarType.Float64
        && target.device.type == DeviceType.CPU && source.device.type == DeviceType.CPU
        && target.is_contiguous() && source.is_contiguous()
        && target.shape.AsSpan().SequenceEqual(source.shape);

    /// <summary>Elements <paramref name="first"/> … <paramref name="end"/> − 1 of an average.</summary>
    internal static void Polyak(PolyakWork work, long first, long end)
    {
        var isSingle = work.Target.dtype == ScalarType.Float32;
        nint From(Tensor vector) => vector.Pointer() + (nint)(first * (isSingle ? sizeof(float) : sizeof(double)));
        if (isSingle)
            mt_polyak_f32(end - first, work.Tau, From(work.Source), From(work.Target), From(work.Outcome));
        else
            mt_polyak_f64(end - first, work.Tau, From(work.Source), From(work.Target), From(work.Outcome));
        GC.KeepAlive(work);
    }

    private struct Rule
    {
        internal AdamRule Constants;
        internal long Step;
    }

    [LibraryImport(NativeKernels.Library)]
    private static partial void mt_adam_f32(
        long first, long end, Rule* rule, nint* g, int parts, nint p, nint m, nint v, nint p1, nint m1, nint v1);

    [LibraryImport(NativeKernels.Library)]
    private static partial void mt_adam_f64(
        long first, long end, Rule* rule, nint* g, int parts, nint p, nint m, nint v, nint p1, nint m1, nint v1);

    [LibraryImport(NativeKernels.Library)]
    private static partial void mt_polyak_f32(long n, double tau, nint source, nint target, nint to);

    [LibraryImport(NativeKernels.Library)]
    private static partial void mt_polyak_f64(long n, double tau, nint source, nint target, nint to);

    [LibraryImport(NativeKernels.Library)]
    private static partial long mt_not_finite();
}
