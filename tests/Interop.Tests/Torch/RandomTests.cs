using MtrlFunctional.Tensors;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Torch;

/// <summary>Draws are functions of their seed and shape.</summary>
[TestFixture]
public sealed class RandomTests
{
    private static readonly long[] s_shape = [100, 101];

    [Test]
    public void TheSameSeedGivesTheSameBitsInAnyOrderAndOnAnyThread()
    {
        float[] Draw(ulong seed)
        {
            using var scope = Ops.Scope();
            return Ops.ToFloats(Ops.Normal(seed, s_shape, Numeric.Float32, Ops.Cpu));
        }

        var first = Draw(ulong.MaxValue);
        var other = Draw(1);
        float[]? elsewhere = null;
        var thread = new Thread(() => elsewhere = Draw(ulong.MaxValue));
        thread.Start();
        thread.Join();
        Assert.That(Draw(ulong.MaxValue), Is.EqualTo(first));
        Assert.That(elsewhere, Is.EqualTo(first));
        Assert.That(other, Is.Not.EqualTo(first));
    }

    [Test]
    public void NormalDrawsHaveMean0AndDeviation1()
    {
        using var scope = Ops.Scope();
        var x = Ops.ToDoubles(Ops.Normal(5, s_shape, Numeric.Float64, Ops.Cpu));
        var mean = x.Average();
        Assert.That(mean, Is.EqualTo(0.0).Within(0.05));
        Assert.That(Math.Sqrt(x.Average(v => (v - mean) * (v - mean))), Is.EqualTo(1.0).Within(0.05));
    }

    [Test]
    public void UniformDrawsFillTheirRange()
    {
        using var scope = Ops.Scope();
        var x = Ops.ToDoubles(Ops.Uniform(5, -2.0, 3.0, s_shape, Numeric.Float64, Ops.Cpu));
        Assert.That(x, Has.All.InRange(-2.0, 3.0));
        Assert.That(x.Average(), Is.EqualTo(0.5).Within(0.05));
        Assert.That(x.Max() - x.Min(), Is.GreaterThan(4.9));
    }

    [Test]
    public void TorchSharpsOwnGeneratorRepeatsAfterItsSeed()
    {
        using var generator = new TorchSharp.torch.Generator(9);
        float[] Draw()
        {
            using var x = TorchSharp.torch.rand([5], generator: generator);
            return Ops.ToFloats(x);
        }

        var first = Draw();
        Assert.That(Draw(), Is.Not.EqualTo(first));
        generator.manual_seed(9);
        Assert.That(Draw(), Is.EqualTo(first));
    }
}
