namespace MtrlFunctional.Environments.Gym;

/// <summary>Divisor of the rewards. Source: Meta-World's wrappers of these names.</summary>
public enum RewardNormalization
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The standard deviation of the discounted return so far (discount 0.99), as Gymnasium's wrapper.</summary>
    Gymnasium,

    /// <summary>The exponential moving standard deviation of the reward (rate 0.001).</summary>
    Exponential,
}
