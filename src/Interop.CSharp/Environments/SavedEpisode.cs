namespace MtrlFunctional.Environments;

/// <summary>An episode in the middle, as numbers.</summary>
/// <param name="Random">Its randomisation vector: what the reset fixed follows from it.</param>
/// <param name="World">State of the world.</param>
/// <param name="Frame">Frame of the observation, 18 numbers, not clipped.</param>
/// <param name="Observation">What the last step returned.</param>
/// <param name="FirstObservation">What the first step returned; empty before it.</param>
/// <param name="PathLength">Steps made.</param>
/// <param name="Truncated">It is over.</param>
/// <param name="Unstable">It ended with an unstable step.</param>
internal sealed record SavedEpisode(
    double[] Random,
    double[] World,
    double[] Frame,
    double[] Observation,
    double[] FirstObservation,
    int PathLength,
    bool Truncated,
    bool Unstable);
