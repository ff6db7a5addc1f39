namespace MtrlFunctional.Environments.Gym;

/// <summary>In which order an environment takes the goals of its task. Source: Meta-World's wrappers of these names.</summary>
public enum TaskSelection
{
    /// <summary>Each time one of all goals, drawn anew. Meta-World's choice for multi-task benchmarks.</summary>
    Random,

    /// <summary>All goals in a shuffled order, then all again in another. Its choice for meta-learning.</summary>
    PseudoRandom,
}
