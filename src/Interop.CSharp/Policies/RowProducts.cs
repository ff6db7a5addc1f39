using System.Numerics;
using System.Runtime.InteropServices;
using MtrlFunctional.Networks;

namespace MtrlFunctional.Policies;

/// <summary>Layers on one row that are products with their numbers, or of two rows.</summary>
internal static class RowProducts
{
    /// <summary>y = x W + b, a row of W at a time.</summary>
    internal static void Dense(DenseRows dense, int task, ReadOnlySpan<float> x, Span<float> y)
    {
        var weight = dense.Weight.Of(task);
        var units = y.Length;
        dense.Bias.Of(task).CopyTo(y);
        for (var i = 0; i < x.Length; i++)
        {
            // Behind a ReLU about half of them are.
            if (x[i] != 0)
                Add(x[i], weight.Slice(i * units, units), y);
        }
    }

    /// <summary>y = a b of matrices [n, inner] and [inner, m], row-major.</summary>
    internal static void Matrices(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int inner, Span<float> y)
    {
        var width = b.Length / inner;
        y.Clear();
        for (var i = 0; i < a.Length; i++)
            Add(a[i], b.Slice(i % inner * width, width), y.Slice(i / inner * width, width));
    }

    /// <summary>A convolution with a ReLU, a row of the image and an entry of a filter at a time.</summary>
    internal static void Convolve(ConvolutionRows layer, int task, ReadOnlySpan<float> x, Span<float> y)
    {
        var (side, size, stride, outputs) = (layer.Side, layer.Size, layer.Stride, layer.OutputSide);
        var weight = layer.Weight.Of(task);
        var bias = layer.Bias.Of(task);
        Span<float> read = stackalloc float[outputs];
        for (var filter = 0; filter < layer.Filters; filter++)
            y.Slice(filter * outputs * outputs, outputs * outputs).Fill(bias[filter]);
        for (var channel = 0; channel < layer.Channels; channel++)
            for (var row = 0; row < outputs; row++)
                for (var k = 0; k < size * size; k++)
                {
                    var from = (((channel * side) + (row * stride) + (k / size)) * side) + (k % size);
                    for (var i = 0; i < outputs; i++)
                        read[i] = x[from + (i * stride)] / layer.Divisor;
                    for (var filter = 0; filter < layer.Filters; filter++)
                        Add(
                            weight[(((filter * layer.Channels) + channel) * size * size) + k], read,
                            y.Slice(((filter * outputs) + row) * outputs, outputs));
                }

        RowFunctions.Activate(Activation.Relu, y, y);
    }

    /// <summary>y += factor · row.</summary>
    internal static void Add(float factor, ReadOnlySpan<float> row, Span<float> y)
    {
        var rows = MemoryMarshal.Cast<float, Vector<float>>(row);
        var sums = MemoryMarshal.Cast<float, Vector<float>>(y);
        var factors = new Vector<float>(factor);
        for (var i = 0; i < sums.Length; i++)
            sums[i] = Vector.FusedMultiplyAdd(factors, rows[i], sums[i]);
        for (var i = sums.Length * Vector<float>.Count; i < y.Length; i++)
            y[i] = MathF.FusedMultiplyAdd(factor, row[i], y[i]);
    }
}
