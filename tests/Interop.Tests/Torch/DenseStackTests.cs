using System.Runtime.InteropServices;
using MtrlFunctional.Tensors;
using NUnit.Framework;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>
/// Layers in one step against the same layers one by one: in float64 they are that, in float32 and bfloat16 they
/// run on oneDNN.
/// </summary>
[TestFixture]
public sealed class DenseStackTests
{
    private static readonly int[][] s_widths = [[5, 3], [5, 7, 3], [9, 1], [6, 33, 1], [49, 40, 18, 8], [53, 48, 64, 34, 1], [3, 2, 2, 1]];

    private sealed record Stack(Tensor X, Tensor[] Weights, Tensor[] Biases)
    {
        internal Tensor[] Leaves => [X, .. Weights.Zip(Biases, (w, b) => new[] { w, b }).SelectMany(pair => pair)];

        /// <summary>Numbers drawn in single precision, so that they are the same in double.</summary>
        internal static Stack Draw(int rows, int[] widths, Numeric numeric)
        {
            var seed = 1UL;
            Tensor New(params long[] shape) =>
                Ops.Leaf(Ops.ToType(Ops.Normal(seed++, shape, Numeric.Float32, Ops.Cpu), numeric));
            var layers = Enumerable.Range(1, widths.Length - 1).ToArray();
            return new Stack(
                New(rows, widths[0]),
                Array.ConvertAll(layers, i => New(widths[i - 1], widths[i])),
                Array.ConvertAll(layers, i => New(widths[i])));
        }

        internal Tensor Run(bool inner = false) =>
            Ops.DenseStack(X, Weights, Biases, [.. Weights.Select((_, i) => inner && i > 0 && i < Weights.Length - 1)]);
    }

    [Test, Combinatorial]
    public void EqualsDoublePrecisionAtEverySize(
        [Values(1, 7, 16, 65, 131)] int rows, [ValueSource(nameof(s_widths))] int[] widths, [Values] bool few)
    {
        using var scope = Ops.Scope();
        Stack single = Stack.Draw(rows, widths, Numeric.Float32), wide = Stack.Draw(rows, widths, Numeric.Float64);
        Tensor y = single.Run(), z = wide.Run();
        AssertClose(z, y, 1e-4, "result");
        var seed = Seed(rows, widths[^1], few);
        var found = Ops.GradWeighted(y, seed, single.Leaves);
        var wanted = Ops.GradWeighted(z, Ops.ToType(seed, Numeric.Float64), wide.Leaves);
        for (var i = 0; i < found.Length; i++)
            AssertClose(wanted[i], found[i], 1e-4, $"gradient {i}");
    }

    [Test, Combinatorial]
    public void RoundedLayersAreNear(
        [Values(1, 65, 256)] int rows, [ValueSource(nameof(s_widths))] int[] widths, [Values] bool few)
    {
        using var scope = Ops.Scope();
        Stack rounded = Stack.Draw(rows, widths, Numeric.Float32), wide = Stack.Draw(rows, widths, Numeric.Float64);
        Tensor y = rounded.Run(inner: true), z = wide.Run();
        Assert.That(Distance(z, y), Is.LessThan(0.03));
        var seed = Seed(rows, widths[^1], few);
        var found = Ops.GradWeighted(y, seed, rounded.Leaves);
        var wanted = Ops.GradWeighted(z, Ops.ToType(seed, Numeric.Float64), wide.Leaves);
        for (var i = 0; i < found.Length; i++)
        {
            Assert.That(Ops.NumericOf(found[i]), Is.EqualTo(Numeric.Float32));
            Assert.That(Distance(wanted[i], found[i]), Is.LessThan(0.15), $"gradient {i}");
        }
    }

    /// <summary>Gradients not requested are not computed; requested ones are unaffected.</summary>
    [Test]
    public void AnyOfTheGradientsCanBeAskedFor([ValueSource(nameof(s_widths))] int[] widths)
    {
        using var scope = Ops.Scope();
        var stack = Stack.Draw(40, widths, Numeric.Float32);
        var seed = Seed(40, widths[^1], few: true);
        var all = Ops.GradWeighted(stack.Run(), seed, stack.Leaves);
        for (var i = 0; i < all.Length; i++)
        {
            var only = stack.Leaves.Select((x, k) => k == i ? x : Ops.Detach(x)).ToArray();
            var y = Ops.DenseStack(
                only[0], [.. only.Skip(1).Where((_, k) => k % 2 == 0)], [.. only.Skip(1).Where((_, k) => k % 2 == 1)],
                new bool[widths.Length - 1]);
            var found = Ops.ToFloats(Ops.GradWeighted(y, seed, [only[i]])[0]);
            // Rows without a gradient are left out of that of the input alone, so that sums have another order.
            Assert.That(found, Is.EqualTo(Ops.ToFloats(all[i])).Within(i == 0 ? 1e-5f : 0), $"gradient {i}");
        }
    }

    [TestCase(1)]
    [TestCase(3)]
    public void ARecordIsOptionalAndChangesNothing(int outputs)
    {
        using var scope = Ops.Scope();
        var stack = Stack.Draw(30, [6, 20, 20, outputs], Numeric.Float32);
        var before = stack.Leaves.Select(Ops.ToFloats).ToArray();
        var recorded = Ops.ToFloats(stack.Run());
        using (Ops.NoGrad())
            Assert.That(Ops.ToFloats(stack.Run()), Is.EqualTo(recorded));
        _ = Ops.GradWeighted(stack.Run(), Seed(30, outputs, few: false), stack.Leaves);
        Assert.That(stack.Leaves.Select(Ops.ToFloats), Is.EqualTo(before));
    }

