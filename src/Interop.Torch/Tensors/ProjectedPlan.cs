namespace MtrlFunctional.Tensors;

/// <summary>Residual of a layer of <see cref="Ops.Projected"/>: none, the sum with d' and o' of the layer before, or a
/// learned linear combination of the three.</summary>
public enum ProjectedResidual
{
    /// <summary>u = d.</summary>
    None,

    /// <summary>u = d + d' + o'.</summary>
    Sum,

    /// <summary>u = a₀ d + a₁ d' + a₂ o'.</summary>
    Linear,
}

/// <summary>Assignment of parameters to the layers of <see cref="Ops.Projected"/>.</summary>
/// <param name="Tasks">Number of tasks of the rows.</param>
/// <param name="Places">Six indices of parameters for each layer, in the order S, s, W, b, D, U; -1 where a layer has
/// no D or no U. With a residual every layer has D, and every one but the last U.</param>
/// <param name="Rounded">For each layer, whether it multiplies numbers rounded to bfloat16: neither the first nor the
/// last one, only layers of even sizes, and none with a residual.</param>
/// <param name="Residual">Definition of u from the second layer on.</param>
/// <param name="Shares">Index of the parameter a; -1 where it is not learned.</param>
public sealed record ProjectedPlan(
    long Tasks, int[] Places, bool[] Rounded, ProjectedResidual Residual = ProjectedResidual.None, int Shares = -1);
