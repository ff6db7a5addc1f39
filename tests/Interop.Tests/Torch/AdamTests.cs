using MtrlFunctional.Algorithms;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>Adam against torch.optim.Adam 1.13 and against itself in plain operations.</summary>
public sealed class AdamTests
{
    private static readonly AdamRule s_rule = new(1e-2, 0.9, 0.999, 1e-8, 1e-2);

    private static readonly double[][] s_gradients =
        [[0.1, -0.2, 0.3, 1e-9], [-0.4, 0.5, 0.0, -2.0], [3.0, -1e-3, 0.25, 0.125]];

    /// <summary>Recorded: parameters, mean, square and a Polyak average of the parameters with tau 0.005 after each of three steps in float64.</summary>
    private static readonly double[][][] s_recorded =
    [
        [
            [0.4900000009523809, -1.2400000004705882, 1.9900000003125, -0.000909090909090909],
            [0.010499999999999999, -0.021249999999999998, 0.031999999999999994, 9.999999999999998e-11],
            [1.1025000000000012e-05, 4.515625000000005e-05, 0.0001024000000000001, 1.000000000000001e-21],
            [0.9974500000047619, 0.988799999997647, -0.9850499999984375, 0.4974954545454545],
        ],
        [
            [0.4954718002841842, -1.2441463720734083, 1.982850251975675, 0.006532277270625287],
            [-0.030059999999047616, 0.029634999999529402, 0.030790000000312494, -0.20000090900090903],
            [0.00016711798499247449, 0.0002828648537454111, 0.00010269361000012448, 0.004000036363719012],
            [0.9949401090061589, 0.9776352681372916, -0.9702104987385669, 0.4950406386590803],
        ],
        [
            [0.4897118009173032, -1.2471890285513543, 1.9745076812636315, 0.011874366398581013],
            [0.27344147180114126, 0.025327353627503053, 0.05469385025225692, -0.16749428582354753],
            [0.009196703724255028, 0.0002827626618386215, 0.0001753983371621788, 0.004011677662315534],
            [0.9924139674657146, 0.9665111466538483, -0.9554869078385558, 0.4926248072977778],
        ],
    ];

    [Test]
    public void EqualsTheRecordedStepsOfTorch()
    {
        using var scope = torch.NewDisposeScope();
        Tensor p = Vector(0.5, -1.25, 2.0, 0.0), m = Vector(0, 0, 0, 0), v = Vector(0, 0, 0, 0), target = Vector(1.0, 1.0, -1.0, 0.5);
        for (var i = 0; i < 3; i++)
        {
            (p, m, v) = AdamWork.Run(s_rule, i + 1, p, m, v, Vector(s_gradients[i]));
            target = PolyakWork.Average(target, p, 0.005);
            var found = new[] { p, m, v, target };
            for (var k = 0; k < 4; k++)
                Assert.That(found[k].ToDoubles(), Is.EqualTo(s_recorded[i][k]).Within(1e-15), $"step {i + 1}, vector {k}");
        }
    }

    /// <summary>Gradients that arrive in parts and pieces, and threads that share the vector, change no bit.</summary>
    [Test]
    public void PartsAndSharesAreOneStep(
        [Values(1, 15, 33, 5003)] long n,
        [Values(ScalarType.Float32, ScalarType.Float64)] ScalarType numeric,
        [Values(1, 2, 3, 5, 8)] int parts,
        [Values(1, 2, 5)] int shares)
    {
        using var scope = torch.NewDisposeScope();
        Tensor Draw(ulong seed) => Drawn.Normal(seed, [n], numeric);
        Tensor p = Draw(1), m = Draw(2), v = Draw(3).square();
        var gradients = Enumerable.Range(10, parts).Select(i => Draw((ulong)i)).ToArray();
        var work = new AdamWork(s_rule, 3, p, m, v, Array.ConvertAll(gradients, InPieces));
        for (var share = shares - 1; share >= 0; share--)
            work.Compute(share, shares);
        var whole = AdamWork.Run(s_rule, 3, p, m, v, Shards.Sums(Array.ConvertAll(gradients, gradient => new[] { gradient }))[0]);
        Assert.That(work.Outcome.Parameters.ToDoubles(), Is.EqualTo(whole.Parameters.ToDoubles()));
        Assert.That(work.Outcome.Mean.ToDoubles(), Is.EqualTo(whole.Mean.ToDoubles()));
        Assert.That(work.Outcome.Square.ToDoubles(), Is.EqualTo(whole.Square.ToDoubles()));
    }

