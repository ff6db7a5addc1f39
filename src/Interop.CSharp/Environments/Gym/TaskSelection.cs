namespace MtrlFunctional.Environments.Gym;

/// <summary>Order of the goals of an environment. Source: Meta-World's wrappers of these names.</summary>
public enum TaskSelection
{
    /// <summary>A goal drawn uniformly at each reset. Meta-World's default for multi-task benchmarks.</summary>
    Random,

    /// <summary>All goals in a shuffled order, reshuffled after each pass. Its default for meta-learning.</summary>
    PseudoRandom,
}
