using MtrlFunctional.Tensors;
using NUnit.Framework;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>Convolutions against the sums of their definition, by loops over numbers in double precision.</summary>
[TestFixture]
public sealed class ConvolutionTests
{
    private const int Filter = 3;

    /// <summary>[images, channels, height, width], row-major.</summary>
    private sealed record Images(double[] Numbers, int Count, int Channels, int Height, int Width)
    {
        internal ref double this[int n, int c, int i, int j] => ref Numbers[(((n * Channels + c) * Height + i) * Width) + j];

        internal static Images Empty(int count, int channels, int height, int width) =>
            new(new double[count * channels * height * width], count, channels, height, width);

        internal static Images Of(Tensor x)
        {
            var s = Array.ConvertAll(Ops.Shape(x), size => (int)size);
            return new Images(Ops.ToDoubles(x), s[0], s[1], s[2], s[3]);
        }
    }

    /// <summary>Calls <paramref name="visit"/> with (image, input channel, output channel, row, column) of the smaller
    /// image and (row, column) of the filter.</summary>
    private static void Everywhere(Images small, int inputs, int outputs, Action<int, int, int, int, int, int, int> visit)
    {
        for (var n = 0; n < small.Count; n++)
            for (var c = 0; c < inputs; c++)
                for (var o = 0; o < outputs; o++)
                    for (var i = 0; i < small.Height; i++)
                        for (var j = 0; j < small.Width; j++)
                            for (var p = 0; p < Filter; p++)
                                for (var q = 0; q < Filter; q++)
                                    visit(n, c, o, i, j, p, q);
    }

    private static double[] Finished(Images y, double[] bias, bool relu)
    {
        var area = y.Height * y.Width;
        return [.. y.Numbers.Select((sum, k) =>
        {
            var value = sum + bias[k / area % y.Channels];
            return relu ? Math.Max(value, 0) : value;
        })];
    }

    private static Tensor Draw(ulong seed, Numeric numeric, params long[] shape) =>
        Ops.ToType(Ops.Normal(seed, shape, Numeric.Float32, Ops.Cpu), numeric);

    private static void AssertNear(Tensor found, double[] wanted, Numeric numeric) =>
        Assert.That(Ops.ToDoubles(found), Is.EqualTo(wanted).Within(numeric == Numeric.Float64 ? 1e-12 : 1e-4));

    [Test, Combinatorial]
    public void AConvolutionIsTheSumOfItsDefinition(
        [Values(1, 2)] int stride, [Values] bool relu, [Values(1, 3, 9)] int inputs, [Values(1, 5, 32, 40)] int outputs,
        [Values(Numeric.Float32, Numeric.Float64)] Numeric numeric)
    {
        using var scope = Ops.Scope();
        Tensor x = Draw(1, numeric, 2, inputs, 8, 21), w = Draw(2, numeric, outputs, inputs, Filter, Filter), b = Draw(3, numeric, outputs);
        var y = Ops.Convolve(x, w, b, stride, relu);

        Images image = Images.Of(x), weight = Images.Of(w), wanted = Images.Empty(2, outputs, (8 - Filter) / stride + 1, (21 - Filter) / stride + 1);
        Everywhere(wanted, inputs, outputs, (n, c, o, i, j, p, q) =>
            wanted[n, o, i, j] += weight[o, c, p, q] * image[n, c, stride * i + p, stride * j + q]);
        Assert.That(Ops.Shape(y), Is.EqualTo(new long[] { 2, outputs, wanted.Height, wanted.Width }));
        AssertNear(y, Finished(wanted, Ops.ToDoubles(b), relu), numeric);
    }

    [Test, Combinatorial]
    public void ATransposedConvolutionIsTheSumOfItsDefinition(
        [Values(1, 2)] int stride, [Values] bool relu, [Values(1, 3, 32)] int inputs, [Values(1, 9, 40)] int outputs,
        [Values(Numeric.Float32, Numeric.Float64)] Numeric numeric)
    {
        using var scope = Ops.Scope();
        Tensor x = Draw(1, numeric, 2, inputs, 5, 18), w = Draw(2, numeric, inputs, outputs, Filter, Filter), b = Draw(3, numeric, outputs);
        var y = Ops.ConvolveTransposed(x, w, b, stride, stride - 1, relu);

        Images image = Images.Of(x), weight = Images.Of(w);
        var wanted = Images.Empty(2, outputs, 4 * stride + Filter + stride - 1, 17 * stride + Filter + stride - 1);
        Everywhere(image, inputs, outputs, (n, c, o, i, j, p, q) =>
            wanted[n, o, stride * i + p, stride * j + q] += weight[c, o, p, q] * image[n, c, i, j]);
        Assert.That(Ops.Shape(y), Is.EqualTo(new long[] { 2, outputs, wanted.Height, wanted.Width }));
        AssertNear(y, Finished(wanted, Ops.ToDoubles(b), relu), numeric);
    }

    /// <summary>⟨convolve(x), y⟩ = ⟨x, convolve-transposed(y)⟩ with the same weight: two linear maps, one the transpose
    /// of the other.</summary>
    [Test, Combinatorial]
    public void TheTransposedMapIsTheTranspose([Values(1, 2)] int stride, [Values(7, 8)] int height)
    {
        using var scope = Ops.Scope();
        Tensor x = Draw(1, Numeric.Float64, 2, 3, height, 9), w = Draw(2, Numeric.Float64, 4, 3, Filter, Filter);
        Tensor Zeros(long count) => Ops.Zeros([count], Numeric.Float64, Ops.Cpu);
        var image = Ops.Convolve(x, w, Zeros(4), stride, relu: false);
        var y = Ops.Normal(3, Ops.Shape(image), Numeric.Float64, Ops.Cpu);
        // Width 9 is restored for both strides; an even height by stride 2 lacks a row, which no output reads.
        var back = Ops.ConvolveTransposed(y, w, Zeros(3), stride, 0, relu: false);
        var read = Ops.Narrow(x, 2, 0, Ops.Size(back, 2));
        Assert.That(
            Ops.Item(Ops.Sum(Ops.Mul(image, y))), Is.EqualTo(Ops.Item(Ops.Sum(Ops.Mul(read, back)))).Within(1e-10));
    }

    [Test]
    public void ShapesThatDoNotFitAreNamed()
    {
        using var scope = Ops.Scope();
        Tensor x = Draw(1, Numeric.Float32, 1, 3, 8, 8), w = Draw(2, Numeric.Float32, 5, 4, Filter, Filter), b = Draw(3, Numeric.Float32, 5);
        Assert.That(
            () => Ops.Convolve(x, w, b, 1, relu: false),
            Throws.InstanceOf<System.Runtime.InteropServices.ExternalException>().With.Message.Contains("channels"));
    }
}
