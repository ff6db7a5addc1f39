using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>Minibatches of small networks in one native call.</summary>
public static class FusedMlp
{
    /// <summary>Whether <see cref="Epoch"/> is available: the native kernels, main memory, 32 bits, AVX2 or AVX-512.</summary>
    public static bool IsAvailable(Tensor parameters) =>
        FusedMlpNative.IsAvailable && parameters.dtype == ScalarType.Float32 && parameters.device.type == TorchSharp.DeviceType.CPU;

    /// <summary>Adam over minibatches of a small network in one call: equal to recorded minibatches up to rounding, several times
    /// as fast where layers are small.</summary>
    /// <param name="work">Network, loss and rows.</param>
    /// <param name="rule">Learning rate and other constants.</param>
    /// <param name="step">Number of the first step, from 1.</param>
    /// <param name="parameters">Shape [n]; not changed, like the moments.</param>
    /// <param name="mean">Shape [n], zeros before the first step.</param>
    /// <param name="square">Shape [n], zeros before the first step.</param>
    /// <returns>The outcome of the last step, and the loss of each minibatch before its step, [minibatches].</returns>
    /// <exception cref="ArgumentException">Parameters, moments or rows do not fit the network, tensors are not 32 bits in main memory, or
    /// the step is below 1.</exception>
    /// <exception cref="NotSupportedException">See <see cref="IsAvailable"/>.</exception>
    public static (AdamOutcome Outcome, Tensor Losses) Epoch(
        FusedMlpJob work, AdamRule rule, long step, Tensor parameters, Tensor mean, Tensor square)
    {
        RequireLoss(work, parameters);
        Require(work, mean);
        Require(work, square);
        if (step < 1)
            throw new ArgumentException($"Adam counts its steps from 1, got {step}.", nameof(step));
        var outcome = new AdamOutcome(parameters.clone(), mean.clone(), square.clone());
        var losses = empty([work.Starts.Length - 1], ScalarType.Float32, CPU);
        FusedMlpNative.Run(work, rule, step, outcome.Parameters, outcome.Mean, outcome.Square, losses);
        return (outcome, losses);
    }

    /// <summary>The gradients of minibatches of a small network, all at the same parameters, in one call. Uses one
    /// thread.</summary>
    /// <param name="work">Network, loss and rows.</param>
    /// <param name="parameters">Shape [n].</param>
    /// <returns>Shape [minibatches, n], and the losses, [minibatches]; zeros for a minibatch without rows.</returns>
    /// <exception cref="ArgumentException">Parameters or rows do not fit the network, or tensors are not 32 bits in main memory.</exception>
    /// <exception cref="NotSupportedException">See <see cref="IsAvailable"/>.</exception>
    public static (Tensor Gradients, Tensor Losses) TaskGradients(FusedMlpJob work, Tensor parameters)
    {
        RequireLoss(work, parameters);
        var gradients = empty([work.Starts.Length - 1, parameters.numel()], ScalarType.Float32, CPU);
        var losses = empty([work.Starts.Length - 1], ScalarType.Float32, CPU);
        FusedMlpNative.Gradients(work, parameters, gradients, losses);
        return (gradients, losses);
    }

    /// <summary>The product of a vector with the Fisher matrix of a small Gaussian policy, averaged over rows: the Hessian of its
    /// mean divergence from itself, up to rounding.</summary>
    /// <param name="work">Network, limits of log σ and rows; its one minibatch holds all rows.</param>
    /// <param name="parameters">Shape [n]: the point of the matrix.</param>
    /// <param name="vector">Shape [n].</param>
    /// <returns>Shape [n].</returns>
    /// <exception cref="ArgumentException">Vectors or rows do not fit the network, or tensors are not 32 bits in main memory.</exception>
    /// <exception cref="NotSupportedException">See <see cref="IsAvailable"/>.</exception>
    public static Tensor FisherProduct(FusedMlpJob work, Tensor parameters, Tensor vector)
    {
        var direction = vector.contiguous();
        Require(work, parameters);
        Require(work, direction);
        if (work.Starts.Length < 2 || work.StdParameters == 0)
            throw new ArgumentException("A Fisher product needs a policy and a minibatch with all rows.", nameof(work));
        var product = empty(vector.shape, ScalarType.Float32, CPU);
        FusedMlpNative.Fisher(work, parameters, direction, product);
        return product;
    }

    /// <summary>Outputs of a small network at some rows, written at their places.</summary>
    /// <param name="network">The network.</param>
    /// <param name="parameters">Shape [n]: the parameters of its layers.</param>
    /// <param name="obs">Shape [tasks, rows of a task, inputs].</param>
    /// <param name="places">Indices of rows, grouped by task.</param>
    /// <param name="first">The first of the places that are computed.</param>
    /// <param name="next">The place behind the last.</param>
    /// <param name="results">Shape [tasks, rows of a task, outputs]; other rows stay as they are.</param>
    /// <exception cref="ArgumentException">Sizes do not fit, or tensors are not 32 bits in main memory.</exception>
    /// <exception cref="NotSupportedException">See <see cref="IsAvailable"/>.</exception>
    public static void Forward(
        FusedMlpNetwork network, Tensor parameters, Tensor obs, long[] places, int first, int next, Tensor results)
    {
        if (!network.HasSizes || parameters.numel() != network.Length || obs.numel() != checked(network.Rows * network.Inputs)
            || results.numel() != checked(network.Rows * network.Outputs)
            || Array.Exists([parameters, obs, results], x =>
                x.dtype != ScalarType.Float32 || x.device.type != TorchSharp.DeviceType.CPU || !x.is_contiguous())
            || first < 0 || next < first || next > places.Length
            || Array.Exists(places, place => place < 0 || place >= network.Rows))
            throw new ArgumentException("Parameters, rows and network of a fused MLP do not fit each other.", nameof(network));
        FusedMlpNative.Forward(network, parameters, obs, places, first, next, results);
    }

    private static void Require(FusedMlpJob work, Tensor vector)
    {
        if (!work.Fits(vector))
            throw new ArgumentException("Parameters, rows and network of a fused MLP do not fit each other.", nameof(work));
    }

    private static void RequireLoss(FusedMlpJob work, Tensor vector)
    {
        Require(work, vector);
        if (!work.HasAdvantages)
            throw new ArgumentException("The loss of a policy needs an advantage for each row index.", nameof(work));
    }
}
