using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>What only the own binding offers; Backend.Nuget.cs says the same in plain operations.</summary>
internal static class Backend
{
    /// <summary>The version of libtorch.</summary>
    internal static string Version => Marshal.PtrToStringUTF8(Native.mt_version()) ?? "unknown";

    /// <summary>How libtorch was built, in its own words.</summary>
    internal static string Build => Marshal.PtrToStringUTF8(Native.mt_build()) ?? "unknown";

    /// <summary>native/dense.cpp.</summary>
    internal static Tensor Dense(Tensor x, Tensor weight, Tensor bias, bool relu, ScalarType result) =>
        Native.mt_dense(x, weight, bias, relu ? 1 : 0, (int)result);
}

/// <summary>Adam in one pass over memory (native/adam.cpp), for flat vectors of the CPU.</summary>
internal static unsafe partial class FusedAdam
{
    internal static bool IsAvailable => true;

    internal static AdamOutcome Step(
        AdamRule rule, long step, Tensor p, Tensor m, Tensor v, Tensor g, Tensor? target, double tau)
    {
        var how = new Rule
        {
            Rate = rule.Rate,
            Beta1 = rule.Beta1,
            Beta2 = rule.Beta2,
            Epsilon = rule.Epsilon,
            Decay = rule.WeightDecay,
            Step = step,
            Tau = tau,
        };
        long[] shape = [p.numel()];
        var outcome = new AdamOutcome(New(), New(), New(), target is null ? null : New());
        var (p1, m1, v1, target1) = outcome;
        if (p.dtype == ScalarType.Float32)
            mt_adam_f32(shape[0], &how, At(g), At(p), At(m), At(v), At(p1), At(m1), At(v1), At(target), At(target1));
        else
            mt_adam_f64(shape[0], &how, At(g), At(p), At(m), At(v), At(p1), At(m1), At(v1), At(target), At(target1));
        foreach (var x in new[] { p, m, v, g, target, p1, m1, v1, target1 })
            GC.KeepAlive(x);
        return outcome;

        Tensor New() => torch.empty(shape, p.dtype, torch.CPU);
    }

    /// <summary>Plain memory of the CPU, alike, without gradients.</summary>
    internal static bool CanFollow(Tensor target, Tensor source) =>
        !target.requires_grad && !source.requires_grad
        && target.dtype == source.dtype && target.dtype is ScalarType.Float32 or ScalarType.Float64
        && target.device.type == DeviceType.CPU && source.device.type == DeviceType.CPU
        && target.is_contiguous() && source.is_contiguous()
        && target.shape.AsSpan().SequenceEqual(source.shape);

    internal static Tensor Follow(Tensor target, Tensor source, double tau)
    {
        var to = torch.empty(target.shape, target.dtype, torch.CPU);
        if (target.dtype == ScalarType.Float32)
            mt_follow_f32(target.numel(), tau, At(source), At(target), At(to));
        else
            mt_follow_f64(target.numel(), tau, At(source), At(target), At(to));
        GC.KeepAlive(source);
        GC.KeepAlive(target);
        return to;
    }

    private static nint At(Tensor? x) => x is null ? 0 : Ops.DataPointer(x);

    private struct Rule
    {
        internal double Rate, Beta1, Beta2, Epsilon, Decay;
        internal long Step;
        internal double Tau;
    }

    [LibraryImport("mtrl_torch")]
    private static partial void mt_adam_f32(
        long n, Rule* how, nint g, nint p, nint m, nint v, nint p1, nint m1, nint v1, nint target, nint target1);

    [LibraryImport("mtrl_torch")]
    private static partial void mt_adam_f64(
        long n, Rule* how, nint g, nint p, nint m, nint v, nint p1, nint m1, nint v1, nint target, nint target1);

    [LibraryImport("mtrl_torch")]
    private static partial void mt_follow_f32(long n, double tau, nint source, nint target, nint to);

    [LibraryImport("mtrl_torch")]
    private static partial void mt_follow_f64(long n, double tau, nint source, nint target, nint to);
}
