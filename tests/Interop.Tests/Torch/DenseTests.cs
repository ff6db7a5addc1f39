using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>A dense layer against a product, a sum and a ReLU.</summary>
public sealed class DenseTests
{
    [TestCase(ScalarType.Float64, 1e-12)]
    [TestCase(ScalarType.Float32, 1e-4)]
    public void EqualsLinearAndRelu(ScalarType numeric, double tolerance)
    {
        using var scope = torch.NewDisposeScope();
        Tensor[] Leaves() => [Leaf(1, [70, 33], numeric), Leaf(2, [33, 41], numeric), Leaf(3, [41], numeric)];
        Tensor[] fused = Leaves(), plain = Leaves();
        var seed = Drawn.Normal(4, [70, 41], numeric);
        var y = DenseLayers.Layer(fused[0], fused[1], fused[2], true, false);
        var z = Linear(plain[0], plain[1], plain[2]).relu();
        Assert.That(y.ToDoubles(), Is.EqualTo(z.ToDoubles()).Within(tolerance));
        var found = Gradients.Of([y], fused, [seed], false, false);
        var wanted = Gradients.Of([z], plain, [seed], false, false);
        for (var i = 0; i < 3; i++)
            Assert.That(found[i].ToDoubles(), Is.EqualTo(wanted[i].ToDoubles()).Within(tolerance), $"gradient {i}");
    }

    [TestCase(20)]
    [TestCase(21)]
    public void ARoundedLayerIsNearAndKeepsItsParametersInSinglePrecision(int inputs)
    {
        using var scope = torch.NewDisposeScope();
        Tensor[] leaves = [Leaf(1, [640, inputs], ScalarType.Float32), Leaf(2, [inputs, 48], ScalarType.Float32), Leaf(3, [48], ScalarType.Float32)];
        var exact = DenseLayers.Layer(leaves[0], leaves[1], leaves[2], true, false);
        var rounded = DenseLayers.Layer(leaves[0], leaves[1], leaves[2], true, true);
        Assert.That(rounded.dtype, Is.EqualTo(ScalarType.Float32));
        Assert.That(Distance(exact, rounded), Is.InRange(1e-4, 0.01));

        var seed = Drawn.Normal(4, [640, 48]);
        var wanted = Gradients.Of([exact], leaves, [seed], false, false);
        var found = Gradients.Of([rounded], leaves, [seed], false, false);
        for (var i = 0; i < 3; i++)
        {
            Assert.That(found[i].dtype, Is.EqualTo(ScalarType.Float32));
            Assert.That(Distance(wanted[i], found[i]), Is.LessThan(0.06), $"gradient {i}");
        }
    }

    /// <summary>Weights of parallel layers, for rows of each or the same rows for all.</summary>
    [Test, Combinatorial]
    public void ABatchOfLayersIsItsLayersOneByOne([Values] bool sameRows, [Values] bool rounded)
    {
        using var scope = torch.NewDisposeScope();
        Tensor x = Leaf(1, sameRows ? [9, 5] : [3, 9, 5], ScalarType.Float32), w = Leaf(2, [3, 5, 4], ScalarType.Float32), b = Leaf(3, [3, 4], ScalarType.Float32);
        var together = DenseLayers.Layer(x, w, b, true, rounded);
        var alone = torch.stack([.. Enumerable.Range(0, 3).Select(i =>
                DenseLayers.Layer(sameRows ? x : x.select(0, i), w.select(0, i), b.select(0, i), true, rounded))], 0);
        Assert.That(Distance(alone, together), Is.LessThan(rounded ? 0.01 : 1e-6));
        var seed = Drawn.Normal(4, [3, 9, 4]);
        var wanted = Gradients.Of([alone], [x, w, b], [seed], false, false);
        var found = Gradients.Of([together], [x, w, b], [seed], false, false);
        for (var i = 0; i < 3; i++)
            Assert.That(Distance(wanted[i], found[i]), Is.LessThan(rounded ? 0.06 : 1e-5), $"gradient {i}");
    }

