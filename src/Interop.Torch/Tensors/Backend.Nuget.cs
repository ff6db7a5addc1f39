using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>The operations of the native library, in plain operations of TorchSharp's packages.</summary>
internal static class Backend
{
    /// <summary>The version of TorchSharp, whose packages contain libtorch.</summary>
    internal static string Version => torch.__version__;

    /// <summary>TorchSharp's packages contain libtorch with MKL.</summary>
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

    /// <summary>Concatenates copies. TorchSharp's <c>cat</c> of one tensor is an alias, in 0.99 the same object.</summary>
    internal static Tensor Cat(Tensor[] tensors, long dimension) =>
        tensors.Length == 1 ? tensors[0].clone() : torch.cat(tensors, dimension);

    internal static Tensor Flatten(Tensor[] tensors)
    {
        if (tensors.Length == 1)
            return tensors[0].reshape(-1);
        var rows = Array.ConvertAll(tensors, x => x.reshape(-1));
        var flat = torch.cat(rows, 0);
        foreach (var row in rows)
            row.Dispose();
        return flat;
    }

    internal static void CopyAll(Tensor[] targets, Tensor[] sources)
    {
        foreach (var (target, source) in targets.Zip(sources))
            Ops.CopyFrom(target, source);
    }

    internal static Tensor Slice(Tensor vector, long offset, long[] shape) =>
        vector.narrow(0, offset, shape.Aggregate(1L, (count, size) => count * size)).reshape(shape);

    internal static Tensor DenseStack(Tensor x, Tensor[] weights, Tensor[] biases, bool[] rounded)
    {
        var h = x;
        for (var i = 0; i < weights.Length; i++)
        {
            var inner = i < weights.Length - 1;
            ScalarType Type(bool isRounded) => isRounded ? ScalarType.BFloat16 : x.dtype;
            h = Dense(
                h.to_type(Type(rounded[i])), weights[i].transpose(0, 1), biases[i], inner, Type(inner && rounded[i + 1]));
        }

        return h;
    }

    internal static Tensor BlendedDense(
        Tensor x, Tensor coefficients, Tensor sets, Tensor origin, Tensor bias, bool relu)
    {
        var (count, inputs, units) = (sets.shape[0], sets.shape[1], sets.shape[2]);
        var weight = coefficients.matmul(sets.reshape(count, -1)).reshape(-1, inputs, units);
        if (origin.shape[0] > 0)
            weight = weight.add(origin);
        return Dense(x, weight.transpose(-2, -1), bias, relu, x.dtype);
    }

    internal static Tensor Gru(Tensor gates, Tensor keep, Tensor start, Tensor weight, Tensor bias)
    {
        var (h, units) = (start, weight.shape[0]);
        var states = new Tensor[gates.shape[0]];
        for (var t = 0; t < states.Length; t++)
        {
            var before = h.mul(keep.select(0, t).unsqueeze(1));
            var (a, product) = (gates.select(0, t), before.matmul(weight));
            Tensor Gate(int i) => a.narrow(1, i * units, units).add(product.narrow(1, i * units, units)).sigmoid();
            var n = a.narrow(1, 2 * units, units).add(Gate(0).mul(product.narrow(1, 2 * units, units).add(bias))).tanh();
            states[t] = h = before.add(Gate(1).mul(n.sub(before)));
        }

        return torch.stack(states, 0);
    }

    internal static bool CanRollout(Tensor state) => false;

    internal static Tensor Rollout(
        Tensor state, Tensor sequences, Tensor[] weights, Tensor[] biases, double discount, bool terminates) =>
        throw new NotSupportedException("TorchSharp has no rollouts in one call.");

    internal static Tensor Convolve(Tensor x, Tensor weight, Tensor bias, long stride, bool relu)
    {
        var y = nn.functional.conv2d(x, weight, bias, [stride, stride]);
        return relu ? y.relu() : y;
    }

