using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>
/// A pending step of Adam, computed by one thread or in shares by several. The outcome is the same for any number of
/// shares.
/// </summary>
public sealed class AdamWork
{
    private readonly bool _fused;

    internal AdamWork(AdamRule rule, long step, Tensor p, Tensor m, Tensor v, Tensor[] gradients)
    {
        (Rule, Step, Parameters, Mean, Square, Gradients) = (rule, step, p, m, v, gradients);
        Check();
        _fused = FusedAdam.IsAvailable && p.device.type == TorchSharp.DeviceType.CPU
            && p.dtype is ScalarType.Float32 or ScalarType.Float64
            && All().All(x => x.is_contiguous());
        Tensor New() => empty([p.numel()], p.dtype, CPU);
        Outcome = _fused ? new AdamOutcome(New(), New(), New()) : PlainAdam.Step(rule, step, p, m, v, Sum());
    }

    /// <summary>Result of the step; complete when every share is computed.</summary>
    public AdamOutcome Outcome { get; }

    internal AdamRule Rule { get; }

    internal long Step { get; }

    internal Tensor Parameters { get; }

    internal Tensor Mean { get; }

    internal Tensor Square { get; }

    internal Tensor[] Gradients { get; }

    /// <summary>Computes one share; different shares may be computed at the same time. Without the fused step
    /// (GPUs, TorchSharp's packages) the outcome is complete from the start.</summary>
    /// <param name="share">Index of the share, from 0.</param>
    /// <param name="shares">Number of shares.</param>
    public void Compute(int share, int shares)
    {
        var n = Parameters.numel();
        // Whole cache lines, so that no two threads write to the same line.
        long Bound(long i) => i == shares ? n : n * i / shares / 16 * 16;
        if (_fused)
            FusedAdam.Step(this, Bound(share), Bound(share + 1));
    }

    /// <summary>Computes all shares on this thread.</summary>
    internal AdamOutcome Whole()
    {
        Compute(0, 1);
        return Outcome;
    }

    private IEnumerable<Tensor> All() => [Parameters, Mean, Square, .. Gradients];

    private Tensor Sum() => Gradients.Skip(1).Aggregate(Gradients[0], (sum, g) => sum.add(g));

    private void Check()
    {
        if (Step < 1)
            throw new ArgumentException($"Adam counts its steps from 1, got {Step}.", nameof(Step));
        if (Gradients.Length == 0)
            throw new ArgumentException("Adam needs a gradient.", nameof(Gradients));
        foreach (var x in All())
            if (x.dim() != 1 || x.numel() != Parameters.numel() || x.dtype != Parameters.dtype)
                throw new ArgumentException(
                    $"Adam needs flat vectors of one length and type: [{Parameters.numel()}] {Parameters.dtype} and [{string.Join(';', x.shape)}] {x.dtype}.");
    }
}
