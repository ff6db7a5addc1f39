using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>What the own binding does in its shim, in plain operations of TorchSharp's packages.</summary>
internal static class Backend
{
    /// <summary>The version of TorchSharp, which brings its libtorch.</summary>
    internal static string Version => torch.__version__;

    /// <summary>TorchSharp's packages bring libtorch with MKL.</summary>
    internal static string Build => "TorchSharp package, BLAS_INFO=mkl";

    internal static Tensor Dense(Tensor x, Tensor weight, Tensor bias, bool relu, ScalarType result)
    {
        var w = weight.to_type(x.dtype);
        var b = bias.to_type(x.dtype);
        var y = weight.dim() == 2
            ? nn.functional.linear(x, w, b)
            : x.matmul(w.transpose(-2, -1)).add(b.unsqueeze(-2));
        return (relu ? y.relu() : y).to_type(result);
    }
}

/// <summary>TorchSharp has no Adam over flat vectors: <see cref="PlainAdam"/> does it.</summary>
internal static class FusedAdam
{
    internal static bool IsAvailable => false;

    internal static AdamOutcome Step(
        AdamRule rule, long step, Tensor p, Tensor m, Tensor v, Tensor g, Tensor? target, double tau) =>
        PlainAdam.Step(rule, step, p, m, v, g, target, tau);

    internal static bool CanFollow(Tensor target, Tensor source) => false;

    internal static Tensor Follow(Tensor target, Tensor source, double tau) =>
        throw new NotSupportedException("TorchSharp has no fused average.");
}
