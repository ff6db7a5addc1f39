using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <content>Convolutions of images without padding.</content>
public static partial class Ops
{
    /// <summary>
    /// Convolution (cross-correlation) with a bias: y[o, i, j] = b[o] + Σ w[o, c, p, q] x[c, s·i + p, s·j + q], with ReLU
    /// if <paramref name="relu"/>.
    /// </summary>
    /// <param name="x">[n, in, height, width].</param>
    /// <param name="weight">[out, in, k, k], in the element type of x.</param>
    /// <param name="bias">[out].</param>
    /// <param name="stride">s, at least 1, for rows and columns.</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    /// <returns>[n, out, (height − k) / s + 1, (width − k) / s + 1], rounded down.</returns>
    public static Tensor Convolve(Tensor x, Tensor weight, Tensor bias, long stride, bool relu)
    {
        var y = nn.functional.conv2d(x, weight, bias, [stride, stride]);
        return relu ? y.relu() : y;
    }

    /// <summary>
    /// Transposed convolution with a bias, the transpose of the linear map of <see cref="Convolve"/>: x[c, i, j] adds
    /// w[c, o, p, q] x[c, i, j] to y[o, s·i + p, s·j + q]; with ReLU if <paramref name="relu"/>.
    /// </summary>
    /// <param name="x">[n, in, height, width].</param>
    /// <param name="weight">[in, out, k, k], in the element type of x.</param>
    /// <param name="bias">[out].</param>
    /// <param name="stride">s, at least 1, for rows and columns.</param>
    /// <param name="outputPadding">Rows and columns added at the end, below s: of the input sizes that a convolution
    /// maps to one size, the one to restore.</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    /// <returns>[n, out, (height − 1) s + k + padding, (width − 1) s + k + padding].</returns>
    public static Tensor ConvolveTransposed(
        Tensor x, Tensor weight, Tensor bias, long stride, long outputPadding, bool relu)
    {
        var y = nn.functional.conv_transpose2d(
            x, weight, bias, [stride, stride], [0, 0], [outputPadding, outputPadding]);
        return relu ? y.relu() : y;
    }
}
