namespace MtrlFunctional.Environments;

/// <summary>An environment whose simulation can be measured alone.</summary>
public interface IRawSimulation
{
    /// <summary>
    /// The same motion as <see cref="IEnvironment.Step"/>; nothing is observed, rewarded or counted. Reset or load
    /// afterwards.
    /// </summary>
    /// <param name="action">Shape [actions].</param>
    void Simulate(ReadOnlySpan<float> action);
}
