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
    public void EqualsLinearAndRelu(Numeric numeric, double tolerance)
    {
        using var scope = Ops.Scope();
        Tensor[] Leaves() => [Leaf(1, [70, 33], numeric), Leaf(2, [41, 33], numeric), Leaf(3, [41], numeric)];
        Tensor[] fused = Leaves(), plain = Leaves();
        var seed = Ops.Normal(4, [70, 41], numeric, Ops.Cpu);
        var y = Ops.Dense(fused[0], fused[1], fused[2], true);
        var z = Ops.Relu(Linear(plain[0], plain[1], plain[2]));
        Assert.That(Ops.ToDoubles(y), Is.EqualTo(Ops.ToDoubles(z)).Within(tolerance));
        var found = Ops.GradWeighted(y, seed, fused);
        var wanted = Ops.GradWeighted(z, seed, plain);
        for (var i = 0; i < 3; i++)
            Assert.That(Ops.ToDoubles(found[i]), Is.EqualTo(Ops.ToDoubles(wanted[i])).Within(tolerance), $"gradient {i}");
    }

    [Test]
    public void ABfloat16InputKeepsParametersAndTheirGradientsInFullPrecision()
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

    /// <summary>Sizes around the tiles of the kernels, in both memory orders of the weight.</summary>
    [Test, Combinatorial]
    public void EqualsDoublePrecisionAtEverySize(
        [Values(1, 3, 7, 16, 29, 65)] int rows,
        [Values(1, 2, 15, 48, 53)] int inputs,
        [Values(1, 2, 16, 31, 80)] int units,
        [Values] bool turned)
    {
        using var scope = Ops.Scope();
        Tensor[] Leaves(Numeric numeric) =>
        [
            Leaf(1, [rows, inputs], numeric, Numeric.Float32),
            Leaf(2, turned ? [inputs, units] : [units, inputs], numeric, Numeric.Float32),
            Leaf(3, [units], numeric, Numeric.Float32),
        ];
        Tensor Run(Tensor[] leaves) =>
            Ops.Dense(leaves[0], turned ? Ops.Transpose(leaves[1], 0, 1) : leaves[1], leaves[2], true);
        Tensor[] single = Leaves(Numeric.Float32), wide = Leaves(Numeric.Float64);
        var (y, z) = (Run(single), Run(wide));
        Assert.That(Ops.ToDoubles(y), Is.EqualTo(Ops.ToDoubles(z)).Within(1e-4));
        var seed = Ops.Normal(4, [rows, units], Numeric.Float32, Ops.Cpu);
        var found = Ops.GradWeighted(y, seed, single);
        var wanted = Ops.GradWeighted(z, Ops.ToType(seed, Numeric.Float64), wide);
        for (var i = 0; i < 3; i++)
            Assert.That(Ops.ToDoubles(found[i]), Is.EqualTo(Ops.ToDoubles(wanted[i])).Within(1e-4), $"gradient {i}");
    }

    /// <summary>Where most rows of the gradient are zero, the others alone are computed.</summary>
    [TestCase(Numeric.Float32, 1e-4)]
    [TestCase(Numeric.BFloat16, 0.15)]
    public void RowsWithoutAGradientChangeNothing(Numeric numeric, double tolerance)
    {
        using var scope = Ops.Scope();
        Tensor[] Leaves(Numeric of) =>
            [Leaf(1, [40, 20], of, numeric), Leaf(2, [18, 20], of, Numeric.Float32), Leaf(3, [18], of, Numeric.Float32)];
        var alive = Ops.ToType(Ops.Greater(Ops.Normal(5, [40, 1], Numeric.Float32, Ops.Cpu), Ops.Full([1], 0.3, Numeric.Float32, Ops.Cpu)), Numeric.Float32);
        var seed = Ops.Mul(Ops.Normal(4, [40, 18], Numeric.Float32, Ops.Cpu), alive);
        Tensor[] few = Leaves(Numeric.Float32), wide = Leaves(Numeric.Float64);
        few[0] = Ops.Leaf(Ops.ToType(few[0], numeric));
        var found = Ops.GradWeighted(Ops.Dense(few[0], few[1], few[2], true), Ops.ToType(seed, numeric), few);
        var wanted = Ops.GradWeighted(
            Ops.Dense(wide[0], wide[1], wide[2], true), Ops.ToType(seed, Numeric.Float64), wide);
        for (var i = 0; i < 3; i++)
            Assert.That(Ops.ToDoubles(found[i]), Is.EqualTo(Ops.ToDoubles(wanted[i])).Within(tolerance), $"gradient {i}");
    }

    [Test, Combinatorial]
    public void AResultHasTheTypeThatIsAskedFor(
        [Values(Numeric.Float32, Numeric.BFloat16)] Numeric input,
        [Values(Numeric.Float32, Numeric.BFloat16)] Numeric result,
        [Values(20, 21)] int inputs)
    {
        using var scope = Ops.Scope();
        var x = Ops.Leaf(Ops.Normal(1, [30, inputs], Numeric.Float32, Ops.Cpu));
        var weight = Leaf(2, [18, inputs], Numeric.Float32);
        var bias = Leaf(3, [18], Numeric.Float32);
        var y = Ops.DenseAs(result, Ops.ToType(x, input), weight, bias, true);
        Assert.That(Ops.NumericOf(y), Is.EqualTo(result));
        var exact = Ops.Dense(x, weight, bias, true);
        Assert.That(Distance(exact, y), Is.LessThan(0.01));
        var seed = Ops.Normal(4, [30, 18], Numeric.Float32, Ops.Cpu);
        var wanted = Ops.GradWeighted(exact, seed, [x, weight, bias]);
        var found = Ops.GradWeighted(y, Ops.ToType(seed, result), [x, weight, bias]);
        for (var i = 0; i < 3; i++)
            Assert.That(Distance(wanted[i], found[i]), Is.LessThan(0.06), $"gradient {i}");
    }

    [TestCase(Numeric.Float32)]
    [TestCase(Numeric.BFloat16)]
    public void NaNIsNotCutAway(Numeric numeric)
    {
        using var scope = Ops.Scope();
        var x = Ops.ToType(Ops.FromFloats([float.NaN, 1f], [1, 2]), numeric);
        var y = Ops.Dense(x, Ops.FromFloats([1f, 1f], [1, 2]), Ops.FromFloats([0f], [1]), true);
        Assert.That(Ops.ToDoubles(y)[0], Is.NaN);
    }

    [Test]
    public void TheInputIsUntouched()
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
    public void ASecondDerivativeIsThatOfLinearAndRelu()
    {
        using var scope = Ops.Scope();
        Tensor x = Leaf(1, [5, 4], Numeric.Float64), weight = Leaf(2, [3, 4], Numeric.Float64), bias = Leaf(3, [3], Numeric.Float64);
        var found = Twice(Ops.Dense(x, weight, bias, relu: true));
        var wanted = Twice(Ops.Relu(Linear(x, weight, bias)));
        for (var i = 0; i < found.Length; i++)
            Assert.That(Ops.ToDoubles(found[i]), Is.EqualTo(Ops.ToDoubles(wanted[i])).Within(1e-12), $"gradient {i}");

        Tensor[] Twice(Tensor y)
        {
            Tensor[] leaves = [x, weight, bias];
            var first = Ops.GradGraph(Ops.Sum(Ops.Square(y)), leaves);
            return Ops.Grad(first.Select(g => Ops.Sum(Ops.Square(g))).Aggregate(Ops.Add), leaves);
        }
    }

    [Test]
    public void ASecondDerivativeOfARoundedLayerIsRefused()
    {
        using var scope = Ops.Scope();
        var x = Ops.ToType(Ops.Normal(1, [4, 4], Numeric.Float32, Ops.Cpu), Numeric.BFloat16);
        var weight = Leaf(2, [4, 4], Numeric.Float32);
        var y = Ops.DenseAs(Numeric.Float32, x, weight, Leaf(3, [4], Numeric.Float32), true);
        var error = Assert.Throws<ExternalException>(() => Ops.GradGraph(Ops.Sum(y), [weight]));
        Assert.That(error!.Message, Does.Contain("second derivative"));
    }

    [Test]
    public void AWrongShapeIsRefused()
    {
        using var scope = Ops.Scope();
        var bias = Ops.Zeros([4], Numeric.Float32, Ops.Cpu);
        var x = Ops.Zeros([2, 3], Numeric.Float32, Ops.Cpu);
        Assert.Throws<ExternalException>(() => Ops.Dense(x, Ops.Zeros([4, 5], Numeric.Float32, Ops.Cpu), bias, true));
        Assert.Throws<ExternalException>(() => Ops.Dense(x, Ops.Zeros([5, 3], Numeric.Float32, Ops.Cpu), bias, true));
        Assert.Throws<ExternalException>(() => Ops.Dense(bias, Ops.Zeros([4, 4], Numeric.Float32, Ops.Cpu), bias, true));
        Assert.Throws<ExternalException>(() => Ops.Dense(Ops.ToType(x, Numeric.Int64), Ops.Zeros([4, 3], Numeric.Int64, Ops.Cpu), bias, true));
    }

    private static Tensor Linear(Tensor x, Tensor weight, Tensor bias) =>
        Ops.Add(Ops.MatMul(x, Ops.Transpose(weight, 0, 1)), bias);

    private static Tensor Leaf(ulong seed, long[] shape, Numeric numeric) =>
        Ops.Leaf(Ops.Normal(seed, shape, numeric, Ops.Cpu));

    /// <summary>The same numbers, drawn as <paramref name="drawn"/>, in several element types.</summary>
    private static Tensor Leaf(ulong seed, long[] shape, Numeric numeric, Numeric drawn) =>
        Ops.Leaf(Ops.ToType(Ops.Normal(seed, shape, drawn, Ops.Cpu), numeric));

    /// <summary>Relative, in the Euclidean norm.</summary>
    private static double Distance(Tensor wanted, Tensor found)
    {
        using var _ = Ops.NoGrad();
        var difference = Ops.Sub(wanted, Ops.ToType(found, Ops.NumericOf(wanted)));
        return Ops.Item(Ops.Norm(difference)) / Ops.Item(Ops.Norm(wanted));
    }
}
