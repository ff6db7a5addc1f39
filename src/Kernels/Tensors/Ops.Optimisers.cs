using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <content>Optimisers over flat vectors, out of place.</content>
public static partial class Ops
{
    /// <summary>A copy of fewer numbers costs less than a piece of their own.</summary>
    private const long LargeTensor = 1 << 16;

    /// <summary>One step of Adam.</summary>
    /// <param name="rule">Learning rate and other constants.</param>
    /// <param name="step">Number of this step, from 1.</param>
    /// <param name="parameters">Shape [n].</param>
    /// <param name="mean">Shape [n], zeros before the first step.</param>
    /// <param name="square">Shape [n], zeros before the first step.</param>
    /// <param name="gradient">Shape [n].</param>
    /// <exception cref="ArgumentException">The vectors differ in length or element type, or the step is below 1.</exception>
    public static AdamOutcome AdamStep(
        AdamRule rule, long step, Tensor parameters, Tensor mean, Tensor square, Tensor gradient) =>
        AdamShared(rule, step, parameters, mean, square, [[gradient]]).Whole();

    /// <summary><see cref="AdamStep"/> for the sum of several gradients, shared by threads.</summary>
    /// <param name="rule">Learning rate and other constants.</param>
    /// <param name="step">Number of this step, from 1.</param>
    /// <param name="parameters">Shape [n].</param>
    /// <param name="mean">Shape [n], zeros before the first step.</param>
    /// <param name="square">Shape [n], zeros before the first step.</param>
    /// <param name="gradients">At least one, added in this order; each in the same <see cref="Pieces"/>, together of
    /// shape [n].</param>
    /// <returns>A pending step; its outcome belongs to the scope of the caller.</returns>
    /// <exception cref="ArgumentException">The vectors differ in length, pieces or element type, or the step is below
    /// 1.</exception>
    public static AdamWork AdamShared(
        AdamRule rule, long step, Tensor parameters, Tensor mean, Tensor square, Tensor[][] gradients) =>
        new(rule, step, parameters, mean, square, gradients);

    /// <summary>
    /// Blocks of parameters, moments and averages that held a number that is not finite when <see cref="AdamStep"/>
    /// or <see cref="Polyak"/> made them, in this process. A change during an update is a reason to search its state.
    /// </summary>
    public static long NonFiniteResults => FusedAdam.NonFiniteResults;

    /// <summary>Whether <see cref="NonFiniteResults"/> counts results of this device.</summary>
    public static bool CountsNonFinite(Device device) => NativeKernels.IsAvailable && device.type == TorchSharp.DeviceType.CPU;

    /// <summary>tau · source + (1 - tau) · target: the Polyak average. Shapes are equal or broadcast.</summary>
    public static Tensor Polyak(Tensor target, Tensor source, double tau) => PolyakShared(target, source, tau).Whole();

    /// <summary><see cref="Polyak"/>, shared by threads.</summary>
    /// <returns>A pending average; its outcome belongs to the scope of the caller.</returns>
    public static PolyakWork PolyakShared(Tensor target, Tensor source, double tau) => new(target, source, tau);

    /// <summary>All tensors in row-major order, concatenated to one vector; of one contiguous tensor a view.</summary>
    public static Tensor Flatten(Tensor[] tensors)
    {
        if (tensors.Length == 1)
            return tensors[0].reshape(-1);
        var rows = Array.ConvertAll(tensors, x => x.reshape(-1));
        var flat = cat(rows, 0);
        foreach (var row in rows)
            row.Dispose();
        return flat;
    }

    /// <summary>
    /// The vector of <see cref="Flatten"/> in pieces, one after the other, whose lengths follow from the shapes: a large
    /// tensor is a piece of its own, which is not copied if it is contiguous.
    /// </summary>
    public static Tensor[] Pieces(Tensor[] tensors)
    {
        var pieces = new List<Tensor>();
        var from = 0;
        void EndAt(int end)
        {
            if (from < end)
                pieces.Add(Flatten(tensors[from..end]));
            from = end;
        }

        for (var i = 0; i < tensors.Length; i++)
            if (tensors[i].numel() >= LargeTensor)
            {
                EndAt(i);
                EndAt(i + 1);
            }

        EndAt(tensors.Length);
        return [.. pieces];
    }

