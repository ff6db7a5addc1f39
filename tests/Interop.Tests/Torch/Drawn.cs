using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>Numbers to compute with.</summary>
internal static class Drawn
{
    /// <summary>Independent, mean 0, variance 1: a function of seed and shape.</summary>
    internal static Tensor Normal(ulong seed, long[] shape, ScalarType type = ScalarType.Float32)
    {
        using var generator = new Generator(seed, CPU);
        return randn(shape, type, CPU, generator: generator);
    }
}