    /// <summary>Results of a large share are written past the caches, from the first whole line on.</summary>
    [TestCase(0, 0, 1)]
    [TestCase(1, 5, 2)]
    [TestCase(510, 7, 3)]
    public void LargeSharesAreOneStep(long before, long after, int parts)
    {
        using var scope = torch.NewDisposeScope();
        const long large = 1 << 16;
        var n = before + large + after;
        Tensor Draw(ulong seed, long count) => Drawn.Normal(seed, [count]);
        Tensor p = Draw(1, n), m = Draw(2, n), v = Draw(3, n).square(), target = Draw(4, n);
        Tensor[] Gradient(int part) =>
            [.. new[] { before, large, after }.Where(count => count > 0).Select(count => Draw((ulong)(5 + part), count))];
        float[][] Results(int shares)
        {
            var step = new AdamWork(s_rule, 3, p, m, v, [.. Enumerable.Range(0, parts).Select(Gradient)]);
            var average = new PolyakWork(target, p, 0.005);
            for (var share = 0; share < shares; share++)
            {
                step.Compute(share, shares);
                average.Compute(share, shares);
            }

            var (p1, m1, v1) = step.Outcome;
            return [.. new[] { p1, m1, v1, average.Outcome }.Select(TensorMemory.ToFloats)];
        }

        Assert.That(Results(1), Is.EqualTo(Results(9)));
    }

    [Test]
    public void OneNumberOfALargeShareThatIsNotFiniteIsCounted([Values(0, 100_003, (1 << 19) + 2)] long bad)
    {
        using var scope = torch.NewDisposeScope();
        if (!NativeKernels.IsAvailable)
            Assert.Ignore("Only the native step counts them.");
        const long n = (1 << 19) + 3;
        var numbers = new float[n];
        numbers[bad] = float.NaN;
        Tensor zeros = torch.zeros([n], ScalarType.Float32, Libtorch.Cpu), spoilt = TensorMemory.FromFloats(numbers, [n]);
        var before = AdamWork.NonFiniteResults;
        AdamWork.Run(s_rule, 1, zeros, zeros, zeros, spoilt);
        Assert.That(AdamWork.NonFiniteResults, Is.GreaterThan(before), "Adam");
        before = AdamWork.NonFiniteResults;
        PolyakWork.Average(zeros, spoilt, 0.005);
        Assert.That(AdamWork.NonFiniteResults, Is.GreaterThan(before), "average");
    }

    /// <summary>A large parameter that a loss does not depend on has one zero as its gradient, in some parts or in all.</summary>
    [Test]
    public void PartsWithoutAGradientAddNothing()
    {
        using var scope = torch.NewDisposeScope();
        const long large = 1 << 16;
        var leaf = Drawn.Normal(1, [2, large / 2]).detach().requires_grad_(true);
        Tensor Of(Tensor loss) => Gradient.InPieces(Gradients.Of([loss], [leaf], [], false, false))[0];
        Tensor some = Of(leaf.square().sum()), none = Of(Vector(1.0).detach().requires_grad_(true).sum());
        Tensor p = TensorModule.Flatten([leaf.detach()]), zeros = torch.zeros_like(p);
        float[] Step(params Tensor[] parts) =>
            (new AdamWork(s_rule, 1, p, zeros, zeros, Array.ConvertAll(parts, part => new[] { part })).Whole().Parameters).ToFloats();
        Assert.That(none.is_contiguous(), Is.False, "zeros were stored");
        Assert.That(Step(none, some, none), Is.EqualTo(Step(some)));
        Assert.That(Step(none, none), Is.EqualTo(Step(zeros)));
    }

    /// <summary>A piece is a large tensor, or what is between two.</summary>
    [Test]
    public void PiecesAreTheFlatVector()
    {
        using var scope = torch.NewDisposeScope();
        const long large = 1 << 16;
        Tensor Draw(params long[] shape) => Drawn.Normal(1, shape);
        Tensor[] tensors = [Draw(3), Draw(2, 2), Draw(2, large), Draw(large), Draw(5)];
        var pieces = Gradient.InPieces(tensors);
        Assert.That(pieces.Select(piece => piece.numel()), Is.EqualTo(new[] { 7, 2 * large, large, 5 }));
        Assert.That(TensorModule.Flatten(pieces).ToDoubles(), Is.EqualTo(TensorModule.Flatten(tensors).ToDoubles()));
        Assert.That(pieces[1].Pointer(), Is.EqualTo(tensors[2].Pointer()), "a large tensor was copied");
    }

    /// <summary>Lengths around the vector width and the block size of the native loop.</summary>
    [Test]
    public void FusedAndPlainAgree(
        [Values(1, 15, 17, 4095, 4097, 100_003)] long n,
        [Values(ScalarType.Float32, ScalarType.Float64)] ScalarType numeric,
        [Values(0.0, 0.01)] double decay)
    {
        using var scope = torch.NewDisposeScope();
        Tensor Draw(ulong seed) => Drawn.Normal(seed, [n], numeric);
        Tensor p = Draw(1), m = Draw(2), v = Draw(3).square(), g = Draw(4);
        var rule = s_rule with { WeightDecay = decay };
        var fused = AdamWork.Run(rule, 3, p, m, v, g);
        var plain = PlainAdam.Step(rule, 3, p, m, v, g);
        var tolerance = numeric == ScalarType.Float32 ? 1e-6 : 1e-14;
        Assert.That(Largest(fused.Parameters, plain.Parameters), Is.LessThan(tolerance));
        Assert.That(Largest(fused.Mean, plain.Mean), Is.LessThan(tolerance));
        Assert.That(Largest(fused.Square, plain.Square), Is.LessThan(10 * tolerance));
    }

