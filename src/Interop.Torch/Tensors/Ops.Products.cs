using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <content>Products of matrices.</content>
public static partial class Ops
{
    /// <summary>Matrix product of the last two dimensions, the others broadcast.</summary>
    public static Tensor MatMul(Tensor x, Tensor y) => x.matmul(y);

    /// <summary>[b, n, k] × [b, k, m] → [b, n, m].</summary>
    public static Tensor Bmm(Tensor x, Tensor y) => x.bmm(y);

    /// <summary>
    /// A dense layer as one recorded step: x weightᵀ + bias, with ReLU if <paramref name="relu"/>.
    /// Faster than <see cref="MatMul"/>, <see cref="Add"/> and <see cref="Relu"/>; a gradient that is recorded
    /// (<see cref="GradGraph"/>) is not.
    /// </summary>
    /// <param name="x">[.., in]; with a batched weight [b, n, in], or [n, in] for all b.</param>
    /// <param name="weight">[out, in] or [b, out, in]; a transposed view is not copied.</param>
    /// <param name="bias">[out] or [b, out].</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    /// <returns>
    /// [.., out] or [b, n, out], in the element type of x. That type decides the precision of the products:
    /// with a bfloat16 x they are faster, and gradients of weight and bias keep the types of weight and bias.
    /// </returns>
    public static Tensor Dense(Tensor x, Tensor weight, Tensor bias, bool relu) =>
        Backend.Dense(x, weight, bias, relu, x.dtype);

    /// <summary><see cref="Dense"/> with a result of another element type: bfloat16 where the next layer rounds its
    /// input.</summary>
    public static Tensor DenseAs(Numeric result, Tensor x, Tensor weight, Tensor bias, bool relu) =>
        Backend.Dense(x, weight, bias, relu, result.ToScalarType());

    /// <summary><see cref="DenseAs"/> without a bias: x weightᵀ. Backward skips rows without a gradient, unlike
    /// <see cref="MatMul"/>.</summary>
    public static Tensor DenseProductAs(Numeric result, Tensor x, Tensor weight)
    {
        // libtorch 1.13 records no operation with an absent argument; zeros are free inside the product.
        using var zeros = torch.zeros([weight.shape[^2]], weight.dtype, weight.device);
        return DenseAs(result, x, weight, zeros, relu: false);
    }

    /// <summary>
    /// A stack of dense layers as one recorded step: h ← h weight + bias, with ReLU after all but the last. Faster than
    /// separate layers; gradients of all parameters are adjacent in memory, in the order weight, bias, weight, bias, …
    /// A gradient that is recorded (<see cref="GradGraph"/>) has the speed of plain operations.
    /// </summary>
    /// <param name="x">[n, in].</param>
    /// <param name="weights">[in, out] of each layer, at least one and at most 64.</param>
    /// <param name="biases">[out] of each layer.</param>
    /// <param name="rounded">For each layer, whether it multiplies numbers rounded to bfloat16; sums, biases and
    /// gradients of parameters stay in the type of x.</param>
    /// <returns>[n, out] of the last layer, in the element type of x.</returns>
    /// <exception cref="ArgumentException">Not as many biases or roundings as weights, or more than 64.</exception>
    public static Tensor DenseStack(Tensor x, Tensor[] weights, Tensor[] biases, bool[] rounded) =>
        weights.Length == biases.Length && weights.Length == rounded.Length && weights.Length is > 0 and <= 64
            ? Backend.DenseStack(x, weights, biases, rounded)
            : throw new ArgumentException(
                $"A stack has 1 to 64 layers with a weight, a bias and a rounding each, got {weights.Length}, {biases.Length} and {rounded.Length}.");

    /// <summary>
    /// A dense layer for each task, whose weight is a sum of sets that all tasks share, as one recorded step:
    /// x W + bias, W = origin + Σ coefficient · set, with ReLU if <paramref name="relu"/>. In single precision in main memory
    /// the weights are never stored. A gradient that is recorded (<see cref="GradGraph"/>) has the speed of plain operations.
    /// </summary>
    /// <param name="x">[tasks, rows, in], or [rows, in] for all tasks.</param>
    /// <param name="coefficients">[tasks, sets].</param>
    /// <param name="sets">[sets, in, out].</param>
    /// <param name="origin">[1, in, out], or [0, in, out] for none.</param>
    /// <param name="bias">[tasks, out].</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    /// <returns>[tasks, rows, out].</returns>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">Shapes do not fit.</exception>
    public static Tensor BlendedDense(
        Tensor x, Tensor coefficients, Tensor sets, Tensor origin, Tensor bias, bool relu) =>
        Backend.BlendedDense(x, coefficients, sets, origin, bias, relu);