    /// <summary>A part of a vector as a view of a given shape.</summary>
    /// <param name="vector">Contiguous.</param>
    /// <param name="offset">First element of the part.</param>
    /// <param name="shape">Shape of the view, which gives the number of elements.</param>
    public static Tensor Slice(Tensor vector, long offset, long[] shape) =>
        vector.narrow(0, offset, shape.Aggregate(1L, (count, size) => count * size)).reshape(shape);

    /// <summary>Whether <see cref="FusedMlpEpoch"/> is available: the native kernels, main memory, 32 bits, AVX2 or AVX-512.</summary>
    public static bool CanFuseMlp(Tensor parameters) =>
        FusedMlpNative.IsAvailable && parameters.dtype == ScalarType.Float32 && parameters.device.type == TorchSharp.DeviceType.CPU;

    /// <summary>
    /// Adam over minibatches of a small network in one call: equal to recorded minibatches up to rounding, several times
    /// as fast where layers are small. Uses one thread.
    /// </summary>
    /// <param name="work">Network, loss and rows.</param>
    /// <param name="rule">Learning rate and other constants.</param>
    /// <param name="step">Number of the first step, from 1.</param>
    /// <param name="parameters">Shape [n]; not changed, like the moments.</param>
    /// <param name="mean">Shape [n], zeros before the first step.</param>
    /// <param name="square">Shape [n], zeros before the first step.</param>
    /// <returns>The outcome of the last step, and the loss of each minibatch before its step, [minibatches].</returns>
    /// <exception cref="ArgumentException">Parameters or rows do not fit the network, or tensors are not 32 bits in main memory.</exception>
    /// <exception cref="NotSupportedException">See <see cref="CanFuseMlp"/>.</exception>
    public static (AdamOutcome Outcome, Tensor Losses) FusedMlpEpoch(
        FusedMlpJob work, AdamRule rule, long step, Tensor parameters, Tensor mean, Tensor square)
    {
        RequireLoss(work, parameters);
        var outcome = new AdamOutcome(parameters.clone(), mean.clone(), square.clone());
        var losses = Empty([work.Starts.Length - 1], Numeric.Float32, Cpu);
        FusedMlpNative.Run(work, rule, step, outcome.Parameters, outcome.Mean, outcome.Square, losses);
        return (outcome, losses);
    }

    /// <summary>
    /// The gradients of minibatches of a small network, all at the same parameters, in one call. Uses one thread.
    /// </summary>
    /// <param name="work">Network, loss and rows.</param>
    /// <param name="parameters">Shape [n].</param>
    /// <returns>Shape [minibatches, n], and the losses, [minibatches]; zeros for a minibatch without rows.</returns>
    /// <exception cref="ArgumentException">Parameters or rows do not fit the network, or tensors are not 32 bits in main memory.</exception>
    /// <exception cref="NotSupportedException">See <see cref="CanFuseMlp"/>.</exception>
    public static (Tensor Gradients, Tensor Losses) FusedMlpTaskGradients(FusedMlpJob work, Tensor parameters)
    {
        RequireLoss(work, parameters);
        var gradients = Empty([work.Starts.Length - 1, parameters.numel()], Numeric.Float32, Cpu);
        var losses = Empty([work.Starts.Length - 1], Numeric.Float32, Cpu);
        FusedMlpNative.Gradients(work, parameters, gradients, losses);
        return (gradients, losses);
    }

    /// <summary>
    /// The product of a vector with the Fisher matrix of a small Gaussian policy, averaged over rows: the Hessian of its mean
    /// divergence from itself, up to rounding. Uses one thread.
    /// </summary>
    /// <param name="work">Network, limits of log σ and rows; its one minibatch holds all rows.</param>
    /// <param name="parameters">Shape [n]: the point of the matrix.</param>
    /// <param name="vector">Shape [n].</param>
    /// <returns>Shape [n].</returns>
    /// <exception cref="ArgumentException">Vectors or rows do not fit the network, or tensors are not 32 bits in main memory.</exception>
    /// <exception cref="NotSupportedException">See <see cref="CanFuseMlp"/>.</exception>
    public static Tensor FisherProduct(FusedMlpJob work, Tensor parameters, Tensor vector)
    {
        var direction = vector.contiguous();
        Require(work, parameters);
        Require(work, direction);
        if (work.Starts.Length < 2 || work.StdParameters == 0)
            throw new ArgumentException("A Fisher product needs a policy and a minibatch with all rows.", nameof(work));
        var product = Empty(vector.shape, Numeric.Float32, Cpu);
        FusedMlpNative.Fisher(work, parameters, direction, product);
        return product;
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
