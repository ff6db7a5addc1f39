namespace MtrlFunctional.Environments;

/// <summary>Which of Meta-World's two reward functions is used; part of every result.</summary>
public enum RewardVersion
{
    /// <summary>The default of Meta-World v2 and v3: 0 to 10.</summary>
    V2 = 2,

    /// <summary>The reward of the first publication; unbounded.</summary>
    V1 = 1,
}
