using System.Runtime.InteropServices;
using MtrlFunctional.Tensors;
using NUnit.Framework;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>
/// Stacks of convolutions against the same layers of libtorch one by one, in double precision: in float32 stacks are
/// kernels of their own.
/// </summary>
[TestFixture]
public sealed class ConvolutionStackTests
{
    private const int Rows = 3;

    /// <summary>Channels of the frame, filters, layers, and rows of the small images: results of a row fill tiles of 14
    /// pixels and vectors of 16 channels, or leave some of their lanes empty.</summary>
    private static readonly int[][] s_sizes =
        [[9, 32, 4, 5], [1, 1, 1, 1], [3, 16, 2, 13], [2, 5, 3, 14], [17, 40, 2, 15], [9, 32, 4, 35], [4, 64, 2, 7], [9, 33, 1, 29]];

    private sealed record Stack(bool Transposed, Tensor X, Tensor[] Weights, Tensor[] Biases)
    {
        internal Tensor[] Parameters => [.. Weights.Zip(Biases, (w, b) => new[] { w, b }).SelectMany(pair => pair)];

        /// <summary>Of frames the parameters only: bytes have no gradient.</summary>
        internal Tensor[] Leaves => Transposed ? [X, .. Parameters] : Parameters;

        /// <summary>Numbers drawn in single precision, so that they are the same in double.</summary>
        internal static Stack Draw(bool transposed, int[] sizes, Numeric numeric, int rows = Rows)
        {
            var (channels, filters, layers, small) = (sizes[0], sizes[1], sizes[2], sizes[3]);
            var seed = 1UL;
            Tensor New(double size, params long[] shape) =>
                Ops.Leaf(Ops.ToType(Ops.MulScalar(Ops.Normal(seed++, shape, Numeric.Float32, Ops.Cpu), size), numeric));
            // The outer layer is the first of a stack and the last of a transposed one.
            var big = Enumerable.Range(0, layers).Select(i => i == (transposed ? layers - 1 : 0) ? channels : filters).ToArray();
            var side = 2 * (small + (2 * (layers - 1))) + 2;
            var x = transposed
                ? New(1, rows, filters * small * small)
                : Ops.ToType(Ops.Uniform(seed++, 0, 256, [rows, channels * side * side], Numeric.Float32, Ops.Cpu), Numeric.Byte);
            return new Stack(
                transposed, x, Array.ConvertAll(big, b => New(Math.Sqrt(2.0 / (9 * b)), filters, b, 3, 3)),
                Array.ConvertAll(big, b => New(0.3, transposed ? b : filters)));
        }

        internal Tensor Run() =>
            Transposed ? Ops.DeconvolutionStack(X, Weights, Biases) : Ops.ConvolutionStack(X, 255, Weights, Biases);

        internal Tensor RunLayers()
        {
            var (rows, channels) = (Ops.Size(X, 0), Ops.Size(Weights[0], Transposed ? 0 : 1));
            var side = (long)Math.Round(Math.Sqrt(Ops.Size(X, 1) / (double)channels));
            var h = Transposed ? X : Ops.DivScalar(Ops.ToType(X, Ops.NumericOf(Weights[0])), 255);
            h = Ops.Reshape(h, [rows, channels, side, side]);
            for (var i = 0; i < Weights.Length; i++)
            {
                var last = i == Weights.Length - 1;
                h = Transposed
                    ? Ops.ConvolveTransposed(h, Weights[i], Biases[i], last ? 2 : 1, last ? 1 : 0, relu: !last)
                    : Ops.Convolve(h, Weights[i], Biases[i], i == 0 ? 2 : 1, relu: true);
            }

            return Ops.Reshape(h, [rows, -1]);
        }
    }

    private static Tensor Seed(Tensor y) => Ops.Normal(99, Ops.Shape(y), Numeric.Float32, Ops.Cpu);

    private static void AssertClose(Tensor wanted, Tensor found, double tolerance, string name)
    {
        Assert.That(Ops.Shape(found), Is.EqualTo(Ops.Shape(wanted)), name);
        var difference = Ops.Norm(Ops.Sub(Ops.ToType(found, Numeric.Float64), Ops.ToType(wanted, Numeric.Float64)));
        Assert.That(Ops.Item(difference), Is.LessThanOrEqualTo(tolerance * (1e-9 + Ops.Item(Ops.Norm(wanted)))), name);
    }

    [Test, Combinatorial]
    public void EqualsTheLayersInDoublePrecision([Values] bool transposed, [ValueSource(nameof(s_sizes))] int[] sizes)
    {
        using var scope = Ops.Scope();
        Stack single = Stack.Draw(transposed, sizes, Numeric.Float32), wide = Stack.Draw(transposed, sizes, Numeric.Float64);
        Tensor y = single.Run(), z = wide.RunLayers();
        Assert.That(Ops.NumericOf(y), Is.EqualTo(Numeric.Float32));
        AssertClose(z, y, 1e-5, "result");
        var seed = Seed(y);
        var found = Ops.GradWeighted(y, seed, single.Leaves);
        var wanted = Ops.GradWeighted(z, Ops.ToType(seed, Numeric.Float64), wide.Leaves);
        for (var i = 0; i < found.Length; i++)
            AssertClose(wanted[i], found[i], 1e-4, $"gradient {i}");
    }

