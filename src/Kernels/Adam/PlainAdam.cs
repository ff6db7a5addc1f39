using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>Adam in plain tensor operations, in the order of torch.optim.Adam: for GPUs and without the native kernels.</summary>
internal static class PlainAdam
{
    internal static AdamOutcome Step(AdamRule rule, long step, Tensor p, Tensor m, Tensor v, Tensor g)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var withoutGradients = TorchSharp.torch.no_grad();
        var (rate, root) = (-(rule.Rate / (1.0 - Math.Pow(rule.Beta1, step))), Math.Sqrt(1.0 - Math.Pow(rule.Beta2, step)));
        var gradient = rule.WeightDecay == 0.0 ? g : Scalars.Add(g, p.Times(rule.WeightDecay));
        var mean = Scalars.Add(m.Times(rule.Beta1), gradient.Times(1.0 - rule.Beta1));
        var square = Scalars.Add(v.Times(rule.Beta2), gradient.Times(1.0 - rule.Beta2).mul(gradient));
        var denominator = square.sqrt().Over(root).Plus(rule.Epsilon);
        var parameters = Scalars.Add(p, mean.Times(rate).div(denominator));
        foreach (var made in new[] { parameters, mean, square })
            scope.MoveToOuter(made);
        return new AdamOutcome(parameters, mean, square);
    }
}
