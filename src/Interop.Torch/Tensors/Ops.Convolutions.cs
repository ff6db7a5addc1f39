using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <content>Convolutions of images without padding. Results may have any memory order: <see cref="Reshape"/> and
/// <see cref="Contiguous"/> give the order of channels, rows and columns.</content>
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
    public static Tensor Convolve(Tensor x, Tensor weight, Tensor bias, long stride, bool relu) =>
        Backend.Convolve(x, weight, bias, stride, relu);

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
        Tensor x, Tensor weight, Tensor bias, long stride, long outputPadding, bool relu) =>
        Backend.ConvolveTransposed(x, weight, bias, stride, outputPadding, relu);

    /// <summary>
    /// Convolutions with filters of 3 × 3 as one recorded step, the first with stride 2, ReLU after each. Faster than
    /// <see cref="Convolve"/> layer by layer; gradients of all parameters are adjacent in memory, in the order weight,
    /// bias, weight, bias, … A gradient that is recorded (<see cref="GradGraph"/>) is not faster.
    /// </summary>
    /// <param name="x">[n, channels · side²], square images of any element type, usually <see cref="Numeric.Byte"/>.</param>
    /// <param name="divisor">Divides x: 255 for pixels.</param>
    /// <param name="weights">[out, in, 3, 3] of each layer, at least one.</param>
    /// <param name="biases">[out] of each layer.</param>
    /// <returns>[n, out · s²] of the last layer, in the element type of the weights. s = (side − 1) / 2, rounded down, less
    /// 2 for each further layer.</returns>
    /// <exception cref="ArgumentException">Not as many biases as weights, or none.</exception>
    public static Tensor ConvolutionStack(Tensor x, double divisor, Tensor[] weights, Tensor[] biases) =>
        Backend.ConvolutionStack(x, divisor, RequireLayers(weights, biases), biases);

    /// <summary>
    /// Transposed convolutions with filters of 3 × 3 as one recorded step: stride 1 and ReLU, the last with stride 2, one row
    /// and column of output padding and no ReLU. The mirror of <see cref="ConvolutionStack"/>, with its speed and gradients.
    /// </summary>
    /// <param name="x">[n, channels · s²], square images in the element type of the weights.</param>
    /// <param name="weights">[in, out, 3, 3] of each layer, at least one.</param>
    /// <param name="biases">[out] of each layer.</param>
    /// <returns>[n, out · side²] of the last layer; side = 2 s + 2, and 4 more for each further layer.</returns>
    /// <exception cref="ArgumentException">Not as many biases as weights, or none.</exception>
    public static Tensor DeconvolutionStack(Tensor x, Tensor[] weights, Tensor[] biases) =>
        Backend.DeconvolutionStack(x, RequireLayers(weights, biases), biases);

    private static Tensor[] RequireLayers(Tensor[] weights, Tensor[] biases) =>
        weights.Length == biases.Length && weights.Length > 0
            ? weights
            : throw new ArgumentException(
                $"A stack has layers with a weight and a bias each, got {weights.Length} and {biases.Length}.", nameof(weights));
}
