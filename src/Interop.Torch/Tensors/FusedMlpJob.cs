using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>What passes over minibatches minimise. The numbers are those of native/mtrl_torch.h.</summary>
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

/// <summary>What a layer of <see cref="FusedMlpJob"/> ends with. The numbers are those of native/optimisation/fused_mlp.h.</summary>
public enum FusedMlpActivation
{
    /// <summary>Nothing.</summary>
    Linear,

    /// <summary>Negatives are cut.</summary>
    Relu,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,
}

/// <summary>
/// A dense layer: weight [inputs, units] and bias [units], of each task where it is per task; then, where it is
/// normalised, gain and shift [units] of its layer normalisation, which comes before the activation.
/// </summary>
/// <param name="Units">Numbers that come out.</param>
/// <param name="PerTask">Whether each task has weights of its own.</param>
/// <param name="Normalised">Whether its results are normalised.</param>
/// <param name="Activation">What it ends with.</param>
public readonly record struct FusedMlpLayer(int Units, bool PerTask, bool Normalised, FusedMlpActivation Activation);

/// <summary>
/// Minibatches in a row for a small network of dense layers, with a Gaussian policy or a value function at its end.
/// The parameters are one vector: log σ of the actions, of each task or of all; those of each layer; then a gain and a
/// shift of each task, if the outputs are scaled.
/// </summary>
public sealed record FusedMlpJob
{
    /// <summary>The most layers that can be.</summary>
    public const int MostLayers = 8;

    /// <summary>The most outputs that can be.</summary>
    public const int MostOutputs = 64;

    /// <summary>Numbers of an observation.</summary>
    public required long Inputs { get; init; }

    /// <summary>First to last.</summary>
    public required FusedMlpLayer[] Layers { get; init; }

    /// <summary>How many log σ lead the parameters.</summary>
    public required int StdParameters { get; init; }

    /// <summary>What is minimised.</summary>
    public required FusedMlpLoss Loss { get; init; }

    /// <summary>Whether a gain and a shift of each task end the parameters.</summary>
    public required bool IsScaled { get; init; }

    /// <summary>How many tasks share the rows.</summary>
    public required long Tasks { get; init; }

    /// <summary>Rows of a task among all rows.</summary>
    public required long RowsOfTask { get; init; }

    /// <summary>Of the clipping of a ratio, or of a value (0: none).</summary>
    public required double Range { get; init; }

    /// <summary>Least log σ.</summary>
    public required double Low { get; init; }

    /// <summary>Largest log σ.</summary>
    public required double High { get; init; }

    /// <summary>Coefficient of the entropy in the objective of each task's rows; of a value function none.</summary>
    public required double[] Entropy { get; init; }

    /// <summary>Length to which gradients are shortened; 0: none.</summary>
    public required double MaxNorm { get; init; }

    /// <summary>[rows, inputs].</summary>
    public required Tensor Obs { get; init; }

    /// <summary>Actions [rows, outputs], or returns [rows].</summary>
    public required Tensor Target { get; init; }

    /// <summary>Log π or value before the update, [rows].</summary>
    public required Tensor Before { get; init; }

    /// <summary>Advantage at each place; only a policy's.</summary>
    public required float[] Advantage { get; init; }

    /// <summary>The rows of all minibatches, one after the other; within one task by task.</summary>
    public required long[] Places { get; init; }

    /// <summary>Where each minibatch begins among the places, and where the last one ends.</summary>
    public required long[] Starts { get; init; }

    /// <summary>Whether a vector is one of the network's parameters, and every row is one that there is.</summary>
    internal bool Fits(Tensor parameters)
    {
        long width = Inputs, length = StdParameters + (IsScaled ? 2 * Tasks : 0);
        foreach (var layer in Layers)
        {
            length += ((layer.PerTask ? Tasks : 1) * (width + 1) * layer.Units) + (layer.Normalised ? 2 * layer.Units : 0);
            width = layer.Units;
        }

        return Layers.Length is > 0 and <= MostLayers && width <= MostOutputs && parameters.numel() == length
            && Entropy.Length == (IsPolicy ? Tasks : 0)
            && new[] { parameters, Obs, Target, Before }.All(x =>
                x.dtype == ScalarType.Float32 && x.device.type == TorchSharp.DeviceType.CPU && x.is_contiguous())
            && HasRows(IsPolicy ? width : 1);
    }

    /// <summary>Whether each place has the advantage used by a policy's loss.</summary>
    internal bool HasAdvantages => !IsPolicy || Advantage.Length == Places.Length;

    private bool IsPolicy => Loss is not (FusedMlpLoss.Gaussian or FusedMlpLoss.Squared);

    // Native code checks no bounds: validate here.
    private bool HasRows(long targets)
    {
        var rows = Tasks * RowsOfTask;
        return Obs.numel() == rows * Inputs && Target.numel() == rows * targets && Before.numel() == rows
            && Starts.Length > 0 && Starts[0] >= 0 && Starts[^1] <= Places.Length
            && Starts.Zip(Starts.Skip(1)).All(pair => pair.First <= pair.Second)
            && Array.TrueForAll(Places, place => place >= 0 && place < rows);
    }
}
