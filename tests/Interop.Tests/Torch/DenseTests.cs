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

    /// <summary>Weights of parallel layers, for rows of each or the same rows for all. Rounded ones are near the exact ones.</summary>
    [Test, Combinatorial]
    public void ABatchOfLayersIsItsLayersOneByOne([Values] bool sameRows, [Values] bool rounded)
    {
        using var scope = torch.NewDisposeScope();
        Tensor x = Leaf(1, sameRows ? [9, 5] : [3, 9, 5], ScalarType.Float32), w = Leaf(2, [3, 5, 4], ScalarType.Float32), b = Leaf(3, [3, 4], ScalarType.Float32);
        var together = DenseLayers.Layer(x, w, b, true, rounded);
        var alone = torch.stack([.. Enumerable.Range(0, 3).Select(i =>
                DenseLayers.Layer(sameRows ? x : x.select(0, i), w.select(0, i), b.select(0, i), true, rounded: false))], 0);
        Assert.That(together.dtype, Is.EqualTo(ScalarType.Float32));
        Assert.That(Distance(alone, together), rounded ? Is.InRange(1e-4, 0.01) : Is.LessThan(1e-6));
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

    private static Tensor Linear(Tensor x, Tensor weight, Tensor bias) =>
        Products.MatMul(x, weight).add(bias);

    private static Tensor Leaf(ulong seed, long[] shape, ScalarType numeric) =>
        Drawn.Normal(seed, shape, numeric).detach().requires_grad_(true);

    /// <summary>Relative, in the Euclidean norm.</summary>
    private static double Distance(Tensor wanted, Tensor found)
    {
        using var _ = torch.no_grad();
        var difference = wanted.sub(found.to_type(wanted.dtype));
        return difference.norm().ToNumber() / wanted.norm().ToNumber();
    }
}
