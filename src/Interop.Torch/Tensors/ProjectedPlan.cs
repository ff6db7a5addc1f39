namespace MtrlFunctional.Tensors;

/// <summary>Which parameters make the layers of <see cref="Ops.Projected"/>.</summary>
/// <param name="Tasks">How many tasks the rows belong to.</param>
/// <param name="Places">Six places in the list of parameters for each layer, in the order S, s, W, b, D, U; -1 where a
/// layer has no D or no U.</param>
/// <param name="Rounded">For each layer, whether it multiplies numbers rounded to bfloat16: neither the first nor the
/// last one, and only layers of even sizes.</param>
public sealed record ProjectedPlan(long Tasks, int[] Places, bool[] Rounded);
