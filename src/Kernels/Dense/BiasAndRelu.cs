using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>What follows the product of a dense layer, and its gradient: in plain operations, which are the definition, and each in one
/// pass over memory (native/rows.cpp).</summary>
internal static unsafe partial class BiasAndRelu
{
    /// <summary>Adds a bias in place, and cuts off what is then below 0 if a ReLU follows. Not recorded for gradients.</summary>
    /// <param name="y">[rows, columns] or [b, rows, columns], contiguous.</param>
    /// <param name="bias">[columns] or [b, columns], or null.</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    internal static Tensor Add(Tensor y, Tensor? bias, bool relu)
    {
        var shape = y.shape;
        if (bias is null || !IsNative(y) || !bias.shape.SequenceEqual([.. shape[..^2], shape[^1]]))
            return AddPlain(y, bias, relu);
        var rows = bias.contiguous();
        mt_add_bias_f32(Count(shape), shape[^2], shape[^1], rows.Pointer(), relu ? 1 : 0, y.Pointer());
        GC.KeepAlive(rows);
        return y;
    }

    /// <summary>As <see cref="Add"/>; recorded for gradients.</summary>
    internal static Tensor AddPlain(Tensor y, Tensor? bias, bool relu)
    {
        var sum = bias is null ? y : Scalars.AddTo(y, bias.dim() > 1 ? bias.unsqueeze(-2) : bias);
        return relu ? sum.relu_() : sum;
    }

    /// <summary>g where the result is above 0, else 0, and its column sums.</summary>
    /// <param name="result">[rows, columns] or [b, rows, columns]: what a ReLU made; null: there is no ReLU.</param>
    /// <param name="g">As the result.</param>
    internal static (Tensor Product, Tensor Bias) Gradient(Tensor? result, Tensor g) =>
        result is not null && IsNative(g) && !is_grad_enabled()
            ? GradientInOnePass(result.contiguous(), g.contiguous())
            : GradientPlain(result, g);

    internal static (Tensor Product, Tensor Bias) GradientPlain(Tensor? result, Tensor g)
    {
        var product = result is null ? g : g.mul(Scalars.IsPositive(result));
        return (product, product.sum([-2L], false, ScalarType.Float32));
    }

    private static (Tensor Product, Tensor Bias) GradientInOnePass(Tensor result, Tensor g)
    {
        var shape = g.shape;
        var (product, bias) = (empty_like(g), empty([.. shape[..^2], shape[^1]], g.dtype, g.device));
        mt_relu_gradient_f32(
            Count(shape), shape[^2], shape[^1], result.Pointer(), g.Pointer(), product.Pointer(), bias.Pointer());
        GC.KeepAlive(result);
        GC.KeepAlive(g);
        return (product, bias);
    }

    private static long Count(long[] shape) => shape.Length == 2 ? 1 : shape[0];

    private static bool IsNative(Tensor x) => NativeKernels.IsAvailable && x.dtype == ScalarType.Float32;

    [LibraryImport(NativeKernels.Library)]
    private static partial void mt_add_bias_f32(long count, long rows, long columns, nint bias, int relu, nint y);

    [LibraryImport(NativeKernels.Library)]
    private static partial void mt_relu_gradient_f32(
        long count, long rows, long columns, nint y, nint g, nint to, nint sums);
}
