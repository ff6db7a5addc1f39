using System.Runtime.InteropServices;
using MtrlFunctional.Tensors;
using NUnit.Framework;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>The fused layer against linear and relu.</summary>
[TestFixture]
public sealed class DenseTests
{
    [TestCase(Numeric.Float64, 1e-12)]
    [TestCase(Numeric.Float32, 1e-4)]
    public void Equals_linear_and_relu(Numeric numeric, double tolerance)
    {
        using var scope = Ops.Scope();
        Tensor[] Leaves() => [Leaf(1, [70, 33], numeric), Leaf(2, [41, 33], numeric), Leaf(3, [41], numeric)];
        Tensor[] fused = Leaves(), plain = Leaves();
        var seed = Ops.Normal(4, [70, 41], numeric, Ops.Cpu);
        var y = Ops.Dense(fused[0], fused[1], fused[2], true);
        var z = Ops.Relu(Ops.Linear(plain[0], plain[1], plain[2]));
        Assert.That(Ops.ToDoubles(y), Is.EqualTo(Ops.ToDoubles(z)).Within(tolerance));
        var found = Ops.GradWeighted(y, seed, fused);
        var wanted = Ops.GradWeighted(z, seed, plain);
        for (var i = 0; i < 3; i++)
            Assert.That(Ops.ToDoubles(found[i]), Is.EqualTo(Ops.ToDoubles(wanted[i])).Within(tolerance), $"gradient {i}");
    }

    [Test]
    public void A_bfloat16_input_keeps_parameters_and_their_gradients_in_full_precision()
    {
        using var scope = Ops.Scope();
        var x = Ops.Normal(1, [640, 64], Numeric.Float32, Ops.Cpu);
        var weight = Leaf(2, [48, 64], Numeric.Float32);
        var bias = Leaf(3, [48], Numeric.Float32);
        var exact = Ops.Dense(x, weight, bias, true);
        var rounded = Ops.Dense(Ops.ToType(x, Numeric.BFloat16), weight, bias, true);
        Assert.That(Ops.NumericOf(rounded), Is.EqualTo(Numeric.BFloat16));
        Assert.That(Distance(exact, rounded), Is.LessThan(0.01));

        var seed = Ops.Normal(4, [640, 48], Numeric.Float32, Ops.Cpu);
        var wanted = Ops.GradWeighted(exact, seed, [weight, bias]);
        var found = Ops.GradWeighted(rounded, Ops.ToType(seed, Numeric.BFloat16), [weight, bias]);
        for (var i = 0; i < 2; i++)
        {
            Assert.That(Ops.NumericOf(found[i]), Is.EqualTo(Numeric.Float32));
            Assert.That(Distance(wanted[i], found[i]), Is.LessThan(0.05), $"gradient {i}");
        }
    }

    [TestCase(Numeric.Float32)]
    [TestCase(Numeric.BFloat16)]
    public void NaN_is_not_cut_away(Numeric numeric)
    {
        using var scope = Ops.Scope();
        var x = Ops.ToType(Ops.FromFloats([float.NaN, 1f], [1, 2]), numeric);
        var y = Ops.Dense(x, Ops.FromFloats([1f, 1f], [1, 2]), Ops.FromFloats([0f], [1]), true);
        Assert.That(Ops.ToDoubles(y)[0], Is.NaN);
    }

    [Test]
    public void The_input_is_untouched()
    {
        using var scope = Ops.Scope();
        var x = Ops.Normal(1, [4, 4], Numeric.Float32, Ops.Cpu);
        var weight = Leaf(2, [4, 4], Numeric.Float32);
        var seed = Ops.Normal(3, [4, 4], Numeric.Float32, Ops.Cpu);
        var before = (Ops.ToFloats(x), Ops.ToFloats(weight), Ops.ToFloats(seed));
        _ = Ops.GradWeighted(Ops.Dense(x, weight, Ops.Zeros([4], Numeric.Float32, Ops.Cpu), true), seed, [weight]);
        Assert.That((Ops.ToFloats(x), Ops.ToFloats(weight), Ops.ToFloats(seed)), Is.EqualTo(before));
    }

    [Test]
    public void A_second_derivative_is_refused()
    {
        using var scope = Ops.Scope();
        var weight = Leaf(2, [4, 4], Numeric.Float32);
        var y = Ops.Dense(Ops.Normal(1, [4, 4], Numeric.Float32, Ops.Cpu), weight, Leaf(3, [4], Numeric.Float32), true);
        var error = Assert.Throws<ExternalException>(() => Ops.GradGraph(Ops.Sum(y), [weight]));
        Assert.That(error!.Message, Does.Contain("linear and relu"));
    }

    [Test]
    public void A_wrong_shape_is_refused()
    {
        using var scope = Ops.Scope();
        var bias = Ops.Zeros([4], Numeric.Float32, Ops.Cpu);
        var x = Ops.Zeros([2, 3], Numeric.Float32, Ops.Cpu);
        Assert.Throws<ExternalException>(() => Ops.Dense(x, Ops.Zeros([4, 5], Numeric.Float32, Ops.Cpu), bias, true));
        Assert.Throws<ExternalException>(() => Ops.Dense(x, Ops.Zeros([5, 3], Numeric.Float32, Ops.Cpu), bias, true));
        Assert.Throws<ExternalException>(() => Ops.Dense(bias, Ops.Zeros([4, 4], Numeric.Float32, Ops.Cpu), bias, true));
        Assert.Throws<ExternalException>(() => Ops.Dense(Ops.ToType(x, Numeric.Int64), Ops.Zeros([4, 3], Numeric.Int64, Ops.Cpu), bias, true));
    }

    private static Tensor Leaf(ulong seed, long[] shape, Numeric numeric) =>
        Ops.Leaf(Ops.Normal(seed, shape, numeric, Ops.Cpu));

    /// <summary>Relative, in the Euclidean norm.</summary>
    private static double Distance(Tensor wanted, Tensor found)
    {
        using var _ = Ops.NoGrad();
        var difference = Ops.Sub(wanted, Ops.ToType(found, Ops.NumericOf(wanted)));
        return Ops.Item(Ops.Norm(difference)) / Ops.Item(Ops.Norm(wanted));
    }
}
