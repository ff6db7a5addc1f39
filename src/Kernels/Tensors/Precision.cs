namespace MtrlFunctional.Tensors;

/// <summary>Precision of the matrix products of a network.</summary>
public enum Precision
{
    /// <summary>The precision of the parameters.</summary>
    Full,

    /// <summary>Operands rounded to bfloat16; parameters, their gradients and losses keep their type. Opt-in.</summary>
    BFloat16,
}
