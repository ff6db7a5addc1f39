using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>Dense layers, alone and as a stack.</summary>
public static class DenseLayers
{
    /// <summary>A dense layer: x weight + bias, with ReLU if <paramref name="relu"/>.</summary>
    /// <param name="x">[.., in]; with a batched weight [b, n, in], or [n, in] for all b.</param>
    /// <param name="weight">[in, out] or [b, in, out], of the type of x.</param>
    /// <param name="bias">[out] or [b, out].</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    /// <param name="rounded">Whether input, weight, bias, result and their gradients are rounded to bfloat16, as by PyTorch's
    /// autocast; the result has the type of x all the same.</param>
    /// <returns>[.., out] or [b, n, out].</returns>
    public static Tensor Layer(Tensor x, Tensor weight, Tensor bias, bool relu, bool rounded)
    {
        var plan = new StackPlan([rounded], HasBias: true, relu);
        if (weight.dim() == 2)
            return OfRows(plan, x, [weight], [bias]);
        var rows = x.dim() == 2 ? x.expand(weight.shape[0], -1, -1) : x;
        return DenseStack.Apply(plan, rows, [weight], [bias]);
    }

    /// <summary><see cref="Layer"/> without a bias: x weight, weight [in, out].</summary>
    public static Tensor Product(Tensor x, Tensor weight, bool rounded) =>
        OfRows(new StackPlan([rounded], HasBias: false, EndsWithRelu: false), x, [weight], []);

    /// <summary>A stack of dense layers as one recorded step: h ← h weight + bias, with ReLU after all but the last. A gradient
    /// that is itself recorded has the speed of plain operations.</summary>
    /// <param name="x">[n, in].</param>
    /// <param name="weights">[in, out] of each layer, at least one.</param>
    /// <param name="biases">[out] of each layer.</param>
    /// <param name="rounded">For each layer, what <see cref="Layer"/> calls rounded.</param>
    /// <returns>[n, out] of the last layer, in the element type of x.</returns>
    /// <exception cref="ArgumentException">Not as many biases or roundings as weights.</exception>
    public static Tensor Stack(Tensor x, Tensor[] weights, Tensor[] biases, bool[] rounded) =>
        weights.Length == biases.Length && weights.Length == rounded.Length && weights.Length > 0
            ? OfRows(new StackPlan(rounded, HasBias: true, EndsWithRelu: false), x, weights, biases)
            : throw new ArgumentException(
                $"A stack has layers with a weight, a bias and a rounding each, got {weights.Length}, {biases.Length} and {rounded.Length}.");

    private static Tensor OfRows(StackPlan plan, Tensor x, Tensor[] weights, Tensor[] biases)
    {
        if (x.dim() == 2)
            return DenseStack.Apply(plan, x, weights, biases);
        var shape = x.shape;
        var rows = DenseStack.Apply(plan, x.reshape(-1, shape[^1]), weights, biases);
        return rows.reshape([.. shape[..^1], rows.shape[1]]);
    }
}