    [Test]
    public void NoGradientAtAllIsZero([ValueSource(nameof(s_widths))] int[] widths, [Values] bool inner)
    {
        using var scope = Ops.Scope();
        var stack = Stack.Draw(24, widths, Numeric.Float32);
        var zero = Ops.Zeros([24, widths[^1]], Numeric.Float32, Ops.Cpu);
        foreach (var gradient in Ops.GradWeighted(stack.Run(inner), zero, stack.Leaves))
            Assert.That(Ops.ToFloats(gradient), Is.All.Zero);
    }

    [TestCase(1)]
    [TestCase(2)]
    public void NaNIsNotCutAway(int outputs)
    {
        using var scope = Ops.Scope();
        var stack = Stack.Draw(2, [2, 4, outputs], Numeric.Float32);
        var x = Ops.FromFloats([float.NaN, 1f, 1f, 1f], [2, 2]);
        var y = Ops.ToFloats((stack with { X = x }).Run());
        Assert.That(y[0], Is.NaN);
        Assert.That(y[^1], Is.Not.NaN);
    }

    [Test]
    public void ASecondDerivativeIsThatOfPlainLayers()
    {
        using var scope = Ops.Scope();
        Stack stack = Stack.Draw(9, [4, 6, 3], Numeric.Float32), plain = Stack.Draw(9, [4, 6, 3], Numeric.Float64);
        Tensor Layer(Tensor x, int i) => Ops.Add(Ops.MatMul(x, plain.Weights[i]), plain.Biases[i]);
        var wanted = Twice(Layer(Ops.Relu(Layer(plain.X, 0)), 1), plain.Leaves);
        var found = Twice(stack.Run(), stack.Leaves);
        for (var i = 0; i < found.Length; i++)
            AssertClose(wanted[i], found[i], 1e-4, $"gradient {i}");

        static Tensor[] Twice(Tensor y, Tensor[] leaves) =>
            Ops.Grad(Ops.GradGraph(Ops.Sum(Ops.Square(y)), leaves).Select(g => Ops.Sum(Ops.Square(g))).Aggregate(Ops.Add), leaves);
    }

    [Test]
    public void ARecordCanBeKeptForASecondGradient()
    {
        using var scope = Ops.Scope();
        var stack = Stack.Draw(4, [4, 4, 1], Numeric.Float32);
        var loss = Ops.Sum(stack.Run());
        var first = Ops.GradRetained(loss, stack.Leaves).Select(Ops.ToFloats).ToArray();
        Assert.That(Ops.Grad(loss, stack.Leaves).Select(Ops.ToFloats), Is.EqualTo(first));
    }

    [Test]
    public void AWrongShapeIsRefused()
    {
        using var scope = Ops.Scope();
        Tensor Zeros(params long[] shape) => Ops.Zeros(shape, Numeric.Float32, Ops.Cpu);
        void Run(Tensor x, Tensor[] weights, Tensor[] biases) => Ops.DenseStack(x, weights, biases, new bool[weights.Length]);
        Assert.Throws<ExternalException>(() => Run(Zeros(2, 3), [Zeros(4, 3)], [Zeros(3)]));
        Assert.Throws<ExternalException>(() => Run(Zeros(2, 3), [Zeros(3, 4), Zeros(3, 4)], [Zeros(4), Zeros(4)]));
        Assert.Throws<ExternalException>(() => Run(Zeros(2, 3), [Zeros(3, 4)], [Zeros(3)]));
        Assert.Throws<ArgumentException>(() => Run(Zeros(2, 3), [], []));
        Assert.Throws<ArgumentException>(() => Run(Zeros(2, 3), [Zeros(3, 4)], []));
    }

    /// <summary>Of all rows, or of a third of them.</summary>
    private static Tensor Seed(int rows, int outputs, bool few)
    {
        var seed = Ops.Normal(77, [rows, outputs], Numeric.Float32, Ops.Cpu);
        var bound = Ops.Full([1], few ? 0.43 : -10.0, Numeric.Float32, Ops.Cpu);
        var alive = Ops.Greater(Ops.Normal(78, [rows, 1], Numeric.Float32, Ops.Cpu), bound);
        return Ops.Mul(seed, Ops.ToType(alive, Numeric.Float32));
    }

    /// <summary>Relative, in the Euclidean norm: near 0 a rounded unit may be on where the exact one is off.</summary>
    private static double Distance(Tensor wanted, Tensor found)
    {
        double[] w = Ops.ToDoubles(wanted), f = Ops.ToDoubles(found);
        return Math.Sqrt(w.Zip(f, (a, b) => (a - b) * (a - b)).Sum() / Math.Max(w.Sum(a => a * a), 1e-30));
    }

    /// <summary>Relative to the largest number.</summary>
    private static void AssertClose(Tensor wanted, Tensor found, double tolerance, string what)
    {
        double[] w = Ops.ToDoubles(wanted), f = Ops.ToDoubles(found);
        Assert.That(f, Is.EqualTo(w).Within(tolerance * (1.0 + w.Max(Math.Abs))), what);
    }
}
