using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <content>Optimisers over flat vectors, out of place.</content>
public static partial class Ops
{
    /// <summary>One step of Adam.</summary>
    /// <param name="rule">Learning rate and the like.</param>
    /// <param name="step">Number of this step, from 1.</param>
    /// <param name="parameters">Shape [n].</param>
    /// <param name="mean">Shape [n], zeros before the first step.</param>
    /// <param name="square">Shape [n], zeros before the first step.</param>
    /// <param name="gradient">Shape [n].</param>
    /// <exception cref="ArgumentException">The vectors differ in length or element type, or the step is below 1.</exception>
    public static AdamOutcome AdamStep(
        AdamRule rule, long step, Tensor parameters, Tensor mean, Tensor square, Tensor gradient) =>
        Step(rule, step, parameters, mean, square, gradient, null, 0.0);

    /// <summary><see cref="AdamStep"/>, and target' = tau · parameters' + (1 - tau) · target in the same pass.</summary>
    public static AdamOutcome AdamStepWithTarget(
        AdamRule rule, long step, Tensor parameters, Tensor mean, Tensor square, Tensor gradient, Tensor target, double tau) =>
        Step(rule, step, parameters, mean, square, gradient, target, tau);

    /// <summary>tau · source + (1 - tau) · target: a target that follows slowly. Shapes alike, or broadcast.</summary>
    public static Tensor Follow(Tensor target, Tensor source, double tau)
    {
        if (FusedAdam.CanFollow(target, source))
            return FusedAdam.Follow(target, source, tau);
        using var near = source.mul(tau);
        using var far = target.mul(1.0 - tau);
        return near.add(far);
    }

    /// <summary>All tensors in row-major order, one after the other, as one vector.</summary>
    public static Tensor Flatten(Tensor[] tensors)
    {
        var rows = Array.ConvertAll(tensors, x => x.reshape(-1));
        var flat = TorchSharp.torch.cat(rows, 0);
        foreach (var row in rows)
            row.Dispose();
        return flat;
    }

    private static AdamOutcome Step(
        AdamRule rule, long step, Tensor p, Tensor m, Tensor v, Tensor g, Tensor? target, double tau)
    {
        Tensor[] all = target is null ? [p, m, v, g] : [p, m, v, g, target];
        var first = all[0];
        if (step < 1)
            throw new ArgumentException($"Adam counts its steps from 1, got {step}.", nameof(step));
        foreach (var x in all)
            if (x.dim() != 1 || x.numel() != first.numel() || x.dtype != first.dtype)
                throw new ArgumentException(
                    $"Adam needs flat vectors alike: [{first.numel()}] {first.dtype} and [{string.Join(';', x.shape)}] {x.dtype}.");

        var fused = first.device.type == TorchSharp.DeviceType.CPU
            && first.dtype is ScalarType.Float32 or ScalarType.Float64
            && all.All(x => x.is_contiguous());
        return fused && FusedAdam.IsAvailable
            ? FusedAdam.Step(rule, step, p, m, v, g, target, tau)
            : PlainAdam.Step(rule, step, p, m, v, g, target, tau);
    }
}
