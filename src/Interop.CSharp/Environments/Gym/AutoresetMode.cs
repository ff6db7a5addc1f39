namespace MtrlFunctional.Environments.Gym;

/// <summary>
/// Autoreset mode of a vector environment, with the names of Gymnasium 1.x
/// (Towers et al. 2024, arXiv:2407.17032).
/// </summary>
public enum AutoresetMode
{
    /// <summary>
    /// The step that ends an episode also starts the next: it returns the new episode's first observation, and the old
    /// episode's last observation in <see cref="VectorInfo.FinalObservations"/>. Meta-World's mode.
    /// </summary>
    SameStep,

    /// <summary>
    /// The step after the end ignores its action and starts the next episode: it returns the first
    /// observation, reward 0, neither terminated nor truncated. Drop that transition.
    /// </summary>
    NextStep,

    /// <summary>Nothing is reset: <see cref="GymVectorEnvironment.Reset(ReadOnlySpan{bool})"/> comes before the next step.</summary>
    Disabled,
}
