using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>What follows the product of a dense layer, and its gradient: in plain operations, which are the definition, and each in one
/// pass over memory (native/rows.cpp).</summary>
internal static unsafe partial class BiasAndRelu
{
    /// <summary>Adds a bias in place, and cuts off what is then below 0 if a ReLU follows. Not recorded for gradients.</summary>
    /// <param name="y">[rows, columns], contiguous.</param>
    /// <param name="bias">[columns], or null.</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    internal static Tensor Add(Tensor y, Tensor? bias, bool relu)
    {
        if (bias is null || !IsNative(y) || bias.dim() != 1 || bias.shape[0] != y.shape[1])
            return AddPlain(y, bias, relu);
        var row = bias.contiguous();
        mt_add_bias_f32(y.shape[0], y.shape[1], row.Pointer(), relu ? 1 : 0, y.Pointer());
        GC.KeepAlive(row);
        return y;
    }

    internal static Tensor AddPlain(Tensor y, Tensor? bias, bool relu)
    {
        var sum = bias is null ? y : Scalars.Add(y, bias);
        return relu ? sum.relu() : sum;
    }

    /// <summary>g where the result is above 0, else 0, and its column sums.</summary>
    /// <param name="result">[rows, columns]: what a ReLU made; null: there is no ReLU.</param>
    /// <param name="g">[rows, columns].</param>
    internal static (Tensor Product, Tensor Bias) Gradient(Tensor? result, Tensor g) =>
        result is not null && IsNative(g) && !is_grad_enabled()
            ? GradientInOnePass(result.contiguous(), g.contiguous())
            : GradientPlain(result, g);

    internal static (Tensor Product, Tensor Bias) GradientPlain(Tensor? result, Tensor g)
    {
        var product = result is null ? g : g.mul(Scalars.IsPositive(result));
        return (product, product.sum([0L], false, ScalarType.Float32));
    }

    private static (Tensor Product, Tensor Bias) GradientInOnePass(Tensor result, Tensor g)
    {
        var (product, bias) = (empty_like(g), empty([g.shape[1]], g.dtype, g.device));
        mt_relu_gradient_f32(
            g.shape[0], g.shape[1], result.Pointer(), g.Pointer(), product.Pointer(),
            bias.Pointer());
        GC.KeepAlive(result);
        GC.KeepAlive(g);
        return (product, bias);
    }

    private static bool IsNative(Tensor x) => NativeKernels.IsAvailable && x.dtype == ScalarType.Float32;

    [LibraryImport(NativeKernels.Library)]
    private static partial void mt_add_bias_f32(long rows, long columns, nint bias, int relu, nint y);

    [LibraryImport(NativeKernels.Library)]
    private static partial void mt_relu_gradient_f32(long rows, long columns, nint y, nint g, nint to, nint sums);
}
