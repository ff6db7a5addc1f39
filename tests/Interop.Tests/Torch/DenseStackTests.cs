using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>
/// Layers in one step against the same layers one by one: in float64 they are that, in float32 and bfloat16 they
/// run on oneDNN.
/// </summary>
public sealed class DenseStackTests
{
    private static readonly int[][] s_widths = [[5, 3], [5, 7, 3], [9, 1], [6, 33, 1], [49, 40, 18, 8], [53, 48, 64, 34, 1], [3, 2, 2, 1], [15, 31], [48, 80]];

    /// <param name="X">[n, in].</param>
    /// <param name="Weights">[in, out] of each layer, or [out, in] if they are turned.</param>
    /// <param name="Biases">[out] of each layer.</param>
    /// <param name="IsTurned">Whether the other memory order of the weights is passed.</param>
    private sealed record Stack(Tensor X, Tensor[] Weights, Tensor[] Biases, bool IsTurned)
    {
        internal Tensor[] Leaves => [X, .. Weights.Zip(Biases, (w, b) => new[] { w, b }).SelectMany(pair => pair)];

        /// <summary>Numbers drawn in single precision, so that they are the same in double.</summary>
        internal static Stack Draw(int rows, int[] widths, ScalarType numeric, bool isTurned = false)
        {
            var seed = 1UL;
            Tensor New(params long[] shape) =>
                Drawn.Normal(seed++, shape).to_type(numeric).detach().requires_grad_(true);
            var layers = Enumerable.Range(1, widths.Length - 1).ToArray();
            return new Stack(
                New(rows, widths[0]),
                Array.ConvertAll(layers, i => isTurned ? New(widths[i], widths[i - 1]) : New(widths[i - 1], widths[i])),
                Array.ConvertAll(layers, i => New(widths[i])),
                isTurned);
        }

        internal Tensor Run(bool inner = false) =>
            DenseLayers.Stack(
                X, IsTurned ? Array.ConvertAll(Weights, w => w.transpose(0, 1)) : Weights, Biases, [.. Weights.Select((_, i) => inner && i > 0 && i < Weights.Length - 1)]);
    }

    [Test, Combinatorial]
    public void EqualsDoublePrecisionAtEverySize(
        [Values(1, 7, 16, 65, 131)] int rows, [ValueSource(nameof(s_widths))] int[] widths, [Values] bool few, [Values] bool isTurned)
    {
        using var scope = torch.NewDisposeScope();
        Stack single = Stack.Draw(rows, widths, ScalarType.Float32, isTurned), wide = Stack.Draw(rows, widths, ScalarType.Float64, isTurned);
        Tensor y = single.Run(), z = wide.Run();
        AssertClose(z, y, 1e-4, "result");
        var seed = Seed(rows, widths[^1], few);
        var found = Gradients.Of([y], single.Leaves, [seed], false, false);
        var wanted = Gradients.Of([z], wide.Leaves, [seed.to_type(ScalarType.Float64)], false, false);
        for (var i = 0; i < found.Length; i++)
            AssertClose(wanted[i], found[i], 1e-4, $"gradient {i}");
    }

    [Test, Combinatorial]
    public void RoundedLayersAreNear(
        [Values(1, 65, 256)] int rows, [ValueSource(nameof(s_widths))] int[] widths, [Values] bool few)
    {
        using var scope = torch.NewDisposeScope();
        Stack rounded = Stack.Draw(rows, widths, ScalarType.Float32), wide = Stack.Draw(rows, widths, ScalarType.Float64);
        Tensor y = rounded.Run(inner: true), z = wide.Run();
        Assert.That(Distance(z, y), Is.LessThan(0.03));
        var seed = Seed(rows, widths[^1], few);
        var found = Gradients.Of([y], rounded.Leaves, [seed], false, false);
        var wanted = Gradients.Of([z], wide.Leaves, [seed.to_type(ScalarType.Float64)], false, false);
        for (var i = 0; i < found.Length; i++)
        {
            Assert.That(found[i].dtype, Is.EqualTo(ScalarType.Float32));
            Assert.That(Distance(wanted[i], found[i]), Is.LessThan(0.15), $"gradient {i}");
        }
    }

    /// <summary>Gradients not requested are not computed; requested ones are unaffected.</summary>
    [Test]
    public void AnyOfTheGradientsCanBeAskedFor([ValueSource(nameof(s_widths))] int[] widths)
    {
        using var scope = torch.NewDisposeScope();
        var stack = Stack.Draw(40, widths, ScalarType.Float32);
        var seed = Seed(40, widths[^1], few: true);
        var all = Gradients.Of([stack.Run()], stack.Leaves, [seed], false, false);
        for (var i = 0; i < all.Length; i++)
        {
            var only = stack.Leaves.Select((x, k) => k == i ? x : x.detach()).ToArray();
            var y = DenseLayers.Stack(only[0], [.. only.Skip(1).Where((_, k) => k % 2 == 0)], [.. only.Skip(1).Where((_, k) => k % 2 == 1)], new bool[widths.Length - 1]);
            var found = (Gradients.Of([y], [only[i]], [seed], false, false)[0]).ToFloats();
            // Rows without a gradient are left out of that of the input alone, so that sums have another order.
            Assert.That(found, Is.EqualTo(all[i].ToFloats()).Within(i == 0 ? 1e-5f : 0), $"gradient {i}");
        }
    }

