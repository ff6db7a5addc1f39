using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>Adam in plain tensor operations, in the order of torch.optim.Adam: for GPUs and for TorchSharp's packages.</summary>
internal static class PlainAdam
{
    internal static AdamOutcome Step(AdamRule rule, long step, Tensor p, Tensor m, Tensor v, Tensor g)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var unrecorded = TorchSharp.torch.no_grad();
        var gradient = rule.WeightDecay == 0.0 ? g : g.add(p.mul(rule.WeightDecay));
        var mean = m.mul(rule.Beta1).add(gradient.mul(1.0 - rule.Beta1));
        var square = v.mul(rule.Beta2).add(gradient.mul(1.0 - rule.Beta2).mul(gradient));
        var (change, scaled) = Scaled(rule, step, m, mean, square.sqrt());
        var parameters = p.add(change.div(scaled.add(rule.Epsilon)));
        foreach (var made in new[] { parameters, mean, square })
            scope.MoveToOuter(made);
        return new AdamOutcome(parameters, mean, square);
    }

    /// <summary>The new mean and the root of the new square, each with its factor of the step.</summary>
    private static (Tensor Change, Tensor Scaled) Scaled(AdamRule rule, long step, Tensor before, Tensor mean, Tensor root)
    {
        if (Recording.FactorsOf(rule, before) is var (rate, scale))
            return (mean.mul(rate), root.div(scale));
        var factors = Recording.Factors(rule, step);
        return (mean.mul(factors[0]), root.div(factors[1]));
    }
}