    /// <summary>Subnormal squares of gradients are zero, which moves no parameter, and only in this step.</summary>
    [Test]
    public void SubnormalMomentsAreZero()
    {
        using var scope = torch.NewDisposeScope();
        if (!NativeKernels.IsAvailable || !System.Runtime.Intrinsics.X86.Sse.IsSupported)
            Assert.Ignore("Only the native step on x86 flushes subnormal numbers.");

        Tensor Single(params double[] values) => Vector(values).to_type(ScalarType.Float32);
        Tensor p = Single(0, 1e-3, -1), zero = Single(0, 0, 0), g = Single(1e-20, -1e-20, 1e-20);
        var rule = s_rule with { WeightDecay = 0 };
        var fused = AdamWork.Run(rule, 1, p, zero, zero, g);
        var plain = PlainAdam.Step(rule, 1, p, zero, zero, g);
        Assert.That(plain.Square.ToDoubles(), Has.All.GreaterThan(0.0).And.All.LessThan(1.2e-38));
        Assert.That(fused.Square.ToDoubles(), Has.All.Zero);
        foreach (var (found, expected) in fused.Parameters.ToDoubles().Zip(plain.Parameters.ToDoubles()))
            Assert.That(found, Is.EqualTo(expected).Within(1e-6).Percent);
        Assert.That(double.Epsilon * Vector(1).ToDoubles()[0], Is.EqualTo(double.Epsilon));
    }

    [TestCase(ScalarType.Float32)]
    [TestCase(ScalarType.Float64)]
    [TestCase(ScalarType.BFloat16)]
    public void ATargetFollowsItsSource(ScalarType numeric)
    {
        using var scope = torch.NewDisposeScope();
        var target = Vector(1, 2, -4).to_type(numeric);
        var source = Vector(3, 2, 4).to_type(numeric);
        Assert.That(PolyakWork.Average(target, source, 0.25).ToDoubles(), Is.EqualTo(new[] { 1.5, 2, -2 }).Within(1e-6));
        Assert.That(target.ToDoubles(), Is.EqualTo(new[] { 1.0, 2, -4 }));
        var one = Vector(3).to_type(numeric);
        Assert.That(PolyakWork.Average(target, one, 0.5).ToDoubles(), Is.EqualTo(new[] { 2.0, 2.5, -0.5 }));
    }

    [Test]
    public void SharesOfAnAverageAreOneAverage(
        [Values(1, 15, 33, 5003)] long n, [Values(ScalarType.Float32, ScalarType.Float64)] ScalarType numeric, [Values(1, 2, 5)] int shares)
    {
        using var scope = torch.NewDisposeScope();
        Tensor target = Drawn.Normal(1, [n], numeric), source = Drawn.Normal(2, [n], numeric);
        var work = new PolyakWork(target, source, 0.25);
        for (var share = shares - 1; share >= 0; share--)
            work.Compute(share, shares);
        Assert.That(work.Outcome.ToDoubles(), Is.EqualTo(PolyakWork.Average(target, source, 0.25).ToDoubles()));
    }

    [Test]
    public void VectorsThatDoNotFitAreRefused()
    {
        using var scope = torch.NewDisposeScope();
        var two = Vector(1, 2);
        Assert.Throws<ArgumentException>(() => AdamWork.Run(s_rule, 1, two, two, two, Vector(1)));
        Assert.Throws<ArgumentException>(() => AdamWork.Run(s_rule, 0, two, two, two, two));
        Assert.Throws<ArgumentException>(() => AdamWork.Run(s_rule, 1, two, two, two, two.to_type(ScalarType.Float32)));
        Assert.Throws<ArgumentException>(() => new AdamWork(s_rule, 1, two, two, two, []));
        Assert.Throws<ArgumentException>(() => new AdamWork(s_rule, 1, two, two, two, [[two], [Vector(1), Vector(2)]]), "parts in different pieces");
        Assert.Throws<ArgumentException>(() => new AdamWork(s_rule, 1, two, two, two, [[Vector(1)]]));
    }

    [Test]
    public void AnInputThatIsNotReachedGetsZeros()
    {
        using var scope = torch.NewDisposeScope();
        var used = TensorMemory.FromDoubles([2.0], [1]).detach().requires_grad_(true);
        var unused = TensorMemory.FromDoubles([1.0, 1.0], [2]).detach().requires_grad_(true);
        var gradients = Gradients.Of([used.square().sum()], [used, unused], [], false, false);
        Assert.That(gradients[0].ToDoubles(), Is.EqualTo(new[] { 4.0 }));
        Assert.That(gradients[1].ToDoubles(), Is.EqualTo(new[] { 0.0, 0.0 }));
    }

    private static Tensor Vector(params double[] values) => TensorMemory.FromDoubles(values, [values.Length]);

    private static Tensor[] InPieces(Tensor vector)
    {
        var n = vector.numel();
        return [vector.narrow(0, 0, n / 3), vector.narrow(0, n / 3, n - (n / 3))];
    }

    private static double Largest(Tensor x, Tensor y) => x.sub(y).ToDoubles().Max(Math.Abs);
}
