using System.Runtime.InteropServices;
using MtrlFunctional.Tensors;
using NUnit.Framework;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>A dense layer against a product, a sum and a ReLU.</summary>
[TestFixture]
public sealed class DenseTests
{
    [TestCase(Numeric.Float64, 1e-12)]
    [TestCase(Numeric.Float32, 1e-4)]
    public void EqualsLinearAndRelu(Numeric numeric, double tolerance)
    {
        using var scope = Ops.Scope();
        Tensor[] Leaves() => [Leaf(1, [70, 33], numeric), Leaf(2, [33, 41], numeric), Leaf(3, [41], numeric)];
        Tensor[] fused = Leaves(), plain = Leaves();
        var seed = Ops.Normal(4, [70, 41], numeric, Ops.Cpu);
        var y = Ops.Dense(fused[0], fused[1], fused[2], true, false);
        var z = Ops.Relu(Linear(plain[0], plain[1], plain[2]));
        Assert.That(Ops.ToDoubles(y), Is.EqualTo(Ops.ToDoubles(z)).Within(tolerance));
        var found = Ops.GradWeighted(y, seed, fused);
        var wanted = Ops.GradWeighted(z, seed, plain);
        for (var i = 0; i < 3; i++)
            Assert.That(Ops.ToDoubles(found[i]), Is.EqualTo(Ops.ToDoubles(wanted[i])).Within(tolerance), $"gradient {i}");
    }

    [TestCase(20)]
    [TestCase(21)]
    public void ARoundedLayerIsNearAndKeepsItsParametersInSinglePrecision(int inputs)
    {
        using var scope = Ops.Scope();
        Tensor[] leaves = [Leaf(1, [640, inputs], Numeric.Float32), Leaf(2, [inputs, 48], Numeric.Float32), Leaf(3, [48], Numeric.Float32)];
        var exact = Ops.Dense(leaves[0], leaves[1], leaves[2], true, false);
        var rounded = Ops.Dense(leaves[0], leaves[1], leaves[2], true, true);
        Assert.That(Ops.NumericOf(rounded), Is.EqualTo(Numeric.Float32));
        Assert.That(Distance(exact, rounded), Is.InRange(1e-4, 0.01));

        var seed = Ops.Normal(4, [640, 48], Numeric.Float32, Ops.Cpu);
        var wanted = Ops.GradWeighted(exact, seed, leaves);
        var found = Ops.GradWeighted(rounded, seed, leaves);
        for (var i = 0; i < 3; i++)
        {
            Assert.That(Ops.NumericOf(found[i]), Is.EqualTo(Numeric.Float32));
            Assert.That(Distance(wanted[i], found[i]), Is.LessThan(0.06), $"gradient {i}");
        }
    }

    /// <summary>Weights of parallel layers, for rows of each or the same rows for all.</summary>
    [Test, Combinatorial]
    public void ABatchOfLayersIsItsLayersOneByOne([Values] bool sameRows, [Values] bool rounded)
    {
        using var scope = Ops.Scope();
        Tensor x = Leaf(1, sameRows ? [9, 5] : [3, 9, 5], Numeric.Float32), w = Leaf(2, [3, 5, 4], Numeric.Float32), b = Leaf(3, [3, 4], Numeric.Float32);
        var together = Ops.Dense(x, w, b, true, rounded);
        var alone = Ops.Stack(
            [.. Enumerable.Range(0, 3).Select(i =>
                Ops.Dense(sameRows ? x : Ops.Select(x, 0, i), Ops.Select(w, 0, i), Ops.Select(b, 0, i), true, rounded))], 0);
        Assert.That(Distance(alone, together), Is.LessThan(rounded ? 0.01 : 1e-6));
        var seed = Ops.Normal(4, [3, 9, 4], Numeric.Float32, Ops.Cpu);
        var wanted = Ops.GradWeighted(alone, seed, [x, w, b]);
        var found = Ops.GradWeighted(together, seed, [x, w, b]);
        for (var i = 0; i < 3; i++)
            Assert.That(Distance(wanted[i], found[i]), Is.LessThan(rounded ? 0.06 : 1e-5), $"gradient {i}");
    }

