using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <content>Random draws: functions of the seed and the shape alone. They are drawn in main memory and then copied,
/// so that a run on a GPU uses the same numbers.</content>
public static partial class Ops
{
    /// <summary>Draws from the standard normal distribution.</summary>
    public static Tensor Normal(ulong seed, long[] shape, Numeric numeric, Device device) =>
        Drawn(seed, device, generator => torch.randn(shape, numeric.ToScalarType(), torch.CPU, generator: generator));

    /// <summary>Draws from the uniform distribution over [low, high).</summary>
    public static Tensor Uniform(ulong seed, double low, double high, long[] shape, Numeric numeric, Device device) =>
        Drawn(seed, device, generator =>
        {
            using var unit = torch.rand(shape, numeric.ToScalarType(), torch.CPU, generator: generator);
            using var scaled = MulScalar(unit, high - low);
            return AddScalar(scaled, low);
        });

    private static Tensor Drawn(ulong seed, Device device, Func<Generator, Tensor> draw)
    {
        using var generator = new Generator(seed, torch.CPU);
        var drawn = draw(generator);
        if (device.type == DeviceType.CPU)
            return drawn;
        using (drawn)
            return drawn.to(device);
    }
}
