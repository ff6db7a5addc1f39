namespace MtrlFunctional.Environments.Gym;

/// <summary>What a reward is divided by. Source: Meta-World's wrappers of these names.</summary>
public enum RewardNormalization
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The standard deviation of the discounted return so far (discount 0.99), as Gymnasium's wrapper.</summary>
    Gymnasium,

    /// <summary>The exponentially forgetting standard deviation of the reward (rate 0.001).</summary>
    Exponential,
}
