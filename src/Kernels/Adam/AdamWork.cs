using System.Numerics;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>A pending step of Adam, computed by one thread or in shares by several. The outcome is the same for any number of
/// shares.</summary>
public sealed class AdamWork
{
    private readonly bool _fused;

    /// <summary>A step for the sum of several gradients; its outcome belongs to the scope of the caller.</summary>
    /// <param name="rule">Learning rate and other constants.</param>
    /// <param name="step">Number of this step, from 1.</param>
    /// <param name="parameters">Shape [n].</param>
    /// <param name="mean">Shape [n], zeros before the first step.</param>
    /// <param name="square">Shape [n], zeros before the first step.</param>
    /// <param name="gradients">At least one, added by a balanced tree; each in the same pieces, together of shape [n].</param>
    /// <exception cref="ArgumentException">The vectors differ in length, pieces or element type, or the step is below
    /// 1.</exception>
    public AdamWork(AdamRule rule, long step, Tensor parameters, Tensor mean, Tensor square, Tensor[][] gradients)
    {
        (Rule, Step, Parameters, Mean, Square, Gradients) = (rule, step, parameters, mean, square, gradients);
        Check();
        Gradients = [[.. gradients[0].Select((x, i) => gradients.All(g => AddsNothing(g[i])) ? x.contiguous() : x)], .. gradients[1..]];
        _fused = NativeKernels.IsAvailable && parameters.device.type == TorchSharp.DeviceType.CPU
            && parameters.dtype is ScalarType.Float32 or ScalarType.Float64
            && All().All(x => x.is_contiguous() || AddsNothing(x));
        Tensor New() => empty([parameters.numel()], parameters.dtype, CPU);
        Outcome = _fused ? new AdamOutcome(New(), New(), New()) : PlainAdam.Step(rule, step, parameters, mean, square, Sum());
    }

    /// <summary>Blocks of parameters, moments and averages that held a number that is not finite when a step of Adam or a Polyak
    /// average made them, in this process. A change during an update is a reason to search its state.</summary>
    public static long NonFiniteResults => FusedAdam.NonFiniteResults;

    /// <summary>Result of the step; complete when every share is computed.</summary>
    public AdamOutcome Outcome { get; }

    internal AdamRule Rule { get; }

    internal long Step { get; }

    internal Tensor Parameters { get; }

    internal Tensor Mean { get; }

    internal Tensor Square { get; }

    /// <summary>Parts of the gradient, which are added up, each in the same pieces.</summary>
    internal Tensor[][] Gradients { get; }

    /// <summary>One step of Adam on this thread.</summary>
    /// <param name="rule">Learning rate and other constants.</param>
    /// <param name="step">Number of this step, from 1.</param>
    /// <param name="parameters">Shape [n].</param>
    /// <param name="mean">Shape [n], zeros before the first step.</param>
    /// <param name="square">Shape [n], zeros before the first step.</param>
    /// <param name="gradient">Shape [n].</param>
    /// <exception cref="ArgumentException">The vectors differ in length or element type, or the step is below 1.</exception>
    public static AdamOutcome Run(AdamRule rule, long step, Tensor parameters, Tensor mean, Tensor square, Tensor gradient) =>
        new AdamWork(rule, step, parameters, mean, square, [[gradient]]).Whole();

    /// <summary>Whether <see cref="NonFiniteResults"/> counts results of this device.</summary>
    public static bool CountsNonFinite(Device device) => NativeKernels.IsAvailable && device.type == TorchSharp.DeviceType.CPU;

    /// <summary>Computes one share; different shares may be computed at the same time. Without the fused step
    /// (GPUs, without the native kernels) the outcome is complete from the start.</summary>
    /// <param name="share">Index of the share, from 0.</param>
    /// <param name="shares">Number of shares.</param>
    public void Compute(int share, int shares)
    {
        var n = Parameters.numel();
        if (_fused)
            FusedAdam.Step(this, Bound(n, share, shares), Bound(n, share + 1, shares));
    }

    /// <summary>The first of n numbers of a share: whole cache lines, so that no two threads write to the same line.</summary>
    internal static long Bound(long n, long share, int shares) => share == shares ? n : n * share / shares / 16 * 16;

    /// <summary>Computes all shares on this thread.</summary>
    internal AdamOutcome Whole()
    {
        Compute(0, 1);
        return Outcome;
    }

    /// <summary>A piece of each part of the gradient that has numbers for it, at least one.</summary>
    internal IEnumerable<Tensor> PartsOf(int piece) => Gradients.Select(pieces => pieces[piece]).Where(x => x.is_contiguous());

    /// <summary>Whether it is one zero for all numbers (<see cref="Gradients.Of"/>).</summary>
    private static bool AddsNothing(Tensor x)
    {
        if (x.is_contiguous() || x.device.type != TorchSharp.DeviceType.CPU)
            return false;
        using Tensor first = x.narrow(0, 0, 1), last = x.narrow(0, x.numel() - 1, 1);
        return first.Pointer() == last.Pointer() && first.ToNumber() == 0;
    }

    private IEnumerable<Tensor> All() => [Parameters, Mean, Square, .. Gradients.SelectMany(pieces => pieces)];

    private Tensor Sum()
    {
        Tensor Of(Tensor[][] parts)
        {
            // As in native/adam.cpp: sums of aligned blocks of parts are branches of the tree.
            var left = (int)BitOperations.RoundUpToPowerOf2((uint)parts.Length) / 2;
            return left == 0 ? cat(parts[0], 0) : Scalars.Add(Of(parts[..left]), Of(parts[left..]));
        }

        return Of(Gradients);
    }

    private static IEnumerable<long> Lengths(Tensor[] pieces) => pieces.Select(piece => piece.numel());

    private void Check()
    {
        if (Step < 1)
            throw new ArgumentException($"Adam counts its steps from 1, got {Step}.", nameof(Step));
        if (Gradients.Length == 0)
            throw new ArgumentException("Adam needs a gradient.", nameof(Gradients));
        foreach (var x in All())
            if (x.dim() != 1 || x.dtype != Parameters.dtype)
                throw Refused($"[{string.Join(';', x.shape)}] {x.dtype}");
        foreach (var n in (long[])[Mean.numel(), Square.numel(), .. Gradients.Select(g => Lengths(g).Sum())])
            if (n != Parameters.numel())
                throw Refused($"[{n}]");
        if (Gradients.Any(g => !Lengths(g).SequenceEqual(Lengths(Gradients[0]))))
            throw new ArgumentException("Adam needs gradients in the same pieces.");

        ArgumentException Refused(string found) =>
            new($"Adam needs flat vectors of one length and type: [{Parameters.numel()}] {Parameters.dtype} and {found}.");
    }
}
