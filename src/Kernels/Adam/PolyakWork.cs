using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>A pending Polyak average, computed by one thread or in shares by several. The outcome is the same for any number of
/// shares.</summary>
public sealed class PolyakWork
{
    private readonly bool _fused;

    /// <summary>tau · source + (1 − tau) · target; the outcome belongs to the scope of the caller.</summary>
    /// <param name="target">What follows.</param>
    /// <param name="source">Equal in shape, or broadcast.</param>
    /// <param name="tau">Share of the source, in [0, 1].</param>
    public PolyakWork(Tensor target, Tensor source, double tau)
    {
        (Target, Source, Tau) = (target, source, tau);
        _fused = FusedAdam.CanPolyak(target, source);
        Outcome = _fused ? empty(target.shape, target.dtype, CPU) : Plain();
    }

    /// <summary>The average; complete when every share is computed.</summary>
    public Tensor Outcome { get; }

    internal Tensor Target { get; }

    internal Tensor Source { get; }

    internal double Tau { get; }

    /// <summary>tau · source + (1 − tau) · target: the Polyak average, on this thread.</summary>
    public static Tensor Average(Tensor target, Tensor source, double tau) => new PolyakWork(target, source, tau).Whole();

    /// <summary>Computes one share; different shares may be computed at the same time. Where the fused average does not
    /// apply the outcome is complete from the start.</summary>
    /// <param name="share">Index of the share, from 0.</param>
    /// <param name="shares">Number of shares.</param>
    public void Compute(int share, int shares)
    {
        var n = Target.numel();
        if (_fused)
            FusedAdam.Polyak(this, AdamWork.Bound(n, share, shares), AdamWork.Bound(n, share + 1, shares));
    }

    /// <summary>Computes all shares on this thread.</summary>
    internal Tensor Whole()
    {
        Compute(0, 1);
        return Outcome;
    }

    private Tensor Plain()
    {
        using var near = Source.Times(Tau);
        using var far = Target.Times(1.0 - Tau);
        return Scalars.Add(near, far);
    }
}
