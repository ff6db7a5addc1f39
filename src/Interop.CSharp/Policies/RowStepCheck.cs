using System.Globalization;
using MtrlFunctional.Networks;
using Layer = MtrlFunctional.Networks.RowLayer;

namespace MtrlFunctional.Policies;

/// <summary>Sizes of steps on rows: of those in files of unknown origin, too.</summary>
internal static class RowStepCheck
{
    /// <summary>Longest row that is computed: 64 MiB of numbers, where the largest image has 63,504.</summary>
    private const long Longest = 1 << 24;

    /// <summary>The width of the last row; or what is wrong with a step.</summary>
    /// <param name="steps">From an observation on.</param>
    /// <param name="inputs">Numbers of an observation.</param>
    /// <param name="tasks">Tasks of the policy.</param>
    internal static (int Width, string? Fault) Outputs(IEnumerable<RowStep> steps, int inputs, int tasks)
    {
        List<int> rows = [inputs];
        foreach (var (i, step) in steps.Index())
        {
            if (step.Back.IsEmpty)
                return (0, $"layer {i} reads no row");
            if (step.Back.Any(back => back < 1 || back > rows.Count))
                return (0, $"layer {i} reads a row before the observation");
            int[] read = [.. step.Back.Select(back => rows[^back])];
            if ((Sets(step.Layer, tasks) ?? Count(step.Layer, read.Length) ?? Sizes(step.Layer, read)) is { } fault)
                return (0, $"layer {i} {fault}");
            var width = RowLayerModule.Width(read, step.Layer);
            if (width > Longest)
                return (0, string.Create(CultureInfo.InvariantCulture, $"layer {i} has {width} numbers, more than {Longest}"));
            rows.Add((int)width);
        }

        return (rows[^1], null);
    }

    private static string? Sets(Layer layer, int tasks) =>
        RowLayerModule.Numbers(layer).FirstOrDefault(numbers => numbers.Sets != 1 && numbers.Sets != tasks) is { } wrong
            ? Differs("tasks", wrong.Sets, tasks)
            : null;

    private static string? Count(Layer layer, int count) => layer switch
    {
        Layer.Sum { Weights: var weights } => Unless(weights.Length == count, "rows", count, weights.Length),
        Layer.Product => Unless(count == 2, "rows", count, 2),
        { IsJoin: true } => null,
        _ => Unless(count == 1, "rows", count, 1),
    };

    /// <summary>What is wrong with the sizes of a layer for inputs of these widths; null: nothing.</summary>
    private static string? Sizes(Layer layer, int[] widths)
    {
        var width = widths[0];
        return layer switch
        {
            Layer.Dense { Item: var d } when Rank(d.Weight) != 2 => Differs("sizes of weights", Rank(d.Weight), 2),
            Layer.Dense { Item: var d } =>
                Unless(d.Inputs == width, "inputs", d.Inputs, width) ?? AtLeastOne("units", d.Units) ?? Vector(d.Bias, d.Units),
            Layer.Convolve { Item: var c } when Rank(c.Weight) != 4 => Differs("sizes of filters", Rank(c.Weight), 4),
            Layer.Convolve { Item: var c } =>
                Unless(c.Size > 0 && c.Size == c.Weight.Shape[3], "columns of filters", c.Weight.Shape[3], c.Size)
                ?? Unless(c.Stride > 0 && c.Side >= c.Size && c.Filters > 0, "pixels in a row", c.Side, c.Size)
                ?? Unless((long)c.Channels * c.Side * c.Side == width, "pixels", (long)c.Channels * c.Side * c.Side, width)
                ?? Vector(c.Bias, c.Filters),
            Layer.Normalise n => Vector(n.Gain, width) ?? Vector(n.Shift, width),
            Layer.Standardise s when Rank(s.Mean) != 1 => Differs("sizes of means", Rank(s.Mean), 1),
            Layer.Standardise s => Unless(s.Mean.Shape.Head <= width, "features", s.Mean.Shape.Head, width)
                ?? (s.Bound > 0 ? null : "has a bound that is not positive")
                ?? Vector(s.Deviation, s.Mean.Shape.Head),
            Layer.AppendTask { Numbers: var n } => Unless(Rank(n) == 1, "sizes of numbers", Rank(n), 1),
            Layer.ScaleTask s => Scale(s.Scale, width) ?? Scale(s.Shift, width),
            Layer.Blend { Numbers: var n } when Rank(n) != 1 => Differs("sizes of numbers", Rank(n), 1),
            Layer.Blend { Numbers: var n } => Parts(width, n.Shape.Head),
            Layer.Orthonormalise { Vectors: var vectors } => Parts(width, vectors),
            Layer.Softmax { Size: var size } => Parts(width, size),
            Layer.Sum => widths.Select(other => Unless(other == width, "features", other, width)).FirstOrDefault(fault => fault is not null),
            Layer.Product { Inner: var inner } => Parts(width, inner) ?? Parts(widths[1], inner),
            Layer.Keep { Count: var count } => Unless(count > 0 && count <= width, "kept features", count, width),
            _ => null,
        };
    }

    private static int Rank(RowNumbers numbers) => numbers.Shape.Length;

    private static string? Vector(RowNumbers numbers, int size) =>
        Unless(Rank(numbers) == 1 && numbers.Shape.Head == size, "numbers", numbers.Values.Length / numbers.Sets, size);

    private static string? Scale(RowNumbers numbers, int width) => Rank(numbers) == 0 ? null : Vector(numbers, width);

    private static string? Parts(int width, int parts) =>
        Unless(parts > 0 && width % parts == 0, "features", width, parts);

    private static string? AtLeastOne(string what, long has) =>
        has > 0 ? null : string.Create(CultureInfo.InvariantCulture, $"has {has} {what}, where at least 1 is needed");

    private static string? Unless(bool isRight, string what, long has, long needs) => isRight ? null : Differs(what, has, needs);

    private static string Differs(string what, long has, long needs) =>
        string.Create(CultureInfo.InvariantCulture, $"has {has} {what}, where {needs} are needed");
}