    /// <summary>
    /// Gated recurrent units over a sequence as one recorded step: with h = keep · (the state before), s = h weight,
    /// r = σ(aᵣ + sᵣ), z = σ(a_z + s_z) and n = tanh(aₙ + r (sₙ + bias)), the next state is h + z (n − h). It has no second
    /// derivative.
    /// </summary>
    /// <param name="gates">a [steps, rows, 3 units]: what the inputs add to r, z and n.</param>
    /// <param name="keep">[steps, rows], no gradient: 1, or 0 where a row's state is zero before the step.</param>
    /// <param name="start">[rows, units]: the states before the first step.</param>
    /// <param name="weight">[units, 3 units].</param>
    /// <param name="bias">[units].</param>
    /// <returns>The state after each step, [steps, rows, units].</returns>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">Shapes do not fit.</exception>
    public static Tensor Gru(Tensor gates, Tensor keep, Tensor start, Tensor weight, Tensor bias) =>
        Backend.Gru(gates, keep, start, weight, bias);

    /// <summary>Whether <see cref="Rollout"/> supports this state: single precision in main memory, on a processor with AVX-512, with
    /// this binding.</summary>
    public static bool CanRollout(Tensor state) => Backend.CanRollout(state);

    /// <summary>
    /// Returns of action sequences under a model, in one call. The model is dense layers with ReLU between them, from state and
    /// action to the change of the state, the reward and, where episodes end, the logit of the end. Rewards after step t count
    /// discountᵗ times the probability that no step before ended the episode.
    /// </summary>
    /// <param name="state">[states]: the first state of every candidate.</param>
    /// <param name="sequences">[steps, actions, candidates].</param>
    /// <param name="weights">Of each layer, [inputs, units]: the first takes states + actions numbers.</param>
    /// <param name="biases">Of each layer, [units]; of the last [states + 1], or [states + 2] with <paramref name="terminates"/>.</param>
    /// <param name="discount">Per step.</param>
    /// <param name="terminates">Whether episodes end in terminal states.</param>
    /// <returns>[candidates]; not finite where the states of a candidate grow without bound.</returns>
    /// <exception cref="ArgumentException">Not a bias for each weight.</exception>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">Shapes do not fit, or the state is not one of which
    /// <see cref="CanRollout"/> is true.</exception>
    public static Tensor Rollout(
        Tensor state, Tensor sequences, Tensor[] weights, Tensor[] biases, double discount, bool terminates) =>
        weights.Length == biases.Length
            ? Backend.Rollout(state, sequences, weights, biases, discount, terminates)
            : throw new ArgumentException($"Each layer has a weight and a bias, got {weights.Length} and {biases.Length}.");

    /// <summary>Whether <see cref="Projected"/> supports this input on this thread: single precision in main memory, on
    /// one thread of a processor with AVX-512, with this binding.</summary>
    public static bool CanProject(Tensor x) => Backend.CanProject(x);

    /// <summary>
    /// Projected task-specific layers in one recorded step: h ← h S + s + o U, o = u Wₜ + bₜ, u = d = h D, with
    /// ReLU after all but the last layer, and Wₜ and bₜ of the task of each row. Gradients of all parameters are
    /// adjacent in memory, in the order given. A gradient that is recorded
    /// (<see cref="GradGraph"/>) has the speed of plain operations.
    /// </summary>
    /// <param name="x">[tasks · rows, in], grouped by task.</param>
    /// <param name="parameters">S [in, out], s [out], W [tasks, entering, leaving], b [tasks, leaving],
    /// D [in, entering] and U [leaving, out] of all layers, which may share D and U; a [3] of a residual.</param>
    /// <param name="plan">Assignment of the parameters to layers.</param>
    /// <returns>[tasks · rows, out] of the last layer.</returns>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">Shapes do not fit, or the input is not one
    /// of which <see cref="CanProject"/> is true.</exception>
    public static Tensor Projected(Tensor x, Tensor[] parameters, ProjectedPlan plan) => Backend.Projected(x, parameters, plan);
}
