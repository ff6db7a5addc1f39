using Microsoft.FSharp.Collections;
using MtrlFunctional.Networks;
using Layer = MtrlFunctional.Networks.RowLayer;

namespace MtrlFunctional.Policies;

/// <summary>Runs steps on the row of one task, in managed code, without allocation.</summary>
/// <remarks>Not thread-safe: it has buffers. Several may be made of the same steps, whose numbers they share.</remarks>
internal sealed class RowNetwork
{
    private readonly float[] _input;
    private readonly Step[] _steps;

    /// <summary>A network for rows of a given width.</summary>
    /// <param name="steps">Valid for that width (<see cref="RowStepCheck"/>).</param>
    /// <param name="inputs">Features of a row.</param>
    internal RowNetwork(FSharpList<RowStep> steps, int inputs)
    {
        List<float[]> rows = [_input = new float[inputs]];
        List<Step> all = [];
        foreach (var step in steps)
        {
            float[][] read = [.. step.Back.Select(back => rows[^back])];
            rows.Add(new float[RowLayerModule.Width(read.Select(row => row.Length), step.Layer)]);
            all.Add(new Step(step.Layer, read, rows[^1]));
        }

        (_steps, Outputs) = ([.. all], rows[^1].Length);
    }

    /// <summary>Features of a row.</summary>
    internal int Inputs => _input.Length;

    /// <summary>Numbers of the output.</summary>
    internal int Outputs { get; }

    /// <summary>The output of a row.</summary>
    /// <param name="row">[<see cref="Inputs"/>].</param>
    /// <param name="task">Its task.</param>
    /// <param name="output">[<see cref="Outputs"/>], filled.</param>
    internal void Run(ReadOnlySpan<float> row, int task, Span<float> output)
    {
        row.CopyTo(_input);
        foreach (var step in _steps)
            step.Run(task);
        (_steps.Length == 0 ? _input : _steps[^1].Output).CopyTo(output);
    }

    /// <summary>A layer with the rows that it reads and the one that it fills.</summary>
    private readonly record struct Step(Layer Layer, float[][] Inputs, float[] Output)
    {
        internal void Run(int task)
        {
            ReadOnlySpan<float> x = Inputs[0];
            Span<float> y = Output;
            switch (Layer)
            {
                case Layer.Dense { Item: var dense }:
                    RowProducts.Dense(dense, task, x, y);
                    break;
                case Layer.Convolve { Item: var convolution }:
                    RowProducts.Convolve(convolution, task, x, y);
                    break;
                case Layer.Product { Inner: var inner }:
                    RowProducts.Matrices(x, Inputs[1], inner, y);
                    break;
                case Layer.Blend { Numbers: var numbers }:
                    RowProducts.Matrices(numbers.Of(task), x, numbers.Shape.Head, y);
                    break;
                case Layer.Sum { Weights: var weights }:
                    y.Clear();
                    for (var i = 0; i < weights.Length; i++)
                        RowProducts.Add(weights[i], Inputs[i], y);
                    break;
                case Layer.Activate { Item: var activation }:
                    RowFunctions.Activate(activation, x, y);
                    break;
                case Layer.Normalise normal:
                    RowFunctions.Normalise(x, normal.Gain.Of(task), normal.Shift.Of(task), y);
                    break;
                case Layer.Standardise standard:
                    RowFunctions.Standardise(x, standard.Mean.Of(task), standard.Deviation.Of(task), standard.Bound, y);
                    break;
                case Layer.ScaleTask scale:
                    RowFunctions.Scale(x, scale.Scale.Of(task), scale.Shift.Of(task), y);
                    break;
                case Layer.Orthonormalise { Vectors: var vectors }:
                    RowFunctions.Orthonormalise(x, x.Length / vectors, y);
                    break;
                case Layer.Softmax { Size: var size }:
                    RowFunctions.Softmax(x, size, y);
                    break;
                case Layer.AppendTask { Numbers: var numbers }:
                    x.CopyTo(y);
                    numbers.Of(task).CopyTo(y[x.Length..]);
                    break;
                case Layer.Keep:
                    x[..y.Length].CopyTo(y);
                    break;
                case { IsJoin: true }:
                    foreach (var row in Inputs)
                    {
                        row.CopyTo(y);
                        y = y[row.Length..];
                    }

                    break;
                case { IsLimit: true }:
                    RowFunctions.Limit(x, 1, y);
                    break;
                default:
                    RowFunctions.Choose(x, y);
                    break;
            }
        }
    }
}