    /// <summary>Without gradients nothing is saved, and all images use the same memory.</summary>
    [Test, Combinatorial]
    public void TheResultIsTheSameWithAndWithoutARecord([Values] bool transposed, [ValueSource(nameof(s_sizes))] int[] sizes)
    {
        using var scope = Ops.Scope();
        var stack = Stack.Draw(transposed, sizes, Numeric.Float32);
        var recorded = Ops.ToFloats(stack.Run());
        using var constant = Ops.NoGrad();
        Assert.That(Ops.ToFloats(stack.Run()), Is.EqualTo(recorded));
    }

    [Test]
    public void FloatsHaveTheResultOfTheirBytes()
    {
        using var scope = Ops.Scope();
        var stack = Stack.Draw(false, s_sizes[0], Numeric.Float32);
        var floats = stack with { X = Ops.ToType(stack.X, Numeric.Float32) };
        Assert.That(Ops.ToFloats(floats.Run()), Is.EqualTo(Ops.ToFloats(stack.Run())));
    }

    [Test]
    public void RowsAreIndependent([Values] bool transposed)
    {
        WideKernels.Assume();
        using var scope = Ops.Scope();
        var stack = Stack.Draw(transposed, s_sizes[0], Numeric.Float32);
        var second = stack with { X = Ops.Narrow(stack.X, 0, 1, 1) };
        Assert.That(Ops.ToFloats(second.Run()), Is.EqualTo(Ops.ToFloats(Ops.Narrow(stack.Run(), 0, 1, 1))));
    }

    [Test]
    public void ThreadsShareTheImages([Values] bool transposed)
    {
        WideKernels.Assume();
        using var scope = Ops.Scope();
        var stack = Stack.Draw(transposed, s_sizes[0], Numeric.Float32, rows: 7);
        var alone = stack.Run();
        var seed = Seed(alone);
        var wanted = Ops.GradWeighted(alone, seed, stack.Leaves);
        try
        {
            Ops.SetThreads(3);
            var shared = stack.Run();
            Assert.That(Ops.ToFloats(shared), Is.EqualTo(Ops.ToFloats(alone)));
            var found = Ops.GradWeighted(shared, seed, stack.Leaves);
            for (var i = 0; i < found.Length; i++)
                AssertClose(wanted[i], found[i], 1e-5, $"gradient {i}");
        }
        finally
        {
            Ops.SetThreads(1);
        }
    }

    /// <summary>Gradients not requested are not computed; requested ones are unaffected.</summary>
    [Test]
    public void AnyOfTheGradientsCanBeAskedFor([Values] bool transposed)
    {
        using var scope = Ops.Scope();
        var stack = Stack.Draw(transposed, s_sizes[2], Numeric.Float32);
        var seed = Seed(stack.Run());
        var all = Ops.GradWeighted(stack.Run(), seed, stack.Leaves);
        for (var i = 0; i < all.Length; i++)
        {
            Tensor Only(Tensor x) => ReferenceEquals(x, stack.Leaves[i]) ? x : Ops.Detach(x);
            var one = new Stack(
                transposed, Only(stack.X), Array.ConvertAll(stack.Weights, Only), Array.ConvertAll(stack.Biases, Only));
            Assert.That(Ops.ToFloats(Ops.GradWeighted(one.Run(), seed, [stack.Leaves[i]])[0]), Is.EqualTo(Ops.ToFloats(all[i])), $"gradient {i}");
        }
    }

    [Test]
    public void GradientsOfParametersAreAdjacent([Values] bool transposed)
    {
        WideKernels.Assume();
        using var scope = Ops.Scope();
        var stack = Stack.Draw(transposed, s_sizes[2], Numeric.Float32);
        var y = stack.Run();
        var gradients = Ops.GradWeighted(y, Seed(y), stack.Parameters);
        for (var i = 1; i < gradients.Length; i++)
            Assert.That(Ops.DataPointer(gradients[i]) - Ops.DataPointer(gradients[i - 1]), Is.EqualTo(4 * (nint)Ops.Count(gradients[i - 1])));
    }

    /// <summary>The gradient of |gradient|², for which the layers are computed once more.</summary>
    [Test]
    public void AGradientCanBeDifferentiatedAgain([Values] bool transposed)
    {
        using var scope = Ops.Scope();
        Tensor[] Second(Stack stack, Func<Stack, Tensor> run)
        {
            var first = Ops.GradGraph(Ops.Sum(Ops.Square(run(stack))), stack.Leaves);
            return Ops.Grad(first.Select(g => Ops.Sum(Ops.Square(g))).Aggregate(Ops.Add), stack.Leaves);
        }

        var found = Second(Stack.Draw(transposed, s_sizes[3], Numeric.Float32), stack => stack.Run());
        var wanted = Second(Stack.Draw(transposed, s_sizes[3], Numeric.Float64), stack => stack.RunLayers());
        for (var i = 0; i < found.Length; i++)
            AssertClose(wanted[i], found[i], 1e-4, $"gradient {i}");
    }

    [Test]
    public void ShapesThatDoNotFitAreNamed()
    {
        using var scope = Ops.Scope();
        var stack = Stack.Draw(false, s_sizes[2], Numeric.Float32);
        var wide = Ops.Zeros([Rows, 3 * 28 * 30], Numeric.Byte, Ops.Cpu);
        Assert.That(() => (stack with { X = wide }).Run(), Throws.InstanceOf<ExternalException>().With.Message.Contains("no square images of 3 channels"));
        var swapped = stack with { Weights = [stack.Weights[1], stack.Weights[0]] };
        Assert.That(() => swapped.Run(), Throws.InstanceOf<ExternalException>());
        Assert.That(() => Ops.ConvolutionStack(stack.X, 255, stack.Weights, []), Throws.ArgumentException);
    }
}
