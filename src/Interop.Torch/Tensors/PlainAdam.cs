using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>Adam in plain tensor operations, in the order of torch.optim.Adam: for GPUs and for TorchSharp's packages.</summary>
internal static class PlainAdam
{
    internal static AdamOutcome Step(AdamRule rule, long step, Tensor p, Tensor m, Tensor v, Tensor g)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var withoutGradients = TorchSharp.torch.no_grad();
        // Numbers of the device, also where no graph needs them to be: with and without one, updates are the same bits.
        var (rate, root) = GraphCapture.FactorsOf(rule, m) ?? OnDevice(Factors(rule, step), p);
        var gradient = rule.WeightDecay == 0.0 ? g : g.add(p.mul(rule.WeightDecay));
        var mean = m.mul(rule.Beta1).add(gradient.mul(1.0 - rule.Beta1));
        var square = v.mul(rule.Beta2).add(gradient.mul(1.0 - rule.Beta2).mul(gradient));
        var denominator = square.sqrt().div(root).add(rule.Epsilon);
        var parameters = p.add(mean.mul(rate).div(denominator));
        foreach (var made in new[] { parameters, mean, square })
            scope.MoveToOuter(made);
        return new AdamOutcome(parameters, mean, square);
    }

    /// <summary>The factors of a step that depend on its number: − rate / (1 − β₁ᵗ) and √(1 − β₂ᵗ).</summary>
    internal static double[] Factors(AdamRule rule, long step) =>
        [-(rule.Rate / (1.0 - Math.Pow(rule.Beta1, step))), Math.Sqrt(1.0 - Math.Pow(rule.Beta2, step))];

    /// <summary>Made there: a copy from main memory would wait for the device.</summary>
    private static (Tensor Rate, Tensor Root) OnDevice(double[] factors, Tensor like)
    {
        Tensor Number(double value) => Ops.Full([], value, Ops.NumericOf(like), like.device);
        return (Number(factors[0]), Number(factors[1]));
    }
}