    [TestCase(1)]
    [TestCase(3)]
    public void ARecordIsOptionalAndChangesNothing(int outputs)
    {
        using var scope = torch.NewDisposeScope();
        var stack = Stack.Draw(30, [6, 20, 20, outputs], ScalarType.Float32);
        var before = stack.Leaves.Select(TensorMemory.ToFloats).ToArray();
        var recorded = stack.Run().ToFloats();
        using (torch.no_grad())
            Assert.That(stack.Run().ToFloats(), Is.EqualTo(recorded));
        _ = Gradients.Of([stack.Run()], stack.Leaves, [Seed(30, outputs, few: false)], false, false);
        Assert.That(stack.Leaves.Select(TensorMemory.ToFloats), Is.EqualTo(before));
    }

    [Test, Combinatorial]
    public void NaNIsNotCutAway([Values(1, 2)] int outputs, [Values] bool rounded)
    {
        using var scope = torch.NewDisposeScope();
        var stack = Stack.Draw(2, [2, 4, 4, outputs], ScalarType.Float32);
        var x = TensorMemory.FromFloats([float.NaN, 1f, 1f, 1f], [2, 2]);
        var y = (stack with { X = x }).Run(inner: rounded).ToFloats();
        Assert.That(y[0], Is.NaN);
        Assert.That(y[^1], Is.Not.NaN);
    }

    [Test]
    public void ASecondDerivativeIsThatOfPlainLayers()
    {
        using var scope = torch.NewDisposeScope();
        Stack stack = Stack.Draw(9, [4, 6, 3], ScalarType.Float32), plain = Stack.Draw(9, [4, 6, 3], ScalarType.Float64);
        Tensor Layer(Tensor x, int i) => Products.MatMul(x, plain.Weights[i]).add(plain.Biases[i]);
        var wanted = Twice(Layer(Layer(plain.X, 0).relu(), 1), plain.Leaves);
        var found = Twice(stack.Run(), stack.Leaves);
        for (var i = 0; i < found.Length; i++)
            AssertClose(wanted[i], found[i], 1e-4, $"gradient {i}");

        static Tensor[] Twice(Tensor y, Tensor[] leaves) =>
            Gradients.Of([Gradients.Of([y.square().sum()], leaves, [], true, true).Select(g => g.square().sum()).Aggregate(Scalars.Add)], leaves, [], false, false);
    }

    [Test]
    public void AWrongShapeIsRefused()
    {
        using var scope = torch.NewDisposeScope();
        Tensor Zeros(params long[] shape) => torch.zeros(shape, ScalarType.Float32, Libtorch.Cpu);
        void Run(Tensor x, Tensor[] weights, Tensor[] biases) => DenseLayers.Stack(x, weights, biases, new bool[weights.Length]);
        Assert.Throws<ExternalException>(() => Run(Zeros(2, 3), [Zeros(4, 3)], [Zeros(3)]));
        Assert.Throws<ExternalException>(() => Run(Zeros(2, 3), [Zeros(3, 4), Zeros(3, 4)], [Zeros(4), Zeros(4)]));
        Assert.Throws<ExternalException>(() => Run(Zeros(2, 3), [Zeros(3, 4)], [Zeros(3)]));
        Assert.Throws<ArgumentException>(() => Run(Zeros(2, 3), [], []));
        Assert.Throws<ArgumentException>(() => Run(Zeros(2, 3), [Zeros(3, 4)], []));
    }

    /// <summary>Of all rows, or of a third of them.</summary>
    private static Tensor Seed(int rows, int outputs, bool few)
    {
        var seed = Drawn.Normal(77, [rows, outputs]);
        var bound = torch.full([1], few ? 0.43 : -10.0, ScalarType.Float32, Libtorch.Cpu);
        var alive = Drawn.Normal(78, [rows, 1]).gt(bound);
        return seed.mul(alive.to_type(ScalarType.Float32));
    }

    /// <summary>Relative, in the Euclidean norm: near 0 a rounded unit may be on where the exact one is off.</summary>
    private static double Distance(Tensor wanted, Tensor found)
    {
        double[] w = wanted.ToDoubles(), f = found.ToDoubles();
        return Math.Sqrt(w.Zip(f, (a, b) => (a - b) * (a - b)).Sum() / Math.Max(w.Sum(a => a * a), 1e-30));
    }

    /// <summary>Relative to the largest number.</summary>
    private static void AssertClose(Tensor wanted, Tensor found, double tolerance, string what)
    {
        double[] w = wanted.ToDoubles(), f = found.ToDoubles();
        Assert.That(f, Is.EqualTo(w).Within(tolerance * (1.0 + w.Max(Math.Abs))), what);
    }
}