    [Test]
    public void ALayerWithoutABiasIsAProduct()
    {
        using var scope = Ops.Scope();
        Tensor x = Leaf(1, [2, 6, 5], Numeric.Float32), w = Leaf(2, [5, 4], Numeric.Float32);
        var (found, wanted) = (Ops.DenseProduct(x, w, false), Ops.MatMul(x, w));
        Assert.That(Distance(wanted, found), Is.LessThan(1e-6));
        var seed = Ops.Normal(4, [2, 6, 4], Numeric.Float32, Ops.Cpu);
        foreach (var (a, b) in Ops.GradWeighted(wanted, seed, [x, w]).Zip(Ops.GradWeighted(found, seed, [x, w])))
            Assert.That(Distance(a, b), Is.LessThan(1e-6));
    }

    /// <summary>Many sizes, in both memory orders of the weight.</summary>
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
            Leaf(2, turned ? [units, inputs] : [inputs, units], numeric, Numeric.Float32),
            Leaf(3, [units], numeric, Numeric.Float32),
        ];
        Tensor Run(Tensor[] leaves) =>
            Ops.Dense(leaves[0], turned ? Ops.Transpose(leaves[1], 0, 1) : leaves[1], leaves[2], true, false);
        Tensor[] single = Leaves(Numeric.Float32), wide = Leaves(Numeric.Float64);
        var (y, z) = (Run(single), Run(wide));
        Assert.That(Ops.ToDoubles(y), Is.EqualTo(Ops.ToDoubles(z)).Within(1e-4));
        var seed = Ops.Normal(4, [rows, units], Numeric.Float32, Ops.Cpu);
        var found = Ops.GradWeighted(y, seed, single);
        var wanted = Ops.GradWeighted(z, Ops.ToType(seed, Numeric.Float64), wide);
        for (var i = 0; i < 3; i++)
            Assert.That(Ops.ToDoubles(found[i]), Is.EqualTo(Ops.ToDoubles(wanted[i])).Within(1e-4), $"gradient {i}");
    }

    [TestCase(false)]
    [TestCase(true)]
    public void NaNIsNotCutAway(bool rounded)
    {
        using var scope = Ops.Scope();
        var x = Ops.FromFloats([float.NaN, 1f], [1, 2]);
        var y = Ops.Dense(x, Ops.FromFloats([1f, 1f], [2, 1]), Ops.FromFloats([0f], [1]), true, rounded);
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
        _ = Ops.GradWeighted(Ops.Dense(x, weight, Ops.Zeros([4], Numeric.Float32, Ops.Cpu), true, false), seed, [weight]);
        Assert.That((Ops.ToFloats(x), Ops.ToFloats(weight), Ops.ToFloats(seed)), Is.EqualTo(before));
    }

    [TestCase(Numeric.Float64, 1e-12)]
    [TestCase(Numeric.Float32, 1e-5)]
    public void ASecondDerivativeIsThatOfLinearAndRelu(Numeric numeric, double tolerance)
    {
        using var scope = Ops.Scope();
        Tensor x = Leaf(1, [5, 4], numeric), weight = Leaf(2, [4, 3], numeric), bias = Leaf(3, [3], numeric);
        var found = Twice(Ops.Dense(x, weight, bias, relu: true, rounded: false));
        var wanted = Twice(Ops.Relu(Linear(x, weight, bias)));
        for (var i = 0; i < found.Length; i++)
            Assert.That(Distance(wanted[i], found[i]), Is.LessThan(tolerance), $"gradient {i}");

        Tensor[] Twice(Tensor y)
        {
            Tensor[] leaves = [x, weight, bias];
            var first = Ops.GradGraph(Ops.Sum(Ops.Square(y)), leaves);
            return Ops.Grad(first.Select(g => Ops.Sum(Ops.Square(g))).Aggregate(Ops.Add), leaves);
        }
    }

    [Test]
    public void AWrongShapeIsRefused()
    {
        using var scope = Ops.Scope();
        var bias = Ops.Zeros([4], Numeric.Float32, Ops.Cpu);
        var x = Ops.Zeros([2, 3], Numeric.Float32, Ops.Cpu);
        Assert.Throws<ExternalException>(() => Ops.Dense(x, Ops.Zeros([5, 4], Numeric.Float32, Ops.Cpu), bias, true, false));
        Assert.Throws<ExternalException>(() => Ops.Dense(x, Ops.Zeros([3, 5], Numeric.Float32, Ops.Cpu), bias, true, false));
    }

    private static Tensor Linear(Tensor x, Tensor weight, Tensor bias) =>
        Ops.Add(Ops.MatMul(x, weight), bias);

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
