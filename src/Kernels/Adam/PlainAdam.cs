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
        var gradient = rule.WeightDecay == 0.0 ? g : Ops.Add(g, Ops.MulScalar(p, rule.WeightDecay));
        var mean = Ops.Add(Ops.MulScalar(m, rule.Beta1), Ops.MulScalar(gradient, 1.0 - rule.Beta1));
        var square = Ops.Add(Ops.MulScalar(v, rule.Beta2), Ops.MulScalar(gradient, 1.0 - rule.Beta2).mul(gradient));
        var denominator = Ops.AddScalar(Ops.DivScalar(square.sqrt(), root), rule.Epsilon);
        var parameters = Ops.Add(p, Ops.MulScalar(mean, rate).div(denominator));
        foreach (var made in new[] { parameters, mean, square })
            scope.MoveToOuter(made);
        return new AdamOutcome(parameters, mean, square);
    }
}
