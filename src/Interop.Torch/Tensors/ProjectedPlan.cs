namespace MtrlFunctional.Tensors;

/// <summary>What a layer of <see cref="Ops.Projected"/> adds to its own d: nothing, d and o of the layer before, or all
/// three by learned shares.</summary>
public enum ProjectedResidual
{
    /// <summary>u = d.</summary>
    None,

    /// <summary>u = d + d' + o'.</summary>
    Sum,

    /// <summary>u = a₀ d + a₁ d' + a₂ o'.</summary>
    Linear,
}

/// <summary>Which parameters make the layers of <see cref="Ops.Projected"/>.</summary>
/// <param name="Tasks">How many tasks the rows belong to.</param>
/// <param name="Places">Six places in the list of parameters for each layer, in the order S, s, W, b, D, U; -1 where a
/// layer has no D or no U. With a residual every layer has D, and every one but the last U.</param>
/// <param name="Rounded">For each layer, whether it multiplies numbers rounded to bfloat16: neither the first nor the
/// last one, only layers of even sizes, and none with a residual.</param>
/// <param name="Residual">What u is made of, from the second layer on.</param>
/// <param name="Shares">The place of a; -1 where it is not learned.</param>
public sealed record ProjectedPlan(
    long Tasks, int[] Places, bool[] Rounded, ProjectedResidual Residual = ProjectedResidual.None, int Shares = -1);
