using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <content>Products of matrices, and dense layers.</content>
public static partial class Ops
{
    /// <summary>Matrix product of the last two dimensions, the others broadcast.</summary>
    public static Tensor MatMul(Tensor x, Tensor y)
    {
        // TorchSharp's function of this name lets exceptions of libtorch end the process.
        long[] left = x.shape, right = y.shape;
        if (left.Length == 2 && right.Length == 2)
            return x.mm(y);
        if (left.Length < 2 || right.Length < 2)
            throw new ExternalException($"[{string.Join(", ", left)}] and [{string.Join(", ", right)}] are not both matrices.");
        if (right.Length == 2)
            return x.reshape(-1, left[^1]).mm(y).reshape([.. left[..^1], right[1]]);
        var count = Math.Max(left.Length, right.Length) - 2;
        long Size(long[] shape, int i) => i + shape.Length - 2 - count is >= 0 and var at ? shape[at] : 1;
        long[] batch = [.. Enumerable.Range(0, count).Select(i => Size(left, i) == 1 ? Size(right, i) : Size(left, i))];
        Tensor Spread(Tensor z, long[] shape) => z.expand([.. batch, .. shape[^2..]]).reshape(-1, shape[^2], shape[^1]);
        return Spread(x, left).bmm(Spread(y, right)).reshape([.. batch, left[^2], right[^1]]);
    }

    /// <summary>[b, n, k] × [b, k, m] → [b, n, m].</summary>
    public static Tensor Bmm(Tensor x, Tensor y) => x.bmm(y);

    /// <summary>A dense layer: x weight + bias, with ReLU if <paramref name="relu"/>.</summary>
    /// <param name="x">[.., in]; with a batched weight [b, n, in], or [n, in] for all b.</param>
    /// <param name="weight">[in, out] or [b, in, out], of the type of x.</param>
    /// <param name="bias">[out] or [b, out].</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    /// <param name="rounded">Whether input, weight, bias, result and their gradients are rounded to bfloat16, as by PyTorch's
    /// autocast; the result has the type of x all the same.</param>
    /// <returns>[.., out] or [b, n, out].</returns>
    public static Tensor Dense(Tensor x, Tensor weight, Tensor bias, bool relu, bool rounded) =>
        weight.dim() == 2
            ? OfRows(new StackPlan([rounded], HasBias: true, relu), x, [weight], [bias])
            : Batched(x, weight, bias, relu, rounded);

    /// <summary><see cref="Dense"/> without a bias: x weight, weight [in, out].</summary>
    public static Tensor DenseProduct(Tensor x, Tensor weight, bool rounded) =>
        OfRows(new StackPlan([rounded], HasBias: false, EndsWithRelu: false), x, [weight], []);

    /// <summary>
    /// A stack of dense layers as one recorded step: h ← h weight + bias, with ReLU after all but the last. A gradient that is
    /// recorded (<see cref="GradGraph"/>) has the speed of plain operations.
    /// </summary>
    /// <param name="x">[n, in].</param>
    /// <param name="weights">[in, out] of each layer, at least one.</param>
    /// <param name="biases">[out] of each layer.</param>
    /// <param name="rounded">For each layer, what <see cref="Dense"/> calls rounded.</param>
    /// <returns>[n, out] of the last layer, in the element type of x.</returns>
    /// <exception cref="ArgumentException">Not as many biases or roundings as weights.</exception>
    public static Tensor DenseStack(Tensor x, Tensor[] weights, Tensor[] biases, bool[] rounded) =>
        weights.Length == biases.Length && weights.Length == rounded.Length && weights.Length > 0
            ? OfRows(new StackPlan(rounded, HasBias: true, EndsWithRelu: false), x, weights, biases)
            : throw new ArgumentException(
                $"A stack has layers with a weight, a bias and a rounding each, got {weights.Length}, {biases.Length} and {rounded.Length}.");

    private static Tensor OfRows(StackPlan plan, Tensor x, Tensor[] weights, Tensor[] biases)
    {
        if (x.dim() == 2)
            return Tensors.DenseStack.Apply(plan, x, weights, biases);
        var shape = x.shape;
        var rows = Tensors.DenseStack.Apply(plan, x.reshape(-1, shape[^1]), weights, biases);
        return rows.reshape([.. shape[..^1], rows.shape[1]]);
    }

    private static Tensor Batched(Tensor x, Tensor weight, Tensor bias, bool relu, bool rounded)
    {
        Tensor Operand(Tensor number) => rounded ? Tensors.DenseStack.Rounded(number) : number;
        var y = BiasAndRelu.AddPlain(MatMul(Operand(x), Operand(weight)), Operand(bias).unsqueeze(-2), relu);
        return rounded ? Tensors.DenseStack.Result(true, y).to_type(x.dtype) : y;
    }
}