    internal static Tensor ConvolveTransposed(
        Tensor x, Tensor weight, Tensor bias, long stride, long outputPadding, bool relu)
    {
        var y = nn.functional.conv_transpose2d(
            x, weight, bias, [stride, stride], [0, 0], [outputPadding, outputPadding]);
        return relu ? y.relu() : y;
    }

    internal static Tensor ConvolutionStack(Tensor x, double divisor, Tensor[] weights, Tensor[] biases)
    {
        var h = Images(x.to_type(weights[0].dtype).div(divisor), weights[0].shape[1]);
        for (var i = 0; i < weights.Length; i++)
            h = Convolve(h, weights[i], biases[i], i == 0 ? 2 : 1, relu: true);
        return h.reshape(x.shape[0], -1);
    }

    internal static Tensor DeconvolutionStack(Tensor x, Tensor[] weights, Tensor[] biases)
    {
        var h = Images(x, weights[0].shape[0]);
        for (var i = 0; i < weights.Length; i++)
        {
            var last = i == weights.Length - 1;
            h = ConvolveTransposed(h, weights[i], biases[i], last ? 2 : 1, last ? 1 : 0, relu: !last);
        }

        return h.reshape(x.shape[0], -1);
    }

    private static Tensor Images(Tensor rows, long channels)
    {
        var side = (long)Math.Round(Math.Sqrt(rows.shape[1] / (double)channels));
        return rows.reshape(rows.shape[0], channels, side, side);
    }

    internal static bool CanProject(Tensor x) => false;

    internal static Tensor Projected(Tensor x, Tensor[] parameters, ProjectedPlan plan) =>
        throw new NotSupportedException("TorchSharp has no projected networks.");
}

/// <summary>TorchSharp has no graphs of kernels.</summary>
internal sealed class KernelGraph : IDisposable
{
    internal static bool IsAvailable(Device device) => false;

    internal static KernelGraph Capture(Device device, Action computation) =>
        throw new NotSupportedException("TorchSharp has no graphs of kernels.");

    internal void Launch() => throw new NotSupportedException("TorchSharp has no graphs of kernels.");

    public void Dispose()
    {
    }
}

/// <summary>TorchSharp's operations divide nothing between threads.</summary>
internal sealed class ThreadTeam : IDisposable
{
    internal ThreadTeam(int count) => ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);

    internal void Begin()
    {
    }

    internal void Enter(int rank)
    {
    }

    internal void Leave(int rank)
    {
    }

    internal int Sleepers => 0;

    public void Dispose()
    {
    }
}

/// <summary>TorchSharp has no Adam over flat vectors: <see cref="PlainAdam"/> is used.</summary>
internal static class FusedAdam
{
    internal static bool IsAvailable => false;

    internal static long NonFiniteResults => 0;

    internal static void Step(AdamWork work, long first, long end) =>
        throw new NotSupportedException("TorchSharp has no fused Adam.");

    internal static bool CanPolyak(Tensor target, Tensor source) => false;

    internal static void Polyak(PolyakWork work, long first, long end) =>
        throw new NotSupportedException("TorchSharp has no fused Polyak average.");
}

/// <summary>TorchSharp has no fused minibatch training.</summary>
internal static class FusedMlpNative
{
    internal static bool IsAvailable => false;

    internal static void Run(FusedMlpJob work, AdamRule rule, long step, Tensor p, Tensor m, Tensor v, Tensor losses) =>
        throw new NotSupportedException("TorchSharp has no fused minibatch training.");

    internal static void Gradients(FusedMlpJob work, Tensor p, Tensor gradients, Tensor losses) =>
        throw new NotSupportedException("TorchSharp has no fused gradients of minibatches.");

    internal static void Fisher(FusedMlpJob work, Tensor p, Tensor v, Tensor to) =>
        throw new NotSupportedException("TorchSharp has no fused Fisher products.");
}
