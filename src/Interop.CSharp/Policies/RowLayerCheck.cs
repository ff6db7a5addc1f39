using System.Globalization;
using Layer = MtrlFunctional.Networks.RowLayer;

namespace MtrlFunctional.Policies;

/// <summary>Sizes of layers on rows: of those in files of unknown origin, too.</summary>
internal static class RowLayerCheck
{
    /// <summary>Numbers of a layer's output.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="width">Numbers of its input.</param>
    internal static int Width(Layer layer, int width) => layer switch
    {
        Layer.Dense { Item: var dense } => dense.Units,
        Layer.AppendTask append => width + append.Width,
        Layer.Keep keep => keep.Count,
        _ => width,
    };

    /// <summary>What is wrong with a layer for an input; null: nothing.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="width">Numbers of its input.</param>
    /// <param name="tasks">Tasks of the policy.</param>
    internal static string? Fault(Layer layer, int width, int tasks) => layer switch
    {
        Layer.Dense { Item: var d } when d.Inputs != width => Differs("inputs", d.Inputs, width),
        Layer.Dense { Item: var d } when d.Units < 1 => "has no units",
        Layer.Dense { Item: var d } when d.Bias.Length != d.Units && d.Bias.Length != (long)d.Units * tasks =>
            Differs("biases", d.Bias.Length, d.Units),
        Layer.Dense { Item: var d } when d.Weight.LongLength != (long)d.Inputs * d.Bias.Length =>
            Differs("weights", d.Weight.Length, (long)d.Inputs * d.Bias.Length),
        Layer.Normalise n when n.Gain.Length != width || n.Shift.Length != width => Differs("features", n.Gain.Length, width),
        Layer.Standardise s when s.Mean.Length > width || s.Mean.Length != s.Deviation.Length =>
            Differs("features", s.Mean.Length, width),
        Layer.AppendTask a when a.Width < 1 || a.Numbers.LongLength != (long)a.Width * tasks =>
            Differs("numbers", a.Numbers.Length, (long)a.Width * tasks),
        Layer.ScaleTask s when s.Scale.Length != tasks || s.Shift.Length != tasks => Differs("tasks", s.Scale.Length, tasks),
        Layer.Keep k when k.Count < 1 || k.Count > width => Differs("kept features", k.Count, width),
        _ => null,
    };

    private static string Differs(string what, int has, long needs) =>
        string.Create(CultureInfo.InvariantCulture, $"has {has} {what}, where {needs} are needed");
}
