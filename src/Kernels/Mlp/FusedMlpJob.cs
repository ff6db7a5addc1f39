using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>Loss of a fused MLP. Values as in native/mtrl_kernels.h.</summary>
public enum FusedMlpLoss
{
    /// <summary>Minus the advantage times log π.</summary>
    LogLikelihood,

    /// <summary>Minus the advantage times the ratio of π to π before.</summary>
    Ratio,

    /// <summary>The same with the ratio clipped.</summary>
    ClippedRatio,

    /// <summary>Minus the log likelihood of a return.</summary>
    Gaussian,

    /// <summary>Half the squared error of a value.</summary>
    Squared,
}

/// <summary>Activation of a layer of <see cref="FusedMlpNetwork"/>. Values as in native/mtrl_kernels.h.</summary>
public enum FusedMlpActivation
{
    /// <summary>The identity.</summary>
    Linear,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,
}

/// <summary>Which tasks share the weights of a layer. Values as in native/mtrl_kernels.h.</summary>
public enum FusedMlpOwner
{
    /// <summary>All tasks.</summary>
    All,

    /// <summary>Each task has its own.</summary>
    Task,

    /// <summary>The tasks of one group: <see cref="FusedMlpNetwork.Groups"/>.</summary>
    Group,
}

/// <summary>A dense layer: weight [inputs, units] and bias [units], one of each for every owner; then, if it is normalised, gain
/// and shift [units] of its layer normalisation, which comes before the activation.</summary>
/// <param name="Units">Number of outputs.</param>
/// <param name="Owner">The owners of weights.</param>
/// <param name="Normalised">Whether layer normalisation follows.</param>
/// <param name="Activation">Activation at the end.</param>
public readonly record struct FusedMlpLayer(int Units, FusedMlpOwner Owner, bool Normalised, FusedMlpActivation Activation);

/// <summary>Minibatch training of a small network of dense layers that is a Gaussian policy or a value function. The parameters
/// are one vector: log σ of the actions, per task or shared; the parameters of each layer; then the gains and the shifts of the
/// tasks, if the outputs are scaled.</summary>
public sealed record FusedMlpJob
{
    /// <summary>The network.</summary>
    public required FusedMlpNetwork Network { get; init; }

    /// <summary>Number of log σ at the start of the parameters.</summary>
    public required int StdParameters { get; init; }

    /// <summary>Loss to minimise.</summary>
    public required FusedMlpLoss Loss { get; init; }

    /// <summary>Whether the parameters end with a gain and a shift per task.</summary>
    public required bool IsScaled { get; init; }

    /// <summary>Clip range of the ratio.</summary>
    public required double Range { get; init; }

    /// <summary>Smallest log σ.</summary>
    public required double Low { get; init; }

    /// <summary>Largest log σ.</summary>
    public required double High { get; init; }

    /// <summary>Entropy coefficient of each task; empty for a value function.</summary>
    public required double[] Entropy { get; init; }

    /// <summary>Weight of the squares of a policy's mean actions beyond ± <see cref="MeanBound"/>.</summary>
    public double BoundsLoss { get; init; }

    /// <summary>Bound of mean actions that <see cref="BoundsLoss"/> counts from.</summary>
    public double MeanBound { get; init; }

    /// <summary>Numbers of each task's actions, where some have fewer than the outputs: the rest is padding. Empty:
    /// every action has all.</summary>
    public int[] ActionSizes { get; init; } = [];

    /// <summary>Norm to which gradients are clipped; 0: no clipping.</summary>
    public required double MaxNorm { get; init; }

    /// <summary>[rows, inputs].</summary>
    public required Tensor Obs { get; init; }

    /// <summary>Actions [rows, outputs], or returns [rows].</summary>
    public required Tensor Target { get; init; }

    /// <summary>Log π before the update, [rows]; of a value function not read.</summary>
    public required Tensor Before { get; init; }

    /// <summary>Advantage for each of <see cref="Places"/>, for a policy.</summary>
    public required float[] Advantage { get; init; }

    /// <summary>Row indices of all minibatches, concatenated; within a minibatch grouped by task.</summary>
    public required long[] Places { get; init; }

    /// <summary>Offset of each minibatch in <see cref="Places"/>, then the end of the last.</summary>
    public required long[] Starts { get; init; }

    /// <summary>Pieces that the rows of a minibatch are cut into, whose gradients are added in their order. Results depend on
    /// their number.</summary>
    public int Parts { get; init; } = 1;

    /// <summary>Threads that share the pieces. Results do not depend on their number.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Whether the sizes are positive and all arrays have the lengths that they give, a vector has the length of the
    /// network's parameters, and all row indices are in range. Native code checks none of this.</summary>
    internal bool Fits(Tensor parameters)
    {
        try
        {
            return HasSizes && parameters.numel() == Length && HasTensors(parameters) && HasRows;
        }
        catch (OverflowException)
        {
            return false;
        }
    }

    /// <summary>Whether there is an advantage for each row index of a policy.</summary>
    internal bool HasAdvantages => !IsPolicy || Advantage.Length == Places.Length;

    private bool IsPolicy => Loss is not (FusedMlpLoss.Gaussian or FusedMlpLoss.Squared);

    private long Tasks => Network.Tasks;

    private long Outputs => Network.Outputs;

    // Numbers of the parameters: log σ, layers, gains and shifts of tasks.
    private long Length => checked(StdParameters + Network.Length + (IsScaled ? 2 * Tasks : 0));

    private bool HasSizes =>
        Network.HasSizes && Parts > 0 && Threads > 0 && Enum.IsDefined(Loss)
        && (IsPolicy || Outputs == 1) && HasStds
        && Entropy.Length == (IsPolicy ? Tasks : 0) && HasActions && (!IsPolicy || !IsScaled)
        && !double.IsNaN(Range) && !double.IsNaN(MaxNorm) && !double.IsNaN(Low) && !double.IsNaN(High)
        && double.IsFinite(BoundsLoss) && double.IsFinite(MeanBound);

    // Of a policy: shared, or one for each task. Of a value: none or one.
    private bool HasStds => Loss switch
    {
        FusedMlpLoss.Squared => StdParameters == 0,
        FusedMlpLoss.Gaussian => StdParameters == 1,
        _ => StdParameters == Outputs || StdParameters == checked(Tasks * Outputs),
    };

    private bool HasActions =>
        ActionSizes.Length == 0
        || (IsPolicy && ActionSizes.Length == Tasks && Array.TrueForAll(ActionSizes, size => size > 0 && size <= Outputs));

    private bool HasTensors(Tensor parameters) =>
        new[] { parameters, Obs, Target, Before }.All(x =>
            x.dtype == ScalarType.Float32 && x.device.type == TorchSharp.DeviceType.CPU && x.is_contiguous())
        && Obs.numel() == checked(Network.Rows * Network.Inputs)
        && Target.numel() == checked(Network.Rows * (IsPolicy ? Outputs : 1))
        && Before.numel() == Network.Rows;

    private bool HasRows =>
        Starts.Length > 0 && Starts[0] >= 0 && Starts[^1] <= Places.Length
        && Starts.Zip(Starts.Skip(1)).All(pair => pair.First <= pair.Second)
        && Array.TrueForAll(Places, place => place >= 0 && place < Network.Rows);
}
