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
        var root = Math.Sqrt(1.0 - Math.Pow(rule.Beta2, step));
        var rate = rule.Rate / (1.0 - Math.Pow(rule.Beta1, step));
        var denominator = square.sqrt().div(root).add(rule.Epsilon);
        var parameters = p.add(mean.mul(-rate).div(denominator));
        foreach (var made in new[] { parameters, mean, square })
            scope.MoveToOuter(made);
        return new AdamOutcome(parameters, mean, square);
    }
}
