using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.FSharp.Collections;
using MtrlFunctional.Networks;
using Layer = MtrlFunctional.Networks.RowLayer;

namespace MtrlFunctional.Policies;

/// <summary>Runs layers on the row of one task, in managed code, without allocation.</summary>
/// <remarks>Not thread-safe: it has buffers.</remarks>
internal sealed class RowNetwork
{
    private const float Epsilon = 1e-5f;
    private readonly Layer[] _layers;
    private float[] _row;
    private float[] _next;

    /// <summary>A network for rows of a given width.</summary>
    /// <param name="layers">Valid for that width (<see cref="RowLayerCheck"/>).</param>
    /// <param name="inputs">Features of a row.</param>
    internal RowNetwork(FSharpList<Layer> layers, int inputs)
    {
        (_layers, Inputs) = ([.. layers], inputs);
        var (widest, width) = (inputs, inputs);
        foreach (var layer in _layers)
        {
            width = RowLayerCheck.Width(layer, width);
            widest = Math.Max(widest, width);
        }

        Outputs = width;
        (_row, _next) = (new float[widest], new float[widest]);
    }

    /// <summary>Features of a row.</summary>
    internal int Inputs { get; }

    /// <summary>Numbers of the output.</summary>
    internal int Outputs { get; }

    /// <summary>The output of a row.</summary>
    /// <param name="row">[<see cref="Inputs"/>].</param>
    /// <param name="task">Its task.</param>
    /// <param name="output">[<see cref="Outputs"/>], filled.</param>
    internal void Run(ReadOnlySpan<float> row, int task, Span<float> output)
    {
        row.CopyTo(_row);
        var width = Inputs;
        foreach (var layer in _layers)
            width = Apply(layer, task, width);
        _row.AsSpan(0, width).CopyTo(output);
    }

    /// <summary>Applies a layer to the first numbers of the row.</summary>
    /// <returns>Numbers of its output.</returns>
    private int Apply(Layer layer, int task, int width)
    {
        var x = _row.AsSpan(0, width);
        switch (layer)
        {
            case Layer.Dense { Item: var dense }:
                Multiply(dense, task, x, _next.AsSpan(0, dense.Units));
                (_row, _next) = (_next, _row);
                return dense.Units;
            case Layer.Activate { Item.IsRelu: true }:
                foreach (ref var number in x)
                    number = MathF.Max(0, number);
                return width;
            case Layer.Activate:
                foreach (ref var number in x)
                    number = MathF.Tanh(number);
                return width;
            case Layer.Normalise normal:
                Normalise(x, normal.Gain, normal.Shift);
                return width;
            case Layer.Standardise standard:
                for (var i = 0; i < standard.Mean.Length; i++)
                    x[i] = Math.Clamp((x[i] - standard.Mean[i]) / standard.Deviation[i], -standard.Bound, standard.Bound);
                return width;
            case Layer.AppendTask append:
                append.Numbers.AsSpan(task * append.Width, append.Width).CopyTo(_row.AsSpan(width));
                return width + append.Width;
            case Layer.ScaleTask scale:
                foreach (ref var number in x)
                    number = (number * scale.Scale[task]) + scale.Shift[task];
                return width;
            case Layer.Keep { Count: var count }:
                return count;
            case { IsLimit: true }:
                foreach (ref var number in x)
                    number = Math.Clamp(number, -1f, 1f);
                return width;
            default:
                Choose(x);
                return width;
        }
    }

    private static void Choose(Span<float> x)
    {
        var best = 0;
        for (var i = 1; i < x.Length; i++)
            if (x[i] > x[best])
                best = i;
        x.Clear();
        x[best] = 1;
    }

    private static void Normalise(Span<float> x, float[] gain, float[] shift)
    {
        double sum = 0, squares = 0;
        foreach (var number in x)
            sum += number;
        var mean = sum / x.Length;
        foreach (var number in x)
            squares += (number - mean) * (number - mean);
        var scale = 1 / Math.Sqrt((squares / x.Length) + Epsilon);
        for (var i = 0; i < x.Length; i++)
            x[i] = ((float)((x[i] - mean) * scale) * gain[i]) + shift[i];
    }

    /// <summary>y = x W + b, a row of W at a time.</summary>
    private static void Multiply(DenseRows dense, int task, ReadOnlySpan<float> x, Span<float> y)
    {
        var (inputs, units) = (dense.Inputs, dense.Units);
        var set = dense.Bias.Length == units ? 0 : task;
        dense.Bias.AsSpan(set * units, units).CopyTo(y);
        var weight = dense.Weight.AsSpan(set * inputs * units, inputs * units);
        for (var i = 0; i < inputs; i++)
        {
            var number = dense.IsRounded ? Rounded(x[i]) : x[i];

            // Behind a ReLU about half of them are.
            if (number != 0)
                Add(number, weight.Slice(i * units, units), y);
        }
    }

    /// <summary>y += factor · row.</summary>
    private static void Add(float factor, ReadOnlySpan<float> row, Span<float> y)
    {
        var rows = MemoryMarshal.Cast<float, Vector<float>>(row);
        var sums = MemoryMarshal.Cast<float, Vector<float>>(y);
        var factors = new Vector<float>(factor);
        for (var i = 0; i < sums.Length; i++)
            sums[i] = Vector.FusedMultiplyAdd(factors, rows[i], sums[i]);
        for (var i = sums.Length * Vector<float>.Count; i < y.Length; i++)
            y[i] = MathF.FusedMultiplyAdd(factor, row[i], y[i]);
    }

    /// <summary>To bfloat16 and back: to the nearest, ties to even.</summary>
    private static float Rounded(float x)
    {
        var bits = BitConverter.SingleToUInt32Bits(x);
        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
    }
}
