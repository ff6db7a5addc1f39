using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>How the layers of a stack compute.</summary>
/// <param name="Rounded">For each layer, whether it multiplies numbers rounded to bfloat16.</param>
/// <param name="HasBias">Whether the layers have biases.</param>
/// <param name="EndsWithRelu">Whether a ReLU follows the last layer, as it follows the others.</param>
internal sealed record StackPlan(bool[] Rounded, bool HasBias, bool EndsWithRelu)
{
    internal int Count => Rounded.Length;

    internal bool HasRelu(int layer) => layer < Count - 1 || EndsWithRelu;
}

/// <summary>A stack of dense layers: h ← h weight + bias, with ReLU between them. In plain operations, which are the definition,
/// and as one recorded step (<see cref="DenseStackFunction"/>).</summary>
/// <remarks>A rounded layer is one of PyTorch's autocast: its input, weight, bias, result and their gradients are numbers of
/// bfloat16; its sums, the parameters and what is given for them are not.</remarks>
internal static class DenseStack
{
    /// <summary>The stack.</summary>
    /// <param name="plan">How it computes.</param>
    /// <param name="x">[n, in], or [b, n, in] for as many stacks.</param>
    /// <param name="weights">[in, out] or [b, in, out] of each layer, of the type of x.</param>
    /// <param name="biases">[out] or [b, out] of each layer; empty without biases.</param>
    /// <returns>[n, out] or [b, n, out] of the last layer, of the type of x.</returns>
    internal static Tensor Apply(StackPlan plan, Tensor x, Tensor[] weights, Tensor[] biases)
    {
        if (!OneDnn.Supports(x))
            return Plain(plan, x, weights, biases);
        if (!is_grad_enabled())
            return DenseStackFunction.Results(plan, x, weights, biases)[^1].to_type(x.dtype);
        return DenseStackFunction.apply([plan, x, .. weights, .. biases]);
    }

    /// <summary>The definition.</summary>
    internal static Tensor Plain(StackPlan plan, Tensor x, Tensor[] weights, Tensor[] biases) =>
        Results(plan, x, weights, biases)[^1];

    /// <summary>x and the result of each layer.</summary>
    internal static List<Tensor> Results(StackPlan plan, Tensor x, Tensor[] weights, Tensor[] biases)
    {
        List<Tensor> results = [x];
        for (var i = 0; i < plan.Count; i++)
        {
            Tensor Of(Tensor number) => Round(plan.Rounded[i], number);
            var product = Products.MatMul(Of(results[i]), Of(weights[i]));
            results.Add(Of(BiasAndRelu.AddPlain(product, plan.HasBias ? Of(biases[i]) : null, plan.HasRelu(i))));
        }

        return results;
    }

    /// <summary>What a rounded layer multiplies: numbers of bfloat16, in that type where its products are fast.</summary>
    internal static Tensor Rounded(Tensor x) => OneDnn.HasFastBFloat16 ? x.to_type(ScalarType.BFloat16) : Round(true, x);

    /// <summary>The result of such products.</summary>
    internal static Tensor Result(bool isRounded, Tensor y) => OneDnn.HasFastBFloat16 ? y : Round(isRounded, y);

    /// <summary>The nearest numbers that bfloat16 has, in the type of x.</summary>
    internal static Tensor Round(bool isRounded, Tensor x) =>
        isRounded ? x.to_type(ScalarType.BFloat16).to_type(x.dtype) : x;
}