    [Test]
    public void ALayerWithoutABiasIsAProduct()
    {
        using var scope = torch.NewDisposeScope();
        Tensor x = Leaf(1, [2, 6, 5], ScalarType.Float32), w = Leaf(2, [5, 4], ScalarType.Float32);
        var (found, wanted) = (DenseLayers.Product(x, w, false), Products.MatMul(x, w));
        Assert.That(Distance(wanted, found), Is.LessThan(1e-6));
        var seed = Drawn.Normal(4, [2, 6, 4]);
        foreach (var (a, b) in Gradients.Of([wanted], [x, w], [seed], false, false).Zip(Gradients.Of([found], [x, w], [seed], false, false)))
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
        using var scope = torch.NewDisposeScope();
        Tensor[] Leaves(ScalarType numeric) =>
        [
            Leaf(1, [rows, inputs], numeric, ScalarType.Float32),
            Leaf(2, turned ? [units, inputs] : [inputs, units], numeric, ScalarType.Float32),
            Leaf(3, [units], numeric, ScalarType.Float32),
        ];
        Tensor Run(Tensor[] leaves) =>
            DenseLayers.Layer(leaves[0], turned ? leaves[1].transpose(0, 1) : leaves[1], leaves[2], true, false);
        Tensor[] single = Leaves(ScalarType.Float32), wide = Leaves(ScalarType.Float64);
        var (y, z) = (Run(single), Run(wide));
        Assert.That(y.ToDoubles(), Is.EqualTo(z.ToDoubles()).Within(1e-4));
        var seed = Drawn.Normal(4, [rows, units]);
        var found = Gradients.Of([y], single, [seed], false, false);
        var wanted = Gradients.Of([z], wide, [seed.to_type(ScalarType.Float64)], false, false);
        for (var i = 0; i < 3; i++)
            Assert.That(found[i].ToDoubles(), Is.EqualTo(wanted[i].ToDoubles()).Within(1e-4), $"gradient {i}");
    }

    [TestCase(false)]
    [TestCase(true)]
    public void NaNIsNotCutAway(bool rounded)
    {
        using var scope = torch.NewDisposeScope();
        var x = TensorMemory.FromFloats([float.NaN, 1f], [1, 2]);
        var y = DenseLayers.Layer(x, TensorMemory.FromFloats([1f, 1f], [2, 1]), TensorMemory.FromFloats([0f], [1]), true, rounded);
        Assert.That(y.ToDoubles()[0], Is.NaN);
    }

    [TestCase(ScalarType.Float64, 1e-12)]
    [TestCase(ScalarType.Float32, 1e-5)]
    public void ASecondDerivativeIsThatOfLinearAndRelu(ScalarType numeric, double tolerance)
    {
        using var scope = torch.NewDisposeScope();
        Tensor x = Leaf(1, [5, 4], numeric), weight = Leaf(2, [4, 3], numeric), bias = Leaf(3, [3], numeric);
        var found = Twice(DenseLayers.Layer(x, weight, bias, relu: true, rounded: false));
        var wanted = Twice(Linear(x, weight, bias).relu());
        for (var i = 0; i < found.Length; i++)
            Assert.That(Distance(wanted[i], found[i]), Is.LessThan(tolerance), $"gradient {i}");

        Tensor[] Twice(Tensor y)
        {
            Tensor[] leaves = [x, weight, bias];
            var first = Gradients.Of([y.square().sum()], leaves, [], true, true);
            return Gradients.Of([first.Select(g => g.square().sum()).Aggregate(Scalars.Add)], leaves, [], false, false);
        }
    }

    [Test]
    public void AWrongShapeIsRefused()
    {
        using var scope = torch.NewDisposeScope();
        var bias = torch.zeros([4], ScalarType.Float32, Libtorch.Cpu);
        var x = torch.zeros([2, 3], ScalarType.Float32, Libtorch.Cpu);
        Assert.Throws<ExternalException>(() => DenseLayers.Layer(x, torch.zeros([5, 4], ScalarType.Float32, Libtorch.Cpu), bias, true, false));
        Assert.Throws<ExternalException>(() => DenseLayers.Layer(x, torch.zeros([3, 5], ScalarType.Float32, Libtorch.Cpu), bias, true, false));
    }

    private static Tensor Linear(Tensor x, Tensor weight, Tensor bias) =>
        Products.MatMul(x, weight).add(bias);

    private static Tensor Leaf(ulong seed, long[] shape, ScalarType numeric) =>
        Drawn.Normal(seed, shape, numeric).detach().requires_grad_(true);

    /// <summary>The same numbers, drawn as <paramref name="drawn"/>, in several element types.</summary>
    private static Tensor Leaf(ulong seed, long[] shape, ScalarType numeric, ScalarType drawn) =>
        Drawn.Normal(seed, shape, drawn).to_type(numeric).detach().requires_grad_(true);

    /// <summary>Relative, in the Euclidean norm.</summary>
    private static double Distance(Tensor wanted, Tensor found)
    {
        using var _ = torch.no_grad();
        var difference = wanted.sub(found.to_type(wanted.dtype));
        return difference.norm().ToNumber() / wanted.norm().ToNumber();
    }
}
